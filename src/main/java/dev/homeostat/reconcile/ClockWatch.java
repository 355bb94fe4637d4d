package dev.homeostat.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Notices that the clock was set, or that the machine slept: then it went another way than the monotonic clock, which
 * stands still meanwhile. Not thread-safe.
 */
final class ClockWatch {
    /** Far more than what slewing (adjtime(3), at most 0.5 ms a second) does between two questions. */
    private static final Duration LEAST = Duration.ofSeconds(2);

    private final InstantSource clock;
    private Instant lastTime;
    private long lastNanos;

    ClockWatch(InstantSource clock) {
        this.clock = clock;
        this.lastTime = clock.instant();
        this.lastNanos = System.nanoTime();
    }

    /** By how much the clock was set since the last question, negative if it was set back; empty if it was not. */
    Optional<Duration> moved() {
        Instant time = clock.instant();
        long nanos = System.nanoTime();
        Duration by = Duration.between(lastTime, time).minusNanos(nanos - lastNanos);
        lastTime = time;
        lastNanos = nanos;
        return by.abs().compareTo(LEAST) < 0 ? Optional.empty() : Optional.of(by);
    }
}
