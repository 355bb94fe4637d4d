package dev.homeostat.resource;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How durations are written in the declaration and shown to people: {@code 1h30m}, {@code 5m}, {@code 10s}, {@code 250ms}. */
public final class Durations {
    public static final String PATTERN =
            "^(?=.)([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$";
    public static final String FORM = "a time such as 1h30m, 10s or 250ms";
    private static final Pattern TEXT =
            Pattern.compile("(?=.)(?:(\\d{1,6})d)?(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?(?:(\\d{1,6})ms)?");

    private Durations() {}

    /** @throws IllegalArgumentException with what was expected */
    public static Duration parse(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a duration: expected such as 1h30m, 10s or 250ms");
        }
        return Duration.ofDays(number(m.group(1)))
                .plusHours(number(m.group(2)))
                .plusMinutes(number(m.group(3)))
                .plusSeconds(number(m.group(4)))
                .plusMillis(number(m.group(5)));
    }

    /** Exact to the millisecond; {@code 0s} for less. */
    public static String format(Duration d) {
        StringBuilder out = new StringBuilder();
        part(out, d.toDays(), "d");
        part(out, d.toHoursPart(), "h");
        part(out, d.toMinutesPart(), "m");
        part(out, d.toSecondsPart(), "s");
        part(out, d.toMillisPart(), "ms");
        return out.isEmpty() ? "0s" : out.toString();
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static void part(StringBuilder out, long value, String unit) {
        if (value != 0) {
            out.append(value).append(unit);
        }
    }
}
