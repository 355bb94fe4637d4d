package dev.homeostat.reconcile;

import dev.homeostat.resource.Advance;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.function.Consumer;

/** Shows how far actions are: each advance in status at once, and as an event not more often than people read. Thread-safe. */
final class Advances {
    /** Between two events of one action. */
    private static final Duration TOLD_EVERY = Duration.ofSeconds(1);

    private final World world;
    private final Events events;

    Advances(World world, Events events) {
        this.world = world;
        this.events = events;
    }

    /** For one action, which tells one advance after the other. */
    Consumer<Advance> of(ResourceId id) {
        long[] told = {System.nanoTime() - TOLD_EVERY.toNanos()};
        String[] last = {""};
        return advance -> {
            world.with(id, t -> {
                t.status = t.status.with(advance);
                return t;
            });
            String text = advance.toString();
            if (!text.equals(last[0]) && System.nanoTime() - told[0] >= TOLD_EVERY.toNanos()) {
                told[0] = System.nanoTime();
                last[0] = text;
                events.tell("progress", id, text);
            }
        };
    }

    /** The action has ended. */
    void ended(ResourceId id) {
        world.with(id, t -> {
            t.status = t.status.with(null);
            return t;
        });
    }
}
