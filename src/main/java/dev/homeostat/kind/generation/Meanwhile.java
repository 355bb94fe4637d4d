package dev.homeostat.kind.generation;

import dev.homeostat.resource.Trouble;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** What is found out by another thread while this one is busy with something else. Thread-safe. */
final class Meanwhile<T> {
    /** Has an end of its own: nobody ends it. */
    interface Question<T> {
        T ask() throws Trouble;
    }

    private final FutureTask<T> task;

    private Meanwhile(FutureTask<T> task) {
        this.task = task;
    }

    /** @param name of the thread */
    static <T> Meanwhile<T> of(String name, Question<T> question) {
        FutureTask<T> task = new FutureTask<>(question::ask);
        Thread.ofVirtual().name(name).start(task);
        return new Meanwhile<>(task);
    }

    /** Waits for the answer. */
    T get() throws Trouble {
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing("interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Trouble trouble) {
                throw trouble;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
