package dev.homeostat.journal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A queue in order, of which many are taken at once: by whoever waits for one of them, or by a reader of its own when the
 * oldest has lain for a while. Thread-safe.
 */
final class Inbox<T> {
    private final long patienceNanos;
    private final Deque<T> items = new ArrayDeque<>();
    private long oldestNanos;
    private boolean closed;

    /** @param patience how long something may lie that nobody waits for */
    Inbox(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    /** @param isWaitedFor whether the caller takes it itself, at once, so that the reader need not wake */
    synchronized void add(T item, boolean isWaitedFor) {
        if (items.isEmpty()) {
            oldestNanos = System.nanoTime();
        }
        items.add(item);
        if (items.size() == 1 && !isWaitedFor) {
            notifyAll();
        }
    }

    /**
     * Waits until something has lain for long enough.
     *
     * @param atMost returns after so long even if there is nothing; empty: waits as long as it takes
     * @return false when it was closed
     */
    synchronized boolean awaitDue(Optional<Duration> atMost) {
        long end = System.nanoTime() + atMost.map(Duration::toNanos).orElse(Long.MAX_VALUE / 2);
        while (!closed) {
            long now = System.nanoTime();
            long left = items.isEmpty() ? end - now : Math.min(end - now, oldestNanos + patienceNanos - now);
            if (left <= 0) {
                return true;
            }
            try {
                // a millisecond more rather than none, which would be for ever
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts the journal", e);
            }
        }
        return false;
    }

    /** What is there, the oldest first. */
    synchronized List<T> take(int limit) {
        List<T> batch = new ArrayList<>(Math.min(limit, items.size()));
        while (!items.isEmpty() && batch.size() < limit) {
            batch.add(items.remove());
        }
        oldestNanos = System.nanoTime();
        if (!items.isEmpty()) {
            notifyAll();
        }
        return batch;
    }

    synchronized boolean isEmpty() {
        return items.isEmpty();
    }

    /** Nothing is due any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
