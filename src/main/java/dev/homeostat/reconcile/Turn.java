package dev.homeostat.reconcile;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One change of what is in force, or one full pass, at a time; and it is known what has the turn and for how long, because
 * a pass that waits for a dead file system holds up everything that needs a turn after it. Reentrant and thread-safe.
 */
final class Turn {
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Work work;

    /**
     * What is being done.
     *
     * @param what for people: {@code the full pass (resync)}
     * @param startNanos when it began, by {@link System#nanoTime}
     */
    record Work(String what, long startNanos) {}

    /** Waits for the turn. */
    void take(String what) {
        lock.lock();
        if (lock.getHoldCount() == 1) {
            work = new Work(what, System.nanoTime());
        }
    }

    void end() {
        if (lock.getHoldCount() == 1) {
            work = null;
        }
        lock.unlock();
    }

    /** Empty if nobody has the turn. Returns at once. */
    Optional<Work> work() {
        return Optional.ofNullable(work);
    }

    /** @return whether nobody had the turn, or it ended within the limit */
    boolean awaitEnd(long limitNanos) throws InterruptedException {
        boolean ended = lock.tryLock(limitNanos, TimeUnit.NANOSECONDS);
        if (ended) {
            lock.unlock();
        }
        return ended;
    }
}
