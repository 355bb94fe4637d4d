package dev.homeostat.control.console.text;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Times as people say them. */
public final class Times {
    private static final DateTimeFormatter FULL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

    private Times() {}

    /** {@code 3 min}. Never negative: clocks are set back. */
    public static String age(Instant since, Instant now) {
        return span(Duration.between(since, now).isNegative() ? Duration.ZERO : Duration.between(since, now));
    }

    public static String ago(Instant since, Instant now) {
        return age(since, now) + " ago";
    }

    /** Rough, by its largest unit: {@code 14 ms}, {@code 3 s}, {@code 5 min}, {@code 2 h}, {@code 3 d}. */
    public static String span(Duration d) {
        if (d.compareTo(Duration.ofSeconds(1)) < 0) {
            return d.toMillis() + " ms";
        }
        if (d.compareTo(Duration.ofMinutes(1)) < 0) {
            return d.toSeconds() + " s";
        }
        if (d.compareTo(Duration.ofHours(1)) < 0) {
            return d.toMinutes() + " min";
        }
        return d.compareTo(Duration.ofDays(2)) < 0 ? d.toHours() + " h" : d.toDays() + " d";
    }

    /** In the machine's own time zone. */
    public static String at(Instant at) {
        return FULL.format(at.atZone(ZoneId.systemDefault()));
    }

    public static String clock(Instant at) {
        return CLOCK.format(at.atZone(ZoneId.systemDefault()));
    }
}
