package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.resource.Observation;
import java.util.Optional;

/**
 * What is seen of a home's generation.
 *
 * @param key digest of what is to be in force: its source with all content and locked inputs
 * @param target the generation that was built of exactly that; empty if it was not built yet
 * @param activated what was activated to the end last; empty if nothing was
 * @param run the last activation of ours, running or ended
 * @param point the last rollback point
 * @param quarantine of this key
 * @param verified whether exactly this passed its verification
 * @param reported whether the last report is about it
 */
record HomeSeen(
        String key,
        Optional<StorePath> target,
        ProfileState profile,
        Optional<StorePath> activated,
        Optional<ActivationRun> run,
        Optional<RollbackPoint> point,
        Optional<Quarantine> quarantine,
        boolean verified,
        boolean reported)
        implements Observation {
    Optional<StorePath> inProfile() {
        return profile.currentGeneration().map(g -> g.target());
    }

    /** Whether the home was moved towards something new, and what becomes of that is not settled. */
    boolean isUnderWay() {
        return point.filter(RollbackPoint::isInUse).isPresent();
    }

    /** The activation of the target that was begun since the home was moved; empty if there was none, or it is forgotten. */
    Optional<ActivationRun> ownRun() {
        return run.filter(r -> target.filter(r.generation()::equals).isPresent())
                .filter(r -> point.filter(p -> p.stage() == RollbackPoint.Stage.SWITCHED)
                        .filter(p -> !r.began().isBefore(p.moved()))
                        .isPresent());
    }
}
