package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.OtherSwitch;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.resource.Observation;
import java.util.List;
import java.util.Optional;

/**
 * What is seen of the system's generation.
 *
 * @param key digest of what is to be in force: its source with all content and locked inputs, and the operation
 * @param written whether the generated tree is as it should be; true for other sources
 * @param target the system that was built of exactly that; empty if it was not built yet
 * @param activated empty if nothing was
 * @param booted empty if this is no NixOS
 * @param run the last activation of ours, running or ended
 * @param others switches of somebody else that run now
 * @param point the last rollback point
 * @param trial that the machine is in, of this key or an earlier one
 * @param quarantine of this key
 * @param preview what putting the target in force would do; empty if that is not known, or it is in force
 * @param verified whether exactly this passed its verification
 * @param reported whether the last report is about it
 * @param source where it comes from
 */
record GenerationSeen(
        String key,
        boolean written,
        Optional<StorePath> target,
        ProfileState profile,
        Optional<StorePath> activated,
        Optional<StorePath> booted,
        Optional<ActivationRun> run,
        List<OtherSwitch> others,
        Optional<RollbackPoint> point,
        Optional<TrialSeen> trial,
        Optional<Quarantine> quarantine,
        Optional<Preview> preview,
        boolean verified,
        boolean reported,
        SourceSeen source)
        implements Observation {
    GenerationSeen {
        others = List.copyOf(others);
    }

    Optional<StorePath> inProfile() {
        return profile.currentGeneration().map(g -> g.target());
    }

    /** Whether the machine was moved towards something new, and what becomes of that is not settled. */
    boolean isUnderWay() {
        return point.filter(RollbackPoint::isInUse).isPresent();
    }

    /** Whether a switch was begun, or was about to, of which it is not settled what becomes of it. */
    boolean isSwitchBegun() {
        return point.filter(p -> p.stage() == RollbackPoint.Stage.SWITCHED).isPresent();
    }

    /** The activation of the target that was begun since the machine was moved; empty if there was none, or it is forgotten. */
    Optional<ActivationRun> ownRun(String operation) {
        return run.filter(r -> target.filter(r.generation()::equals).isPresent())
                .filter(r -> r.operation().equals(operation))
                .filter(r -> point.filter(RollbackPoint::isActivated)
                        .filter(p -> !r.began().isBefore(p.moved()))
                        .isPresent());
    }
}
