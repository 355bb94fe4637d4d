package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.Policy;
import dev.homeostat.declaration.Policy.After;
import dev.homeostat.declaration.Policy.Hold;
import dev.homeostat.host.Hindrance;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What about the machine holds back an interruption, by a clock of our own. */
@Timeout(value = 20, unit = TimeUnit.SECONDS)
class HoldsTest {
    private static final Instant START = Instant.parse("2026-06-10T12:00:00Z");
    private static final ResourceId ID = ResourceId.of("service", "x.service");
    private static final Duration LIMIT = Duration.ofHours(6);

    /** What a look gives; null: it is not answered. */
    private static final class Told implements Hindrance {
        private final String name;
        private volatile Optional<String> answer = Optional.empty();
        private volatile Trouble trouble;
        private volatile CountDownLatch late;

        Told(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Optional<String> now() throws Trouble {
            CountDownLatch wait = late;
            if (wait != null) {
                try {
                    wait.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            if (trouble != null) {
                throw trouble;
            }
            return answer;
        }
    }

    private final Told battery = new Told("battery");
    private final Told sessions = new Told("sessions");
    private Holds holds = new Holds(List.of(battery, sessions));

    private static Policy policy(Hold onBattery, Hold withSessions) {
        Policy.Holds declared = new Policy.Holds(onBattery, null, withSessions);
        return new Policy(null, null, null, null, null, null, null, declared, null, null, null, null);
    }

    private Optional<Holds.Held> at(Instant now, Policy policy) {
        holds = new Holds(List.of(battery, sessions)); // answers are kept for a moment; times are not of that
        return holds.of(ID, policy, now, true);
    }

    private Optional<Holds.Held> later(Instant now, Policy policy) {
        return holds.of(ID, policy, now, true);
    }

    @Test
    void what_is_not_declared_holds_nothing() {
        battery.answer = Optional.of("the machine runs on battery");
        assertThat(at(START, Policy.DEFAULT)).isEmpty();
    }

    @Test
    void it_is_said_what_holds_since_when_and_until_when() {
        battery.answer = Optional.of("the machine runs on battery (BAT0 at 57 %)");
        Policy policy = policy(new Hold(LIMIT, After.PROCEED), null);
        assertThat(at(START, policy).orElseThrow().reason())
                .isEqualTo("it interrupts something and the machine runs on battery (BAT0 at 57 %): held since"
                        + " 2026-06-10T12:00:00Z, until 2026-06-10T18:00:00Z at the latest, then it goes on");
        Holds.Held last = later(START.plus(LIMIT).minusSeconds(3), policy).orElseThrow();
        assertThat(last.reason()).contains("since 2026-06-10T12:00:00Z");
        assertThat(last.again()).as("looked at when it is over").isEqualTo(Duration.ofSeconds(3));
        assertThat(last.inTime()).isTrue();
        assertThat(later(START.plus(LIMIT), policy)).as("it goes on").isEmpty();
    }

    @Test
    void when_its_time_is_over_a_person_is_asked_if_that_is_declared() {
        battery.answer = Optional.of("the machine runs on battery");
        Policy policy = policy(new Hold(LIMIT, null), null);
        at(START, policy);
        Holds.Held over = later(START.plus(LIMIT), policy).orElseThrow();
        assertThat(over.reason()).contains("longer than policy.holds.battery.atMost (6h)");
        assertThat(over.inTime()).isFalse();
    }

    @Test
    void what_cannot_be_told_holds_too() {
        battery.trouble = Trouble.passing("there is no such file");
        assertThat(at(START, policy(new Hold(null, null), null)).orElseThrow().reason())
                .contains("what policy.holds.battery waits for cannot be told (there is no such file)")
                .contains("until 2026-06-11T12:00:00Z");
    }

    @Test
    void what_is_not_answered_holds_too_and_keeps_nobody_waiting() {
        battery.late = new CountDownLatch(1);
        long begun = System.nanoTime();
        assertThat(at(START, policy(new Hold(null, null), null)).orElseThrow().reason())
                .contains("is not answered yet");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        battery.late.countDown();
    }

    @Test
    void what_nobody_looks_at_holds_too() {
        holds = new Holds(List.of());
        assertThat(holds.of(ID, policy(new Hold(null, null), null), START, true)
                        .orElseThrow()
                        .reason())
                .contains("nobody here looks at it");
    }

    @Test
    void each_has_its_own_time_and_one_that_is_over_does_not_hide_another() {
        battery.answer = Optional.of("the machine runs on battery");
        sessions.answer = Optional.of("somebody is logged in (app)");
        Policy policy = policy(new Hold(Duration.ofHours(1), After.PROCEED), new Hold(LIMIT, After.PROCEED));
        assertThat(at(START, policy).orElseThrow().reason()).contains("battery");
        assertThat(later(START.plus(Duration.ofHours(2)), policy).orElseThrow().reason())
                .contains("somebody is logged in (app)");
        assertThat(later(START.plus(LIMIT), policy)).isEmpty();
    }

    @Test
    void a_wait_that_was_over_begins_anew_and_a_question_begins_none() {
        battery.answer = Optional.of("the machine runs on battery");
        Policy policy = policy(new Hold(LIMIT, After.PROCEED), null);
        holds.of(ID, policy, START, false);
        assertThat(later(START.plus(LIMIT), policy)).as("only asked before").isPresent();
        holds.forget(ID);
        assertThat(later(START.plus(LIMIT.multipliedBy(2)), policy)
                        .orElseThrow()
                        .reason())
                .contains("since 2026-06-11T00:00:00Z");
    }
}
