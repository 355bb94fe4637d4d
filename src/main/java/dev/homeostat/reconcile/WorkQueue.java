package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Resources to be looked at, each once however often it is asked for, and never one twice at a time. Work is done on virtual
 * threads, at most {@link #WORKERS} at once, not counting those that wait for something slow: twenty units whose start
 * never ends do not keep a file from being put back. Thread-safe.
 */
final class WorkQueue {
    /** Corrections wait for disks and other programs, not for processors; more would only crowd those. */
    private static final int WORKERS = 16;

    /** What runs for so long waits for another program's answer, and takes no more part in the crowd. */
    private static final Duration SLOW = Duration.ofMillis(200);

    /**
     * One resource to look at.
     *
     * @param cause what was noticed first
     * @param noticedNanos when, by {@link System#nanoTime}
     */
    record Item(ResourceId id, String cause, long noticedNanos) {}

    private final Consumer<Item> work;
    private final Deque<ResourceId> order = new ArrayDeque<>();
    private final Map<ResourceId, Item> waiting = new HashMap<>();
    private final Map<ResourceId, Long> running = new HashMap<>();
    private int workers;
    private boolean relieving;
    private boolean closed;

    WorkQueue(Consumer<Item> work) {
        this.work = work;
    }

    void add(ResourceId id, String cause) {
        add(new Item(id, cause, System.nanoTime()));
    }

    synchronized void add(Item item) {
        if (closed || waiting.putIfAbsent(item.id(), item) != null) {
            return;
        }
        order.add(item.id());
        staff();
    }

    /** A worker more, now if there is room, else when one has become slow. Call with the lock held. */
    private void staff() {
        if (workers - slow() < WORKERS) {
            workers++;
            Thread.ofVirtual().name("worker").start(this::workOff);
        } else if (!relieving) {
            relieving = true;
            Thread.ofVirtual().name("relief").start(this::relieve);
        }
    }

    /** Call with the lock held. */
    private int slow() {
        long since = System.nanoTime() - SLOW.toNanos();
        return (int)
                running.values().stream().filter(start -> start - since < 0).count();
    }

    private void relieve() {
        try {
            Thread.sleep(SLOW);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            relieving = false;
            long due = closed
                    ? 0
                    : order.stream().filter(id -> !running.containsKey(id)).count();
            while (due > 0 && !relieving) { // it is set again when there is no room any more
                staff();
                due--;
            }
        }
    }

    private void workOff() {
        Item item;
        while ((item = next()) != null) {
            try {
                work.accept(item);
            } finally {
                done(item.id());
            }
        }
    }

    private synchronized Item next() {
        if (!closed && workers - slow() <= WORKERS) {
            for (var ids = order.iterator(); ids.hasNext(); ) {
                ResourceId id = ids.next();
                if (!running.containsKey(id)) {
                    ids.remove();
                    running.put(id, System.nanoTime());
                    return waiting.remove(id);
                }
            }
        }
        workers--;
        notifyAll();
        return null;
    }

    private synchronized void done(ResourceId id) {
        running.remove(id);
        notifyAll();
        // asked for again meanwhile, and no worker is left to see it: this one goes on and does
    }

    synchronized boolean busy(ResourceId id) {
        return running.containsKey(id) || waiting.containsKey(id);
    }

    synchronized int size() {
        return waiting.size();
    }

    synchronized boolean idle() {
        return waiting.isEmpty() && running.isEmpty();
    }

    /** The piece of work that has been running for longest. */
    synchronized Optional<Turn.Work> oldest() {
        return running.entrySet().stream()
                .min((a, b) -> Long.signum(a.getValue() - b.getValue())) // nanoTime may overflow
                .map(e -> new Turn.Work("the work on " + e.getKey(), e.getValue()));
    }

    /**
     * The piece of work that has been running for longest of those that run for longer than they may.
     *
     * @param limit of a piece of work; must return at once
     */
    Optional<Turn.Work> overdue(Function<ResourceId, Duration> limit) {
        Map<ResourceId, Long> now;
        synchronized (this) { // not while limits are asked for: who answers has locks of its own
            now = Map.copyOf(running);
        }
        return now.entrySet().stream()
                .filter(e -> System.nanoTime() - e.getValue()
                        > limit.apply(e.getKey()).toNanos())
                .min((a, b) -> Long.signum(a.getValue() - b.getValue()))
                .map(e -> new Turn.Work("the work on " + e.getKey(), e.getValue()));
    }

    /** Takes up nothing new; true if what runs ended within the limit. */
    synchronized boolean close(long limitNanos) {
        closed = true;
        order.clear();
        waiting.clear();
        long end = System.nanoTime() + limitNanos;
        try {
            while (!running.isEmpty()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                wait(left / 1_000_000 + 1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return running.isEmpty();
    }
}
