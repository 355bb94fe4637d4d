package dev.homeostat.resource;

import java.util.Collection;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Does the same with each of several things at once: what hangs delays nobody else by more than its own limit. */
public final class SideBySide {
    private SideBySide() {}

    /** Returns when all are done, or this thread is interrupted. What one of them throws is that one's alone. */
    public static <T> void each(Collection<T> all, Consumer<T> what) {
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            all.forEach(one -> each.submit(() -> what.accept(one)));
            each.shutdown();
            each.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
