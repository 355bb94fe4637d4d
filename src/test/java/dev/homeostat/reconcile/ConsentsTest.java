package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.Policy;
import dev.homeostat.host.Locations;
import dev.homeostat.host.systemd.Inhibitor;
import dev.homeostat.journal.SqliteJournal;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Spec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What waits for a person or for better times, by a clock of our own. */
@Timeout(value = 20, unit = TimeUnit.SECONDS)
class ConsentsTest {
    private static final Instant START = Instant.parse("2026-06-10T12:00:00Z");
    private static final Actor ME = new Actor(0, 1, "root");
    private static final ResourceId ID = ResourceId.of("service", "x.service");
    private static final List<Difference> DIFFERENCES = List.of(new Difference("unit", "new", "old"));

    private record Nothing() implements Spec {}

    private static final Desired<?> DESIRED = new Desired<>(ID, new Nothing(), Set.of(), new Place("f", 1, 1));

    @TempDir
    Path folder;

    private SqliteJournal journal;
    /** Who holds a lock; null: logind says nothing. */
    private final AtomicReference<List<Inhibitor>> locks = new AtomicReference<>(List.of());

    private final CountDownLatch end = new CountDownLatch(1);
    private Consents consents;

    @BeforeEach
    void open() throws Exception {
        journal = new SqliteJournal(new Locations(true, folder, folder.resolve("state"), folder.resolve("socket")));
        journal.open();
        consents = new Consents(
                journal,
                new Interruptions(
                        () -> {
                            List<Inhibitor> held = locks.get();
                            if (held == null) {
                                try {
                                    end.await();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                                return List.of();
                            }
                            return held;
                        },
                        () -> START),
                new Holds(List.of()));
    }

    @AfterEach
    void close() {
        end.countDown();
        journal.close();
    }

    private static Action action(Impact impact) {
        return new Action(ID, "restart", Phase.DEPLOYMENT, impact, "restart x.service", "");
    }

    private Optional<Consents.Question> held(Impact impact, Policy policy, Instant now) {
        return consents.held(DESIRED, DIFFERENCES, List.of(action(impact)), policy, now);
    }

    private static Inhibitor lock(String who) {
        return new Inhibitor("shutdown", who, "why", "block", 0, 7);
    }

    @Test
    void what_interrupts_nothing_is_not_held_back() {
        locks.set(List.of(lock("backup")));
        assertThat(held(Impact.NONE, Policy.DEFAULT, START)).isEmpty();
    }

    @Test
    void a_wait_that_takes_too_long_is_told_and_nothing_else() {
        locks.set(List.of(lock("backup")));
        Consents.Question first = held(Impact.DISRUPTIVE, Policy.DEFAULT, START).orElseThrow();
        assertThat(first.overdue()).isFalse();
        assertThat(first.again()).contains(Duration.ofSeconds(5));
        assertThat(Gate.Held.until(first).condition()).isEqualTo(Condition.BLOCKED);

        Instant late = START.plus(Duration.ofDays(1));
        assertThat(held(Impact.DISRUPTIVE, Policy.DEFAULT, late.minusMillis(1))
                        .orElseThrow()
                        .overdue())
                .isFalse();
        Consents.Question last = held(Impact.DISRUPTIVE, Policy.DEFAULT, late).orElseThrow();
        assertThat(last.overdue()).isTrue();
        assertThat(last.reason()).contains("backup", "since 2026-06-10T12:00:00Z, longer than policy.waitAtMost (1d)");
        assertThat(Gate.Held.until(last).condition()).isEqualTo(Condition.FAILED);
    }

    @Test
    void an_approval_lets_it_run_once_also_when_it_is_late() throws Exception {
        locks.set(List.of(lock("backup")));
        held(Impact.DISRUPTIVE, Policy.DEFAULT, START);
        consents.answer(ID.toString(), true, ME, START);
        assertThat(held(Impact.DISRUPTIVE, Policy.DEFAULT, START)).isEmpty();
        consents.use(DESIRED, List.of(action(Impact.DISRUPTIVE)), DIFFERENCES);
        assertThat(held(Impact.DISRUPTIVE, Policy.DEFAULT, START)).isPresent();
        assertThat(journal.answers()).isEqualTo(Map.of());
    }

    @Test
    void an_approval_that_was_not_needed_is_none_for_the_next_time() throws Exception {
        held(Impact.DESTRUCTIVE, Policy.DEFAULT, START);
        consents.answer(ID.toString(), true, ME, START);
        consents.withdraw(ID); // it came in order by itself
        assertThat(held(Impact.DESTRUCTIVE, Policy.DEFAULT, START)).isPresent();
        assertThat(journal.answers()).isEqualTo(Map.of());
    }

    @Test
    void nor_is_one_that_an_earlier_daemon_heard() throws Exception {
        held(Impact.DESTRUCTIVE, Policy.DEFAULT, START);
        consents.answer(ID.toString(), true, ME, START);
        Consents next = new Consents(journal, new Interruptions(List::of, () -> START), new Holds(List.of()));
        next.load();
        List<Action> actions = List.of(action(Impact.DESTRUCTIVE));
        assertThat(next.held(DESIRED, DIFFERENCES, actions, Policy.DEFAULT, START))
                .isEmpty();
        next.withdraw(ID);
        assertThat(next.held(DESIRED, DIFFERENCES, actions, Policy.DEFAULT, START))
                .isPresent();
        assertThat(journal.answers()).isEmpty();
    }

    @Test
    void what_loses_data_waits_for_a_person_without_a_limit() {
        Consents.Question question = held(Impact.DESTRUCTIVE, Policy.DEFAULT, START.plus(Duration.ofDays(999)))
                .orElseThrow();
        assertThat(question.overdue()).isFalse();
        assertThat(question.again()).isEmpty();
    }

    @Test
    void what_somebody_else_did_is_undone_only_with_an_approval() throws Exception {
        Consents.Question question =
                held(Impact.CONTESTED, Policy.DEFAULT, START).orElseThrow();
        assertThat(question.reason()).contains("somebody else");
        assertThat(question.again()).isEmpty();
        String token = consents.requests().getFirst().token();
        consents.answer(token, true, ME, START);
        assertThat(held(Impact.CONTESTED, Policy.DEFAULT, START)).isEmpty();
    }

    @Test
    void while_logind_hangs_others_are_answered_at_once() throws Exception {
        locks.set(null);
        Thread asks = Thread.ofVirtual().start(() -> held(Impact.DISRUPTIVE, Policy.DEFAULT, START));
        long begun = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
            assertThat(held(Impact.NONE, Policy.DEFAULT, START)).isEmpty();
            consents.withdraw(ResourceId.of("file", "/other"));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(250));
        asks.join();
        assertThat(consents.requests().getFirst().reason()).contains("is not answered yet");
    }

    @Test
    void the_reason_is_that_of_now_and_the_beginning_that_of_the_wait() throws Exception {
        locks.set(List.of(lock("backup")));
        held(Impact.DISRUPTIVE, Policy.DEFAULT, START);
        Policy asks = new Policy(null, null, null, null, Policy.Consent.ASK, null, null, null, null, null, null, null);
        held(Impact.DISRUPTIVE, asks, START.plusSeconds(60));
        assertThat(consents.requests()).singleElement().satisfies(r -> {
            assertThat(r.reason()).isEqualTo("policy.disruptive is ask");
            assertThat(r.since()).isEqualTo(START);
        });
    }
}
