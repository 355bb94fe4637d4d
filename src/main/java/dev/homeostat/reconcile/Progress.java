package dev.homeostat.reconcile;

import dev.homeostat.resource.Durations;
import java.time.Duration;
import java.util.Optional;

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

    /**
     * What has been under way for so long that nobody believes in its end, as a sentence: {@code the full pass (resync) has
     * not ended for 1h}. Empty if there is nothing of the kind. An hour, unless the setting {@code homeostat.hung-after}
     * says otherwise, or longer where the kind of resource has limits of its own.
     */
    Optional<String> hung();

    /** For how long the oldest piece of work has been under way; zero without work. */
    Duration longestWork();

    default boolean stuck() {
        return complaint().isPresent();
    }

    /** Why the loop counts as stuck; empty if it does not. */
    default Optional<String> complaint() {
        return hung().or(() -> sinceBeat().compareTo(STUCK) > 0
                ? Optional.of("the loop has not gone round for " + Durations.format(sinceBeat()))
                : Optional.empty());
    }
}
