package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.nix.StorePath;
import java.time.Duration;
import java.time.Instant;

/**
 * A generation that passed its verification and is in force for a try: it stays if the owner says so in time.
 *
 * @param point the rollback point that it came after, by when that was recorded
 * @param key of what is tried
 * @param began when the owner was first asked; for people
 * @param limit how long the owner has
 * @param boot id of the boot in which it is tried: it does not outlast it
 * @param deadline since that boot, time asleep included
 * @param word what the owner said, or did not
 * @param by who gave the word; empty if nobody did
 */
record Trial(
        Instant point,
        String key,
        StorePath target,
        Instant began,
        Duration limit,
        String boot,
        Duration deadline,
        Word word,
        String by) {
    /** The owner's. */
    enum Word {
        AWAITED,
        GIVEN,
        /** Too late: from now on it cannot be given. */
        LAPSED
    }

    Trial {
        requireNonNull(point, "point is null");
        requireNonNull(target, "target is null");
        requireNonNull(began, "began is null");
        requireNonNull(limit, "limit is null");
        requireNonNull(boot, "boot is null");
        requireNonNull(deadline, "deadline is null");
        requireNonNull(word, "word is null");
        requireNonNull(by, "by is null");
        if (!key.matches(DeploymentState.KEY)) {
            throw new IllegalArgumentException("not a key: " + key);
        }
    }

    Trial with(Word newWord, String newBy) {
        return new Trial(point, key, target, began, limit, boot, deadline, newWord, newBy);
    }
}
