package dev.homeostat.kind.generation;

import dev.homeostat.host.process.Cancellation;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Gives something long up as soon as nobody wants it any more. Until closed; one thread closes it. */
final class Vigil implements AutoCloseable {
    /** A look reads some files; a person who mended something waits no longer than that. */
    private static final Duration EVERY = Duration.ofSeconds(2);

    private final CountDownLatch over = new CountDownLatch(1);

    Vigil(BooleanSupplier wanted, Cancellation cancellation) {
        Thread.ofVirtual().name("vigil").start(() -> {
            try {
                while (!over.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                    if (!wanted.getAsBoolean()) {
                        cancellation.ask();
                        return;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Override
    public void close() {
        over.countDown();
    }
}
