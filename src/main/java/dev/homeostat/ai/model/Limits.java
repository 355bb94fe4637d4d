package dev.homeostat.ai.model;

import java.time.Duration;

/**
 * How long a server is waited for. Immutable.
 *
 * @param connect until it takes a connection
 * @param silence without a single byte
 * @param pace within which at least {@code paceBytes} have to come, or it counts as silent
 * @param attempts in a row without {@code progressBytes} more than ever before, after which it is given up for now
 * @param pause before the second attempt; each further one twice as long
 * @param longestPause the most of that
 * @param retryAfter the longest that a server may ask for and get, here; for longer ones it is given up for now
 */
record Limits(
        Duration connect,
        Duration silence,
        Duration pace,
        long paceBytes,
        int attempts,
        long progressBytes,
        Duration pause,
        Duration longestPause,
        Duration retryAfter) {
    /**
     * A busy server and a bad line get their chance; what is given up is taken up again by the daemon, with pauses of its
     * own, where it stopped.
     */
    static final Limits USUAL = new Limits(
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofSeconds(120),
            64 * 1024,
            6,
            1 << 20,
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofMinutes(5));

    Duration pauseAfter(int fruitless) {
        Duration pause = pause();
        for (int i = 1; i < fruitless && pause.compareTo(longestPause) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(longestPause) > 0 ? longestPause : pause;
    }
}
