package dev.homeostat.host.posix;

import java.util.concurrent.locks.LockSupport;

/**
 * For a thread that hands out events of files: somebody who writes without end would wake it for each write. Then it takes
 * them less often, and what is alike is put together meanwhile. Used by one thread.
 */
final class Pace {
    /** So many times a second are no burden; a hundred corrections are some five hundred events, our own writes included. */
    private static final int FREE = 1_000;

    private static final long WINDOW_NANOS = 1_000_000_000L;
    /** Nobody notices so much; and fewer events come in it than the kernel keeps (16384 by default) before it gives up. */
    private static final long PAUSE_NANOS = 5_000_000L;

    private long since = System.nanoTime();
    private int times;

    /** Called before each time. */
    void keep() {
        long now = System.nanoTime();
        if (now - since > WINDOW_NANOS) {
            since = now;
            times = 0;
        }
        if (++times > FREE) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
