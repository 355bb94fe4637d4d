package dev.homeostat.knowledge;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Gives heap back to the machine when there is nothing more to do. The serial collector gives back only what a full collection
 * finds free, and in a process that rests none comes by itself.
 */
final class HeapReturn implements AutoCloseable {
    /** Rest for so long comes before a collection, so that nobody's request waits for it. */
    private static final Duration EVERY = Duration.ofSeconds(10);
    /** More than this since the last time is worth the fifty milliseconds that a collection takes. */
    private static final long GROWTH_BYTES = 4L << 20;

    private final LongSupplier work;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    /** @param work another number while something is done */
    HeapReturn(LongSupplier work) {
        this.work = work;
        this.thread = Thread.ofPlatform().name("heap").daemon().start(this::loop);
    }

    private void loop() {
        long before = work.getAsLong();
        long after = 0;
        try {
            while (!closed.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                long now = work.getAsLong();
                if (now == before && Runtime.getRuntime().totalMemory() - after > GROWTH_BYTES) {
                    System.gc();
                    after = Runtime.getRuntime().totalMemory();
                }
                before = now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed.countDown();
        thread.join();
    }
}
