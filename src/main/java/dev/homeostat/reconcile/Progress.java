package dev.homeostat.reconcile;

import java.time.Duration;

/**
 * Whether the loop goes round: what health, {@code WATCHDOG=1} and {@code READY=1} hang on. Thread-safe; but for {@link #awaitFirstPass}
 * every method returns at once, also when the loop is stuck.
 */
public interface Progress {
    /** The loop beats at least this often, also with nothing to do; a hung action must not beat for it. */
    Duration BEAT = Duration.ofSeconds(5);

    /** Without a beat for this long the loop counts as stuck: six beats, so that a loaded machine is no alarm. */
    Duration STUCK = BEAT.multipliedBy(6);

    /** Time since the last beat, by a clock that does not jump. Zero before the loop is started. */
    Duration sinceBeat();

    /** True once the first full pass has ended: from then on the status tells of the machine, not of a beginning. */
    boolean firstPassDone();

    /**
     * Waits for the first full pass to end.
     *
     * @return whether it ended within the limit
     */
    boolean awaitFirstPass(Duration limit);

    default boolean stuck() {
        return sinceBeat().compareTo(STUCK) > 0;
    }
}
