package dev.homeostat.ai.model;

import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Trouble;
import dev.homeostat.resource.Visible;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lines by which {@code homeostat model fetch} tells the daemon how it goes. What comes in is checked. */
final class Outcome {
    private static final Pattern PROGRESS = Pattern.compile("progress ([a-z]{1,20}) (\\d{1,18}) (\\d{1,18})");
    private static final Pattern DOING = Pattern.compile("doing (.{1,500})");
    private static final Pattern TROUBLE = Pattern.compile("trouble ([A-Z_]{1,20}) (.{1,1500}?)(?: \\| (.{0,500}))?");
    private static final int MIB = 1 << 20;

    private Outcome() {}

    /** @param expectedBytes 0 if nobody knows */
    static String progress(String what, long doneBytes, long expectedBytes) {
        return "progress " + what + " " + doneBytes + " " + expectedBytes;
    }

    static String doing(String what) {
        return "doing " + line(what);
    }

    static String trouble(Trouble t) {
        return "trouble " + t.sort() + " " + line(t.getMessage())
                + (t.remedy().isEmpty() ? "" : " | " + line(t.remedy()));
    }

    private static String line(String text) {
        return Visible.of(text.replace('\n', ' ').replace('\t', ' ').replace(" | ", " "));
    }

    /** Empty if the line is about something else. */
    static Optional<Advance> advance(String line) {
        Matcher progress = PROGRESS.matcher(line);
        if (progress.matches()) {
            long done = Long.parseLong(progress.group(2));
            long expected = Long.parseLong(progress.group(3));
            return Optional.of(
                    expected == 0
                            ? new Advance(List.of(), done / MIB + " MiB " + progress.group(1))
                            : new Advance(
                                    List.of(new Advance.Count(
                                            "MiB " + progress.group(1), done / MIB, Math.ceilDiv(expected, MIB))),
                                    ""));
        }
        Matcher doing = DOING.matcher(line);
        return doing.matches() ? Optional.of(new Advance(List.of(), doing.group(1))) : Optional.empty();
    }

    /** Empty if the line is about something else. */
    static Optional<Trouble> trouble(String line) {
        Matcher m = TROUBLE.matcher(line);
        if (!m.matches()) {
            return Optional.empty();
        }
        for (Trouble.Sort sort : Trouble.Sort.values()) {
            if (sort.name().equals(m.group(1))) {
                return Optional.of(new Trouble(sort, m.group(2), m.group(3) == null ? "" : m.group(3)));
            }
        }
        return Optional.empty();
    }
}
