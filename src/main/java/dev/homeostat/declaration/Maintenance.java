package dev.homeostat.declaration;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** {@code policy.maintenance}: when actions may interrupt what runs. Without windows: always. */
public record Maintenance(
        @JsonPropertyDescription("Of the windows' times, such as Europe/Berlin. Default: the machine's")
        @Size(min = 1, max = 64)
        String timeZone,

        @JsonPropertyDescription("Inside one of them is inside") @NotNull @Size(min = 1, max = 50)
        List<Window> windows) {

    private static final int DAYS_IN_WEEK = 7;
    /** A window that is longer than the week between its openings would never close. */
    static final Duration LENGTH_LIMIT = Duration.ofDays(DAYS_IN_WEEK);
    /** Shorter, and the daemon's own pauses could miss it. */
    static final Duration LENGTH_LEAST = Duration.ofMinutes(1);

    static final Maintenance ALWAYS = new Maintenance(null, List.of());

    /** Opens at a time of the day on some days of the week, and stays open for a while. */
    public record Window(
            @JsonPropertyDescription("Days on which it opens. Default: every day") @Size(min = 1, max = DAYS_IN_WEEK)
            Set<Day> days,

            @JsonPropertyDescription("When it opens, such as 02:00")
            @NotNull
            @Pattern(regexp = "^([01][0-9]|2[0-3]):[0-5][0-9]$")
            String start,

            @JsonPropertyDescription("How long it stays open, 1m to 7d, such as 3h") @NotNull
            Duration length) {
        public Window {
            days = days == null || days.isEmpty() ? EnumSet.allOf(Day.class) : Set.copyOf(days);
        }

        /** It opens at a later time on the day when clocks are put forward over its start. */
        private Stream<ZonedDateTime> openings(LocalDate around, ZoneId zone) {
            LocalTime time = LocalTime.parse(start);
            return around.minusDays(DAYS_IN_WEEK + 1L)
                    .datesUntil(around.plusDays(DAYS_IN_WEEK + 2L))
                    .filter(date -> days.contains(Day.of(date.getDayOfWeek())))
                    .map(date -> date.atTime(time).atZone(zone));
        }
    }

    /** Day of the week. */
    public enum Day {
        @JsonProperty("mon")
        MON,
        @JsonProperty("tue")
        TUE,
        @JsonProperty("wed")
        WED,
        @JsonProperty("thu")
        THU,
        @JsonProperty("fri")
        FRI,
        @JsonProperty("sat")
        SAT,
        @JsonProperty("sun")
        SUN;

        static Day of(DayOfWeek day) {
            return values()[day.ordinal()];
        }
    }

    public Maintenance {
        windows = windows == null ? List.of() : List.copyOf(windows);
    }

    private ZoneId zone() {
        return timeZone == null ? ZoneId.systemDefault() : ZoneId.of(timeZone);
    }

    /** When the next window opens; empty if it is open now, or if there are no windows. */
    public Optional<ZonedDateTime> opensNext(Instant now) {
        ZoneId zone = zone();
        LocalDate today = now.atZone(zone).toLocalDate();
        boolean open = windows.isEmpty()
                || windows.stream()
                        .anyMatch(w -> w.openings(today, zone).anyMatch(at -> isOpen(at.toInstant(), w.length, now)));
        return open
                ? Optional.empty()
                : windows.stream()
                        .flatMap(w -> w.openings(today, zone))
                        .filter(at -> at.toInstant().isAfter(now))
                        .min(Comparator.naturalOrder());
    }

    private static boolean isOpen(Instant from, Duration length, Instant now) {
        return !now.isBefore(from) && now.isBefore(from.plus(length));
    }

    void check(Policy.Faults faults) {
        try {
            zone();
        } catch (DateTimeException e) {
            faults.add("maintenance", "there is no time zone \"" + timeZone + "\": expected such as Europe/Berlin");
        }
        for (Window w : windows) {
            if (w.length.compareTo(LENGTH_LEAST) < 0 || w.length.compareTo(LENGTH_LIMIT) > 0) {
                faults.add("maintenance", "length of a window: expected 1m to 7d");
            }
        }
    }
}
