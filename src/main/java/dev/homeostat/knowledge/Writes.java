package dev.homeostat.knowledge;

import dev.homeostat.resource.StandardLog;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Who wants something written waits until it is on the disk. One thread writes all that is asked for meanwhile in one
 * transaction, so that many writers share a sync of the disk. Thread-safe.
 */
final class Writes implements AutoCloseable {
    /** Bounds what is redone when one fails. */
    private static final int BATCH_LIMIT = 256;

    /** One thing to write. What it refuses it has to refuse before it writes. */
    interface Change<T> {
        T apply(Store store) throws SQLException, Refused;
    }

    private static final class Write {
        final Change<?> change;
        final CompletableFuture<Object> done = new CompletableFuture<>();
        Object result;
        Refused refused;

        Write(Change<?> change) {
            this.change = change;
        }
    }

    private final Store store;
    private final Runnable written;
    private final StandardLog log;
    private final BlockingQueue<Write> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    /** @param written called after each commit */
    Writes(Store store, Runnable written, StandardLog log) {
        this.store = store;
        this.written = written;
        this.log = log;
        this.thread = Thread.ofPlatform().name("writes").daemon().start(this::loop);
    }

    /** @throws Refused by the change itself, or because the disk did not take it; then nothing of it is written */
    @SuppressWarnings("unchecked")
    <T> T apply(Change<T> change) throws Refused, InterruptedException {
        if (closed) {
            throw new Refused(Problem.UNAVAILABLE, "the knowledge base is being stopped");
        }
        Write write = new Write(change);
        queue.add(write);
        try {
            return (T) write.done.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refused refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void loop() {
        List<Write> batch = new ArrayList<>();
        while (!closed || !queue.isEmpty()) {
            try {
                batch.add(queue.take());
                queue.drainTo(batch, BATCH_LIMIT - 1);
                commit(batch);
            } catch (InterruptedException e) {
                // closed: what is queued is written still
                continue;
            } finally {
                batch.clear();
            }
        }
    }

    private void commit(List<Write> batch) {
        try {
            for (Write write : batch) {
                try {
                    write.result = write.change.apply(store);
                } catch (Refused refused) {
                    write.refused = refused;
                }
            }
            store.commit();
        } catch (SQLException | RuntimeException e) {
            failed(batch, e);
            return;
        }
        for (Write write : batch) {
            if (write.refused == null) {
                write.done.complete(write.result);
            } else {
                write.done.completeExceptionally(write.refused);
            }
        }
        written.run();
    }

    private void failed(List<Write> batch, Exception e) {
        try {
            store.rollback();
        } catch (SQLException again) {
            e.addSuppressed(again);
        }
        log.error("nothing can be written: " + e);
        boolean full = e instanceof SQLException sql && Store.full(sql);
        for (Write write : batch) {
            write.done.completeExceptionally(
                    full
                            ? new Refused(Problem.FULL, "the disk did not take it: " + e.getMessage())
                            : e instanceof SQLException
                                    ? new Refused(Problem.UNAVAILABLE, "it could not be written: " + e.getMessage())
                                    : e);
        }
    }

    /** Writes what is queued, then ends. */
    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.interrupt();
        thread.join();
    }
}
