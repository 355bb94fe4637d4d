package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Differences and actions in one line, for status and the log. */
final class Words {
    /** Of one value of a difference: the line stays readable. */
    private static final int VALUE_CHARS = 60;
    /** Text of a difference that is kept in the journal; the whole can be seen while it lasts. */
    private static final int JOURNALED_CHARS = 500;
    /** What was in a file may have been a secret, whatever the declaration says of it now: never journaled. */
    private static final String CONTENT = "content";

    private Words() {}

    static String summary(List<?> parts) {
        return parts.stream()
                .map(p -> switch (p) {
                    case Action a -> a.summary();
                    case Difference d -> d.path() + " is " + brief(d.observed()) + " instead of " + brief(d.desired());
                    default -> p.toString();
                })
                .collect(Collectors.joining(", "));
    }

    private static String brief(String text) {
        String line = text.isEmpty() ? "nothing" : text.strip().replace("\n", "\\n");
        return line.length() > VALUE_CHARS ? line.substring(0, VALUE_CHARS - 3) + "..." : line;
    }

    /** As they are journaled. */
    static List<Difference> shortened(List<Difference> differences) {
        return differences.stream()
                .map(d -> d.path().equals(CONTENT)
                        ? new Difference(
                                CONTENT,
                                d.desired().length() + " characters",
                                d.observed().length() + " characters")
                        : new Difference(d.path(), cut(d.desired()), cut(d.observed())))
                .toList();
    }

    private static String cut(String text) {
        return text.length() > JOURNALED_CHARS ? text.substring(0, JOURNALED_CHARS) + "..." : text;
    }

    /** With as many digits as tell something: 0.8 ms, 14 ms, 2.3 s. */
    static String millis(Duration d) {
        double ms = d.toNanos() / 1e6;
        if (ms < 10) {
            return "%.1f ms".formatted(ms);
        }
        return ms < 1000 ? "%.0f ms".formatted(ms) : "%.1f s".formatted(ms / 1000);
    }
}
