package dev.homeostat.host.git;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** The whole name of a commit: it says what is in it. Never an option of a program. */
public record CommitId(@JsonValue String text) {
    /** SHA-1, or SHA-256 in repositories of that format. */
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private static final int SHORT_CHARS = 12;

    @JsonCreator
    public CommitId {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("not the name of a commit: " + GitText.line(text));
        }
    }

    /** As people read it. */
    public String shortText() {
        return text.substring(0, SHORT_CHARS);
    }

    @Override
    public String toString() {
        return text;
    }
}
