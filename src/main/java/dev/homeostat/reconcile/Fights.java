package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Somebody else keeps undoing what is corrected: after so many corrections within a while a resource is left alone, for a
 * time that grows while that goes on. Thread-safe.
 */
final class Fights {
    /** The first pause is the back-off's initial one, doubled so often: 16 s with the defaults. */
    private static final int FIRST_PAUSE = 4;

    private final World world;

    private final Consumer<ResourceId> begun;

    /** @param begun told when a resource is given up for a while */
    Fights(World world, Consumer<ResourceId> begun) {
        this.world = world;
        this.begun = begun;
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

    /** Whether it is left alone now, because somebody keeps undoing what is done to it. */
    static boolean isOn(Tracked t, Instant now) {
        return t.truce != null && now.isBefore(t.truce);
    }

    /** How long to leave it alone; empty if it may be corrected. */
    Optional<Duration> truce(ResourceId id, Policy policy, Instant now) {
        Policy.Fights limits = policy.fights();
        boolean[] isNew = {false};
        Optional<Duration> left = world.with(id, t -> {
            if (t.origin != Origin.DRIFT) {
                return null;
            }
            if (isOn(t, now)) {
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
            t.corrections.clear();
            Duration pause = Backoff.pause(policy.backoff(), t.fights + FIRST_PAUSE);
            t.truce = now.plus(pause);
            isNew[0] = true;
            return pause;
        });
        if (isNew[0]) {
            begun.accept(id);
        }
        return left;
    }
}
