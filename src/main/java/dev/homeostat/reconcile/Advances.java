package dev.homeostat.reconcile;

import dev.homeostat.resource.Advance;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

    /** For one action, until closed. */
    Telling of(ResourceId id) {
        return new Telling(id);
    }

    /** What one action tells. The last of several advances is told too, also if the action then says nothing for hours. */
    final class Telling implements Consumer<Advance>, AutoCloseable {
        private final ResourceId id;
        private long toldNanos = System.nanoTime() - TOLD_EVERY.toNanos();
        private String told = "";
        private String latest = "";
        private boolean due;
        private boolean closed;

        private Telling(ResourceId id) {
            this.id = id;
        }

        @Override
        public synchronized void accept(Advance advance) {
            if (closed) {
                return;
            }
            show(advance);
            latest = advance.toString();
            if (due || latest.equals(told)) {
                return;
            }
            long left = toldNanos + TOLD_EVERY.toNanos() - System.nanoTime();
            if (left <= 0) {
                tell();
            } else {
                due = true;
                CompletableFuture.delayedExecutor(left, TimeUnit.NANOSECONDS).execute(this::tellLate);
            }
        }

        private synchronized void tellLate() {
            due = false;
            if (!closed && !latest.equals(told)) {
                tell();
            }
        }

        private void tell() {
            toldNanos = System.nanoTime();
            told = latest;
            events.tell("progress", id, told);
        }

        private void show(Advance advance) {
            world.with(id, t -> {
                t.status = t.status.with(advance);
                return t;
            });
        }

        /** The action has ended. */
        @Override
        public synchronized void close() {
            closed = true;
            show(null);
        }
    }
}
