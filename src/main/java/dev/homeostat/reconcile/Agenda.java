package dev.homeostat.reconcile;

import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/** What is looked at, now or later. Thread-safe. */
final class Agenda {
    /** The queue empties a moment after the last notice of a resource that came to rest: then it is asked again. */
    private static final Duration REST_LOOK = Duration.ofMillis(20);

    private final World world;
    private final WorkQueue machine;
    /** Of what is on top of the machine: its workers are others. */
    private final WorkQueue stack;

    private final ScheduledThreadPoolExecutor timer;
    private final Object rest = new Object();
    /** Resources that an event has spoken of, and that are looked at a little later. */
    private final Set<ResourceId> deferred = ConcurrentHashMap.newKeySet();

    /** Looks that {@link #atLatest} has asked for. Guarded by itself. */
    private final Map<ResourceId, Awaited> awaited = new HashMap<>();

    /** @param due by {@link System#nanoTime} */
    private record Awaited(long due, ScheduledFuture<?> timer) {}

    private volatile boolean closed;

    Agenda(World world, Consumer<WorkQueue.Item> work) {
        this.world = world;
        this.machine = new WorkQueue(work);
        this.stack = new WorkQueue(work);
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("timer").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /** Where it belongs; where it is already, if it has just come to belong elsewhere: it is never worked on twice at once. */
    private WorkQueue queue(ResourceId id) {
        boolean above = world.layer(id) == Layer.STACK;
        WorkQueue own = above ? stack : machine;
        WorkQueue other = above ? machine : stack;
        return other.busy(id) ? other : own;
    }

    private WorkQueue queue(Layer layer) {
        return layer == Layer.STACK ? stack : machine;
    }

    void now(ResourceId id, String cause) {
        queue(id).add(id, cause);
    }

    /** What is needed comes before what needs it. */
    void now(Collection<ResourceId> ids, String cause) {
        if (ids.isEmpty()) {
            return; // the usual end of a pass: no order needs to be found
        }
        Set<ResourceId> wanted = new TreeSet<>(ids);
        world.order().stream().filter(wanted::contains).forEach(id -> now(id, cause));
    }

    void later(ResourceId id, Duration pause) {
        after(pause, () -> now(id, "tried again"));
    }

    /**
     * At the latest then. For whoever is asked anew at each look when to look again: of several wishes for one resource only
     * the earliest is kept, or each event would add one more that begets others.
     */
    void atLatest(ResourceId id, Duration pause) {
        long due = System.nanoTime() + pause.toNanos();
        synchronized (awaited) {
            Awaited before = awaited.get(id);
            if (before != null && before.due - due <= 0) {
                return;
            }
            if (before != null) {
                before.timer.cancel(false);
            }
            ScheduledFuture<?> timer = after(pause, () -> {
                synchronized (awaited) {
                    awaited.computeIfPresent(id, (i, a) -> a.due == due ? null : a);
                }
                now(id, "looked at again");
            });
            if (timer != null) {
                awaited.put(id, new Awaited(due, timer));
            }
        }
    }

    /** However often it is asked for until then. */
    void laterOnce(ResourceId id, String cause, Duration pause) {
        if (!closed && deferred.add(id)) {
            after(pause, () -> {
                deferred.remove(id);
                now(id, cause);
            });
        }
    }

    /** Not before the pause is over, whatever the clock does; the task must return at once. */
    ScheduledFuture<?> after(Duration pause, Runnable task) {
        return closed ? null : timer.schedule(task, pause.toMillis() + 1, TimeUnit.MILLISECONDS);
    }

    void every(Duration interval, Runnable task) {
        timer.scheduleAtFixedRate(task, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    boolean busy(ResourceId id) {
        return machine.busy(id) || stack.busy(id);
    }

    int size() {
        return machine.size() + stack.size();
    }

    /** The oldest piece of work on the machine of those that run for longer than they may. */
    Optional<Turn.Work> overdue(Function<ResourceId, Duration> limit) {
        return machine.overdue(limit);
    }

    /** The piece of work on the machine that has been running for longest. */
    Optional<Turn.Work> oldest() {
        return machine.oldest();
    }

    /** A resource has come to rest. */
    void rested() {
        synchronized (rest) {
            rest.notifyAll();
        }
    }

    /**
     * Waits until nothing of these layers is queued or running and {@code settled} says so; false if that took longer than
     * the limit.
     */
    boolean awaitRest(Set<Layer> layers, Duration limit, BooleanSupplier settled) {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (rest) {
            while (!layers.stream().allMatch(layer -> queue(layer).idle()) || !settled.getAsBoolean()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    rest.wait(Math.min(left / 1_000_000 + 1, REST_LOOK.toMillis()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }

    /** Takes up nothing new; whether what runs ended within the limit. */
    boolean close(Duration limit) {
        closed = true;
        timer.shutdownNow();
        long end = System.nanoTime() + limit.toNanos();
        boolean ended = machine.close(limit.toNanos());
        return stack.close(Math.max(0, end - System.nanoTime())) && ended;
    }
}
