package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How far one action is, while it is carried out.
 *
 * @param counts of what it has to do, as far as it knows by now; empty if it does not count
 * @param doing what it is at just now, one line for people; empty if it does not tell
 */
public record Advance(List<Count> counts, String doing) {
    /** What is at work may name its work as it likes; a line stays a line. */
    private static final int DOING_LIMIT_CHARS = 120;

    /**
     * One sort of thing.
     *
     * @param what was done to them: {@code built}
     * @param expected altogether; may grow while it is found out what is needed
     */
    public record Count(String what, long done, long expected) {
        public Count {
            requireNonNull(what, "what is null");
        }

        @Override
        public String toString() {
            return done + " of " + expected + " " + what;
        }
    }

    public Advance {
        counts = List.copyOf(counts);
        String line = requireNonNull(doing, "doing is null")
                .codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        doing = line.length() > DOING_LIMIT_CHARS ? line.substring(0, DOING_LIMIT_CHARS - 3) + "..." : line;
    }

    /** For people: {@code 3 of 12 built, 40 of 51 fetched; hello-2.12 (buildPhase)}. */
    @Override
    public String toString() {
        return Stream.of(counts.stream().map(Count::toString).collect(Collectors.joining(", ")), doing)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("; "));
    }
}
