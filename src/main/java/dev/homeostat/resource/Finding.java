package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What came of looking at one thing that has to be true of the machine.
 *
 * @param group what sort of thing: {@code resource}, {@code port}, {@code storage}, ...
 * @param name of the thing, unique within the group
 * @param evidence what was seen, a sentence; never empty
 * @param remedy what a person can do about it; empty if nothing is to be done
 */
public record Finding(String group, String name, Verdict verdict, String evidence, String remedy) {
    /** How it stands. What is not seen to be right has not passed. */
    public enum Verdict {
        PASSED,
        /** Right for now, and it will not stay so by itself. */
        WARNING,
        FAILED;

        /** As people and programs read it. */
        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Finding {
        requireNonNull(group, "group is null");
        requireNonNull(name, "name is null");
        requireNonNull(verdict, "verdict is null");
        requireNonNull(remedy, "remedy is null");
        evidence = Visible.of(evidence);
    }

    public static Finding passed(String group, String name, String evidence) {
        return new Finding(group, name, Verdict.PASSED, evidence, "");
    }

    public static Finding warning(String group, String name, String evidence, String remedy) {
        return new Finding(group, name, Verdict.WARNING, evidence, remedy);
    }

    public static Finding failed(String group, String name, String evidence, String remedy) {
        return new Finding(group, name, Verdict.FAILED, evidence, remedy);
    }

    /** It cannot be seen: that is not passed. */
    public static Finding failed(String group, String name, Trouble trouble) {
        return failed(group, name, trouble.getMessage(), trouble.remedy());
    }

    public boolean hasFailed() {
        return verdict == Verdict.FAILED;
    }
}
