package dev.homeostat.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.Maintenance.Day;
import dev.homeostat.declaration.Maintenance.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class MaintenanceTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    private static Maintenance windows(String zone, Window... windows) {
        return new Maintenance(zone, List.of(windows));
    }

    private static Instant berlin(String local) {
        return LocalDateTime.parse(local).atZone(BERLIN).toInstant();
    }

    private static String next(Maintenance maintenance, Instant now) {
        return maintenance.opensNext(now).map(ZonedDateTime::toString).orElse("open");
    }

    @Test
    void without_windows_it_is_always_welcome() {
        assertThat(Maintenance.ALWAYS.opensNext(Instant.EPOCH)).isEmpty();
    }

    @Test
    void the_first_moment_is_inside_and_the_last_is_not() {
        Maintenance nights = windows("Europe/Berlin", new Window(Set.of(), "02:00", Duration.ofHours(2)));
        assertThat(next(nights, berlin("2026-06-10T01:59:59.999"))).isEqualTo("2026-06-10T02:00+02:00[Europe/Berlin]");
        assertThat(next(nights, berlin("2026-06-10T02:00:00"))).isEqualTo("open");
        assertThat(next(nights, berlin("2026-06-10T03:59:59.999999999"))).isEqualTo("open");
        assertThat(next(nights, berlin("2026-06-10T04:00:00"))).isEqualTo("2026-06-11T02:00+02:00[Europe/Berlin]");
    }

    @Test
    void a_window_goes_on_over_midnight_into_a_day_that_is_not_its_own() {
        Maintenance saturday = windows("Europe/Berlin", new Window(Set.of(Day.SAT), "22:00", Duration.ofHours(6)));
        assertThat(next(saturday, berlin("2026-06-13T21:59:00"))).isEqualTo("2026-06-13T22:00+02:00[Europe/Berlin]");
        assertThat(next(saturday, berlin("2026-06-14T03:59:00"))).isEqualTo("open"); // Sunday
        assertThat(next(saturday, berlin("2026-06-14T04:00:00"))).isEqualTo("2026-06-20T22:00+02:00[Europe/Berlin]");
    }

    @Test
    void a_whole_week_is_always_open_and_windows_add_up() {
        Maintenance week = windows("UTC", new Window(Set.of(Day.MON), "00:00", Duration.ofDays(7)));
        Maintenance two = windows(
                "UTC",
                new Window(Set.of(Day.MON), "01:00", Duration.ofHours(1)),
                new Window(Set.of(Day.MON), "01:30", Duration.ofHours(2)));
        for (int hour = 0; hour < 24 * 14; hour++) {
            assertThat(week.opensNext(Instant.parse("2026-06-01T00:00:00Z").plusSeconds(3600L * hour)))
                    .isEmpty();
        }
        assertThat(next(two, Instant.parse("2026-06-01T03:29:00Z"))).isEqualTo("open");
        assertThat(next(two, Instant.parse("2026-06-01T03:30:00Z"))).isEqualTo("2026-06-08T01:00Z[UTC]");
    }

    @Test
    void clocks_that_go_forward_over_the_start_open_it_when_they_have() {
        // 2026-03-29: 02:00 is 03:00; a window at 02:30 has no start of its own
        Maintenance nights = windows("Europe/Berlin", new Window(Set.of(), "02:30", Duration.ofMinutes(30)));
        assertThat(next(nights, Instant.parse("2026-03-29T00:59:59Z")))
                .isEqualTo("2026-03-29T03:30+02:00[Europe/Berlin]");
        assertThat(next(nights, Instant.parse("2026-03-29T01:29:59Z")))
                .isEqualTo("2026-03-29T03:30+02:00[Europe/Berlin]");
        assertThat(next(nights, Instant.parse("2026-03-29T01:30:00Z"))).isEqualTo("open");
        assertThat(next(nights, Instant.parse("2026-03-29T02:00:00Z")))
                .isEqualTo("2026-03-30T02:30+02:00[Europe/Berlin]");
    }

    @Test
    void clocks_that_go_back_open_it_once_and_its_length_is_real_time() {
        // 2026-10-25: 03:00 is 02:00 again; 02:30 comes twice, and the window opens at the first
        Maintenance nights = windows("Europe/Berlin", new Window(Set.of(), "02:30", Duration.ofMinutes(45)));
        assertThat(next(nights, Instant.parse("2026-10-25T00:30:00Z"))).isEqualTo("open");
        assertThat(next(nights, Instant.parse("2026-10-25T01:14:59Z"))).isEqualTo("open");
        assertThat(next(nights, Instant.parse("2026-10-25T01:15:00Z")))
                .isEqualTo("2026-10-26T02:30+01:00[Europe/Berlin]");
        assertThat(next(nights, Instant.parse("2026-10-25T01:30:00Z")))
                .isEqualTo("2026-10-26T02:30+01:00[Europe/Berlin]");
    }

    @Test
    void a_day_that_a_time_zone_left_out_does_not_lose_the_window() {
        // Samoa had no 2011-12-30: that Friday's window opens a day later instead of never
        Maintenance friday = windows("Pacific/Apia", new Window(Set.of(Day.FRI), "02:00", Duration.ofHours(1)));
        assertThat(next(friday, Instant.parse("2011-12-29T20:00:00Z"))).startsWith("2011-12-31T02:00");
    }

    @Test
    void faults_are_named() {
        List<String> faults = new ArrayList<>();
        windows("Europe/Atlantis", new Window(Set.of(), "02:00", Duration.ofSeconds(59)))
                .check((key, message) -> faults.add(key + ": " + message));
        assertThat(faults)
                .containsExactly(
                        "maintenance: there is no time zone \"Europe/Atlantis\": expected such as Europe/Berlin",
                        "maintenance: length of a window: expected 1m to 7d");
    }

    /** Never fail-open: outside of all windows there is always a next opening, in the future, and it is one. */
    @Property(tries = 500)
    void there_is_always_a_next_opening_and_it_opens(
            @ForAll @IntRange(min = 1, max = 127) int days,
            @ForAll @IntRange(max = 23) int hour,
            @ForAll @IntRange(max = 59) int minute,
            @ForAll @IntRange(min = 1, max = 7 * 24 * 60) int lengthMinutes,
            @ForAll @LongRange(min = 1_700_000_000L, max = 2_000_000_000L) long now) {
        EnumSet<Day> on = EnumSet.noneOf(Day.class);
        for (Day day : Day.values()) {
            if ((days >> day.ordinal() & 1) == 1) {
                on.add(day);
            }
        }
        Window window = new Window(on, "%02d:%02d".formatted(hour, minute), Duration.ofMinutes(lengthMinutes));
        for (String zone : List.of("Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe")) {
            Maintenance maintenance = windows(zone, window);
            Instant at = Instant.ofEpochSecond(now);
            maintenance.opensNext(at).ifPresent(opens -> {
                assertThat(opens.toInstant()).isAfter(at).isBefore(at.plus(Duration.ofDays(9)));
                assertThat(maintenance.opensNext(opens.toInstant())).isEmpty();
                assertThat(maintenance.opensNext(opens.toInstant().minusMillis(1)))
                        .isPresent();
            });
        }
    }
}
