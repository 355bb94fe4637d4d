package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A share of memory: {@code auto}, {@code off} or a percentage.
 *
 * @param percent null for auto; 0 for off
 */
public record Share(Integer percent) {
    public static final Share AUTO = new Share(null);
    public static final Share OFF = new Share(0);
    public static final int LIMIT_PERCENT = 100;

    public static final String PATTERN = "^(auto|off)$";
    public static final String FORM = "auto, off, or a percentage of memory";

    /** @throws IllegalArgumentException if it is out of range */
    public Share {
        if (percent != null && (percent < 0 || percent > LIMIT_PERCENT)) {
            throw new IllegalArgumentException("expected 1 to " + LIMIT_PERCENT + ", found " + percent);
        }
    }

    /** @throws IllegalArgumentException if it is nothing of the kind */
    @JsonCreator
    public static Share of(Object value) {
        return switch (value) {
            case Integer number when number > 0 -> new Share(number);
            case String text when text.equals("auto") -> AUTO;
            case String text when text.equals("off") -> OFF;
            default -> throw new IllegalArgumentException("expected " + FORM);
        };
    }

    /** Whether it is on, whatever the share. */
    public boolean on() {
        return percent == null || percent > 0;
    }

    @JsonValue
    public Object json() {
        return percent == null ? "auto" : percent == 0 ? "off" : percent;
    }
}
