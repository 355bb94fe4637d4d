package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Somebody else keeps undoing what is corrected: after so many corrections within a while a resource is left alone, for a
 * time that grows while that goes on. Thread-safe.
 */
final class Fights {
    /** The first pause is the back-off's initial one, doubled so often: 16 s with the defaults. */
    private static final int FIRST_PAUSE = 4;

    private final World world;

    private final List<RunListener> listeners;

    Fights(World world, List<RunListener> listeners) {
        this.world = world;
        this.listeners = listeners;
    }

    /** Drift was corrected. */
    void corrected(ResourceId id, Instant now) {
        world.with(id, t -> t.corrections.add(now));
    }

    /** The owner says that it is over. */
    static void forget(Tracked t) {
        t.corrections.clear();
        t.fights = 0;
        t.truce = null;
    }

    /** How long to leave it alone; empty if it may be corrected. */
    Optional<Duration> truce(ResourceId id, Policy policy, Instant now) {
        Policy.Fights limits = policy.fights();
        return world.with(id, t -> {
            if (t.origin != Origin.DRIFT) {
                return null;
            }
            if (t.truce != null && now.isBefore(t.truce)) {
                return Duration.between(now, t.truce);
            }
            t.corrections.removeIf(at -> at.isBefore(now.minus(limits.within())));
            if (t.corrections.size() < limits.corrections()) {
                if (t.truce != null
                        && t.truce.isBefore(now.minus(policy.backoff().limit()))) {
                    t.fights = 0;
                }
                return null;
            }
            t.fights++;
            listeners.forEach(l -> l.fought(id));
            t.corrections.clear();
            Duration pause = Backoff.pause(policy.backoff(), t.fights + FIRST_PAUSE);
            t.truce = now.plus(pause);
            return pause;
        });
    }
}
