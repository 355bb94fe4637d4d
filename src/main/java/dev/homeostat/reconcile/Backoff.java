package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses that grow. */
final class Backoff {
    /** Doubled more often, any pause has reached the largest limit there can be. */
    private static final int DOUBLINGS_LIMIT = 40;

    private Backoff() {}

    /** Twice as long each time, up to the limit; a quarter more or less, so that not all come back at once. */
    static Duration pause(Policy.Backoff backoff, int attempts) {
        long initial = backoff.initial().toMillis();
        long limit = backoff.limit().toMillis();
        long doubled = attempts > DOUBLINGS_LIMIT ? limit : Math.min(limit, initial << (attempts - 1));
        double jitter = 0.75 + ThreadLocalRandom.current().nextDouble() / 2;
        return Duration.ofMillis(Math.max(1, (long) (Math.max(doubled, Math.min(initial, limit)) * jitter)));
    }
}
