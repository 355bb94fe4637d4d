package dev.homeostat.reconcile;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A question whose answer may be late: asked aside, once for all who want to know, and nobody waits for it for long.
 * Thread-safe.
 */
final class Aside<T> {
    /** An answer takes some milliseconds. Whoever waits for longer keeps others from being worked on. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private final String name;
    private final Supplier<T> question;
    private final Function<T, Duration> kept;
    private final Object lock = new Object();
    /** Null if none is kept. Guarded by {@code lock}. */
    private Answer<T> answer;

    /** The question that is on its way; null if none is. Guarded by {@code lock}. */
    private Asked<T> asked;

    /** @param at by {@link System#nanoTime} */
    private record Answer<T>(T value, long at) {}

    /** @param at by {@link System#nanoTime} */
    private record Asked<T>(CompletableFuture<T> answer, long at) {}

    /** @param kept for how long an answer is good for all who ask */
    Aside(String name, Supplier<T> question, Function<T, Duration> kept) {
        this.name = name;
        this.question = question;
        this.kept = kept;
    }

    /** @param late what is told as long as there is no answer */
    T answer(Supplier<T> late) {
        CompletableFuture<T> coming;
        long left;
        synchronized (lock) {
            long now = System.nanoTime();
            if (answer != null && now - answer.at < kept.apply(answer.value).toNanos()) {
                return answer.value;
            }
            if (asked == null) {
                asked = new Asked<>(new CompletableFuture<>(), now);
                Thread.ofVirtual().name(name).start(this::ask);
            }
            coming = asked.answer;
            left = asked.at + PATIENCE.toNanos() - now;
        }
        try {
            return coming.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return late.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return late.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(name + " could not be asked for", e.getCause());
        }
    }

    private void ask() {
        T found;
        try {
            found = question.get();
        } catch (RuntimeException e) {
            Asked<T> failed;
            synchronized (lock) {
                failed = asked;
                asked = null;
            }
            failed.answer.completeExceptionally(e);
            return;
        }
        Asked<T> now;
        synchronized (lock) {
            answer = new Answer<>(found, System.nanoTime());
            now = asked;
            asked = null;
        }
        now.answer.complete(found);
    }
}
