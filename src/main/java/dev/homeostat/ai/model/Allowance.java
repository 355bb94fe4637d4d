package dev.homeostat.ai.model;

import java.util.concurrent.locks.LockSupport;

/** So many bytes a second, and no more than a quarter of a second's worth at once (a token bucket). For one thread. */
final class Allowance {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int BURSTS_PER_SECOND = 4;

    private final long bytesPerSecond;
    private double bytes;
    private long sinceNanos;

    /** @param bytesPerSecond 0 for any number */
    Allowance(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        this.sinceNanos = System.nanoTime();
    }

    /** Waits until so many may have been taken. */
    void take(int taken) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return;
        }
        refill();
        bytes -= taken;
        while (bytes < 0) {
            LockSupport.parkNanos((long) (-bytes / bytesPerSecond * SECOND_NANOS) + 1);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            refill();
        }
    }

    private void refill() {
        long now = System.nanoTime();
        bytes = Math.min(
                (double) bytesPerSecond / BURSTS_PER_SECOND,
                bytes + (double) (now - sinceNanos) / SECOND_NANOS * bytesPerSecond);
        sinceNanos = now;
    }
}
