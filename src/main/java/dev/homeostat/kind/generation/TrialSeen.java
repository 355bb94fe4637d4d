package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * The trial that the machine is in, at one moment.
 *
 * @param rebooted whether the machine was booted since it began
 * @param left of its time; zero if none is
 */
record TrialSeen(Trial trial, boolean rebooted, Duration left) {
    TrialSeen {
        requireNonNull(trial, "trial is null");
        requireNonNull(left, "left is null");
    }

    /** Whether the owner's word is still of use. */
    boolean isOpen() {
        return trial.word() == Trial.Word.AWAITED && !rebooted && left.isPositive();
    }

    boolean isConfirmed() {
        return trial.word() == Trial.Word.GIVEN;
    }
}
