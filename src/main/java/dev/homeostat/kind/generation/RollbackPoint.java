package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.nix.StorePath;
import dev.homeostat.resource.ResourceId;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How the machine was before a new generation was put in force.
 *
 * @param recorded when
 * @param number of the profile's generation then; empty if there was none
 * @param profile what it held
 * @param activated what was in force, which need not be the same; empty if nothing was
 * @param failed units that had failed before: they are no fault of the new generation
 * @param amiss other resources that were not as declared before: nor are these
 * @param stage how far the machine was moved away from it
 * @param moved when that stage was reached
 */
record RollbackPoint(
        Instant recorded,
        Optional<Integer> number,
        Optional<StorePath> profile,
        Optional<StorePath> activated,
        SortedSet<String> failed,
        SortedSet<ResourceId> amiss,
        Stage stage,
        Instant moved) {
    /** How far the machine was moved. */
    enum Stage {
        /** Not at all. */
        RECORDED,
        /** The profile is being moved, or was. */
        PROFILE,
        /** A new generation was put in force, or is about to, without its being what is booted: a reboot ends that. */
        TRIED,
        /** A switch was begun, or is about to. */
        SWITCHED,
        /** What came after it was verified, or undone. */
        CLOSED
    }

    RollbackPoint {
        requireNonNull(recorded, "recorded is null");
        requireNonNull(number, "number is null");
        requireNonNull(profile, "profile is null");
        requireNonNull(activated, "activated is null");
        requireNonNull(stage, "stage is null");
        requireNonNull(moved, "moved is null");
        failed = new TreeSet<>(failed);
        amiss = amiss == null ? new TreeSet<>() : new TreeSet<>(amiss); // points of earlier versions do not tell
        if (number.isPresent() != profile.isPresent() || number.isPresent() && number.get() < 1) {
            throw new IllegalArgumentException("not a generation of a profile");
        }
    }

    /** Whether the machine was moved away from it, and it is not settled yet what becomes of that. */
    boolean isInUse() {
        return stage != Stage.RECORDED && stage != Stage.CLOSED;
    }

    /** Whether an activation was begun, so that only another one brings back what was. */
    boolean isActivated() {
        return stage == Stage.TRIED || stage == Stage.SWITCHED;
    }

    RollbackPoint at(Stage newStage, Instant now) {
        return new RollbackPoint(recorded, number, profile, activated, failed, amiss, newStage, now);
    }

    /** For people. */
    String describe() {
        return number.map(n -> "generation " + n + " (" + profile.orElseThrow() + ")")
                .or(() -> activated.map(StorePath::toString))
                .orElse("nothing");
    }
}
