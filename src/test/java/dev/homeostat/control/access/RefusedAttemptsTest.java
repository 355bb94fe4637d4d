package dev.homeostat.control.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RefusedAttemptsTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    private final RefusedAttempts attempts = new RefusedAttempts();

    @Test
    void the_first_are_told_and_of_the_rest_the_number() {
        for (int i = 0; i < RefusedAttempts.TOLD_ONE_BY_ONE; i++) {
            assertThat(attempts.next(1000, START.plusSeconds(i))).isEqualTo(OptionalLong.of(0));
        }
        for (int i = 0; i < 5000; i++) {
            assertThat(attempts.next(1000, START.plusSeconds(60))).isEmpty();
        }
        assertThat(attempts.next(1001, START.plusSeconds(60)))
                .as("another user is told all the same")
                .isEqualTo(OptionalLong.of(0));
        Instant later = START.plus(RefusedAttempts.WINDOW);
        assertThat(attempts.next(1000, later)).isEqualTo(OptionalLong.of(5000));
        assertThat(attempts.next(1000, later)).isEqualTo(OptionalLong.of(0));
    }

    @Test
    void a_clock_that_is_set_back_silences_nobody_for_long() {
        for (int i = 0; i <= RefusedAttempts.TOLD_ONE_BY_ONE; i++) {
            attempts.next(1000, START);
        }
        assertThat(attempts.next(1000, START.minusSeconds(1))).isEqualTo(OptionalLong.of(1));
    }
}
