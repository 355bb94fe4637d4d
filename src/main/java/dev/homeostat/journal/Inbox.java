package dev.homeostat.journal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A queue for one reader, in order, of which it takes many at once: as soon as there is something that somebody waits for,
 * or when the oldest has lain for a while. Thread-safe.
 */
final class Inbox<T> {
    private final long patienceNanos;
    private final Deque<T> items = new ArrayDeque<>();
    private long oldestNanos;
    private boolean waitedFor;

    /** @param patience how long something may lie that nobody waits for */
    Inbox(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    synchronized void add(T item, boolean isWaitedFor) {
        if (items.isEmpty()) {
            oldestNanos = System.nanoTime();
        }
        boolean wakes = items.isEmpty() || isWaitedFor && !waitedFor;
        items.add(item);
        waitedFor |= isWaitedFor;
        if (wakes) {
            notifyAll();
        }
    }

    /**
     * Waits, and moves what is there into the batch.
     *
     * @param atMost returns after so long even if there is nothing; empty: waits as long as it takes
     */
    synchronized void take(Collection<T> batch, int limit, Optional<Duration> atMost) {
        long end = System.nanoTime() + atMost.map(Duration::toNanos).orElse(Long.MAX_VALUE / 2);
        while (!waitedFor) {
            long now = System.nanoTime();
            long left = items.isEmpty() ? end - now : Math.min(end - now, oldestNanos + patienceNanos - now);
            if (left <= 0) {
                break;
            }
            try {
                // a millisecond more rather than none, which would be for ever
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts the journal", e);
            }
        }
        while (!items.isEmpty() && batch.size() < limit) {
            batch.add(items.remove());
        }
        waitedFor &= !items.isEmpty();
        oldestNanos = System.nanoTime();
    }

    /** What is left when nobody will take it any more. */
    synchronized List<T> close() {
        List<T> left = new ArrayList<>(items);
        items.clear();
        return left;
    }
}
