package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.Maintenance;
import dev.homeostat.declaration.Maintenance.Window;
import dev.homeostat.declaration.Policy;
import dev.homeostat.host.systemd.Inhibitor;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class InterruptionsTest {
    private static final Inhibitor LOCK =
            new Inhibitor("shutdown:sleep", "a backup\nof all", "it runs", "block", 1000, 4711);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-06-10T12:00:00Z"));

    private static Policy policy(Maintenance maintenance, Policy.Inhibited inhibitors) {
        return new Policy(null, null, null, null, null, maintenance, inhibitors, null, null, null, null, null);
    }

    private static Policy nights() {
        return policy(
                new Maintenance("UTC", List.of(new Window(Set.of(), "02:00", Duration.ofHours(1)))),
                Policy.Inhibited.RESPECT);
    }

    @Test
    void a_closed_window_says_when_the_next_one_opens() {
        Interruptions interruptions = new Interruptions(List::of, now::get);
        assertThat(interruptions.unwelcome(nights())).get().satisfies(u -> {
            assertThat(u.reason())
                    .isEqualTo(
                            "it interrupts something and the next maintenance window opens Thu 2026-06-11 02:00 UTC");
            assertThat(u.again()).isEqualTo(Duration.ofHours(1)); // clocks are set: never for longer without a look
        });
        now.set(Instant.parse("2026-06-11T01:59:30Z"));
        assertThat(interruptions.unwelcome(nights()).orElseThrow().again()).isEqualTo(Duration.ofSeconds(30));
        now.set(Instant.parse("2026-06-11T02:00:00Z"));
        assertThat(interruptions.unwelcome(nights())).isEmpty();
        now.set(Instant.parse("2026-06-11T03:00:00Z"));
        assertThat(interruptions.unwelcome(nights())).isPresent();
    }

    @Test
    void whoever_holds_a_lock_is_named_in_one_line() {
        Interruptions interruptions = new Interruptions(() -> List.of(LOCK), now::get);
        assertThat(interruptions.unwelcome(Policy.DEFAULT).orElseThrow().reason())
                .isEqualTo("it interrupts something and an inhibitor lock is held by a backup of all"
                        + " (uid 1000, pid 4711): it runs");
        assertThat(interruptions.unwelcome(policy(null, Policy.Inhibited.IGNORE)))
                .isEmpty();
    }

    @Test
    void what_cannot_be_found_out_is_not_allowed() {
        Interruptions interruptions = new Interruptions(
                () -> {
                    throw Trouble.passing("no answer within 2000 ms");
                },
                now::get);
        assertThat(interruptions.unwelcome(Policy.DEFAULT).orElseThrow().reason())
                .contains("cannot be found out (no answer within 2000 ms)");
    }

    @Test
    void many_who_ask_at_once_ask_one_question() {
        AtomicInteger questions = new AtomicInteger();
        Interruptions interruptions = new Interruptions(
                () -> {
                    questions.incrementAndGet();
                    return List.of();
                },
                now::get);
        for (int i = 0; i < 100; i++) {
            assertThat(interruptions.unwelcome(Policy.DEFAULT)).isEmpty();
        }
        assertThat(questions.get()).isLessThan(20); // one in a tenth of a second
    }

    @Test
    void a_late_answer_keeps_nobody_waiting_and_counts_when_it_comes() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        AtomicInteger questions = new AtomicInteger();
        Interruptions interruptions = new Interruptions(
                () -> {
                    questions.incrementAndGet();
                    try {
                        answers.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return List.of(LOCK);
                },
                now::get);
        long begun = System.nanoTime();
        try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<Interruptions.Unwelcome>>> all = java.util.stream.IntStream.range(0, 64)
                    .mapToObj(i -> workers.submit(() -> interruptions.unwelcome(Policy.DEFAULT)))
                    .toList();
            for (var one : all) {
                assertThat(one.get().orElseThrow().reason()).contains("is not answered yet");
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
        assertThat(questions).hasValue(1);
        answers.countDown();
        Optional<Interruptions.Unwelcome> last = interruptions.unwelcome(Policy.DEFAULT);
        while (last.orElseThrow().reason().contains("not answered yet")) {
            Thread.onSpinWait();
            last = interruptions.unwelcome(Policy.DEFAULT);
        }
        assertThat(last.orElseThrow().reason()).contains("a backup of all");
    }
}
