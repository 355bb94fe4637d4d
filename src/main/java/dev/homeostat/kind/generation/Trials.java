package dev.homeostat.kind.generation;

import dev.homeostat.host.facts.BootClock;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The dead man's switch: what is tried lasts only if its owner, who may have lost the way to the machine by it, says so in
 * time. The word is on the disk before it counts, and so is that it came too late. Thread-safe.
 */
final class Trials {
    private static final String NONE = "";

    private final DeploymentState state;
    private final BootClock boots;
    private final InstantSource clock;

    Trials(DeploymentState state, BootClock boots, InstantSource clock) {
        this.state = state;
        this.boots = boots;
        this.clock = clock;
    }

    /** The one that the machine is in; empty if it is in none. */
    synchronized Optional<TrialSeen> look() throws Trouble {
        Optional<RollbackPoint> point = state.point().filter(RollbackPoint::isInUse);
        if (point.isEmpty()) {
            return Optional.empty();
        }
        Optional<Trial> trial =
                state.trial().filter(t -> t.point().equals(point.get().recorded()));
        if (trial.isEmpty()) {
            return Optional.empty();
        }
        BootClock.Reading now = boots.now();
        Duration left = trial.get().deadline().minus(now.since());
        return Optional.of(new TrialSeen(
                trial.get(), !trial.get().boot().equals(now.boot()), left.isNegative() ? Duration.ZERO : left));
    }

    /** From now on the owner's word is waited for. */
    synchronized void begin(RollbackPoint point, String key, StorePath target, Duration limit) throws Trouble {
        BootClock.Reading now = boots.now();
        state.trial(new Trial(
                point.recorded(),
                key,
                target,
                clock.instant(),
                limit,
                now.boot(),
                now.since().plus(limit),
                Trial.Word.AWAITED,
                NONE));
    }

    /**
     * The owner says that it is good.
     *
     * @param who says so
     * @return what was confirmed; empty if nothing waits for that
     * @throws Trouble conflict if it is too late
     */
    synchronized Optional<String> confirm(String who) throws Trouble {
        Optional<TrialSeen> seen = look();
        if (seen.isEmpty()) {
            return Optional.empty();
        }
        Trial trial = seen.get().trial();
        if (seen.get().isOpen()) {
            state.trial(trial.with(Trial.Word.GIVEN, who));
        } else if (!seen.get().isConfirmed()) {
            throw Trouble.conflict(
                    "too late: " + reason(seen.get()), "to try it again: homeostat retry " + GenerationKind.SYSTEM);
        }
        return Optional.of(trial.target() + " stays");
    }

    /**
     * It is over, unless the owner was quicker.
     *
     * @return what was tried and may not be confirmed any more
     */
    synchronized Optional<TrialSeen> lapse() throws Trouble {
        Optional<TrialSeen> seen = look().filter(s -> !s.isOpen() && !s.isConfirmed());
        if (seen.isPresent() && seen.get().trial().word() != Trial.Word.LAPSED) {
            state.trial(seen.get().trial().with(Trial.Word.LAPSED, NONE));
        }
        return seen;
    }

    static String reason(TrialSeen seen) {
        return seen.trial().target() + " was not confirmed "
                + (seen.rebooted()
                        ? "before the machine was booted again"
                        : "within " + Durations.format(seen.trial().limit()));
    }
}
