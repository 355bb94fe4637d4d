package dev.homeostat.reconcile;

import dev.homeostat.declaration.Maintenance;
import dev.homeostat.declaration.Policy;
import dev.homeostat.host.systemd.Inhibitor;
import dev.homeostat.host.systemd.Inhibitors;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Whether an action may interrupt something now: inside a maintenance window, and nobody holds an inhibitor lock. If that
 * cannot be found out it may not. Thread-safe.
 *
 * <p>Nobody waits for logind for long: its answer is fetched aside, once for all who ask, and whoever asks while it is late
 * is told that it is not known yet.
 */
final class Interruptions {
    /** Between two looks at inhibitor locks while one is in the way. */
    private static final Duration INHIBITED_LOOK = Duration.ofSeconds(5);
    /** Clocks are set, and time zones change their rules: never wait for longer without a look. */
    private static final Duration WINDOW_LOOK_LIMIT = Duration.ofHours(1);

    /** That nobody holds a lock is good for so long: many actions that are due at once ask one question. */
    private static final Duration YES_KEPT = Duration.ofMillis(100);
    /** That somebody does, or that it is not known; also between two looks at an answer that is late. */
    private static final Duration NO_KEPT = Duration.ofSeconds(1);
    /** An answer takes some milliseconds. Whoever waits for longer keeps others from being worked on. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private static final DateTimeFormatter WHEN = DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm z", Locale.ROOT);

    private final Inhibitors inhibitors;
    private final InstantSource clock;
    private final Object lock = new Object();
    /** Null if none is kept. Guarded by {@code lock}. */
    private Answer answer;

    /** The question that is on its way; null if none is. Guarded by {@code lock}. */
    private Asked asked;

    /** @param at by {@link System#nanoTime} */
    private record Answer(Optional<Unwelcome> unwelcome, long at) {
        Duration kept() {
            return unwelcome.isEmpty() ? YES_KEPT : NO_KEPT;
        }
    }

    /** @param at by {@link System#nanoTime} */
    private record Asked(CompletableFuture<Optional<Unwelcome>> answer, long at) {}

    Interruptions(Inhibitors inhibitors, InstantSource clock) {
        this.inhibitors = inhibitors;
        this.clock = clock;
    }

    /**
     * @param reason for people
     * @param again when to ask again at the latest
     */
    record Unwelcome(String reason, Duration again) {}

    /** Empty if an interruption is welcome. */
    Optional<Unwelcome> unwelcome(Policy policy) {
        Optional<Unwelcome> closed = closed(policy.maintenance());
        return closed.isPresent() ? closed : inhibited(policy);
    }

    private Optional<Unwelcome> closed(Maintenance maintenance) {
        Instant now = clock.instant();
        Optional<ZonedDateTime> opens = maintenance.opensNext(now);
        return opens.map(at -> {
            Duration left = Duration.between(now, at.toInstant());
            return new Unwelcome(
                    "it interrupts something and the next maintenance window opens " + WHEN.format(at),
                    left.compareTo(WINDOW_LOOK_LIMIT) < 0 ? left : WINDOW_LOOK_LIMIT);
        });
    }

    private Optional<Unwelcome> inhibited(Policy policy) {
        if (policy.inhibitors() == Policy.Inhibited.IGNORE) {
            return Optional.empty();
        }
        CompletableFuture<Optional<Unwelcome>> coming;
        long left;
        synchronized (lock) {
            long now = System.nanoTime();
            if (answer != null && now - answer.at < answer.kept().toNanos()) {
                return answer.unwelcome;
            }
            if (asked == null) {
                asked = new Asked(new CompletableFuture<>(), now);
                Thread.ofVirtual().name("inhibitors").start(this::ask);
            }
            coming = asked.answer;
            left = asked.at + PATIENCE.toNanos() - now;
        }
        try {
            return coming.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return Optional.of(new Unwelcome(UNKNOWN + " (it was asked for and is not answered yet)", NO_KEPT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new Unwelcome(UNKNOWN + " (interrupted)", INHIBITED_LOOK));
        } catch (ExecutionException e) {
            throw new IllegalStateException("inhibitor locks could not be asked for", e.getCause());
        }
    }

    private static final String UNKNOWN =
            "it interrupts something and whether an inhibitor lock is held cannot be found out";

    private void ask() {
        Optional<Unwelcome> found;
        try {
            List<Inhibitor> held = inhibitors.againstShutdown();
            found = held.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Unwelcome(
                            "it interrupts something and an inhibitor lock is held by "
                                    + held.getFirst().describe(),
                            INHIBITED_LOOK));
        } catch (Trouble t) {
            found = Optional.of(new Unwelcome(UNKNOWN + " (" + t.getMessage() + ")", INHIBITED_LOOK));
        } catch (RuntimeException e) {
            Asked failed;
            synchronized (lock) {
                failed = asked;
                asked = null;
            }
            failed.answer.completeExceptionally(e);
            return;
        }
        Asked now;
        synchronized (lock) {
            answer = new Answer(found, System.nanoTime());
            now = asked;
            asked = null;
        }
        now.answer.complete(found);
    }
}
