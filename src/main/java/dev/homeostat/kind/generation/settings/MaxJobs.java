package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * How many builds run at once: {@code auto} (as many as there are processors) or a number; 0 leaves all to remote builders.
 *
 * @param count null for auto
 */
public record MaxJobs(Integer count) {
    public static final MaxJobs AUTO = new MaxJobs(null);
    /** More is nobody's machine. */
    public static final int LIMIT = 1024;

    public static final String AUTO_PATTERN = "^auto$";
    public static final String FORM = "auto, or a number of builds";

    /** @throws IllegalArgumentException if the number is out of range */
    public MaxJobs {
        if (count != null && (count < 0 || count > LIMIT)) {
            throw new IllegalArgumentException("expected auto or 0 to " + LIMIT + ", found " + count);
        }
    }

    /** @throws IllegalArgumentException if it is neither a number nor auto */
    @JsonCreator
    public static MaxJobs of(Object value) {
        return switch (value) {
            case Integer number -> new MaxJobs(number);
            case String text when text.equals("auto") -> AUTO;
            default -> throw new IllegalArgumentException("expected " + FORM);
        };
    }

    @JsonValue
    public Object json() {
        return count == null ? "auto" : count;
    }
}
