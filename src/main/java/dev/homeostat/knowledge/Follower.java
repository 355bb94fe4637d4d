package dev.homeostat.knowledge;

import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.lucene.store.AlreadyClosedException;

/**
 * Keeps the index behind the store: one thread that applies what was written since. It looks at numbers, not at messages, so
 * it cannot miss one; an index that breaks is replaced and made anew. Thread-safe.
 */
final class Follower implements AutoCloseable {
    private static final int BATCH_DOCUMENTS = 256;
    /** What a crash may have to be applied again: a second or so of work. */
    private static final Duration COMMIT_EVERY = Duration.ofSeconds(5);
    /** After a failure, before the next try. */
    private static final Duration TRY_AGAIN = Duration.ofSeconds(2);

    /** Something asked of the index. */
    interface Question<T> {
        T ask(Index index) throws IOException;
    }

    private final Store store;
    private final Writes writes;
    private final Path folder;
    private final Words words;
    private final StandardLog log;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    /** Guarded by {@code lock}. */
    private long wanted;
    /** Guarded by {@code lock}: the last change that can be found. */
    private long reached;

    private volatile boolean closed;
    private volatile long rebuilds;
    private volatile String trouble = "";

    /** Write-held while the index is exchanged. */
    private final ReentrantReadWriteLock exchange = new ReentrantReadWriteLock();
    /** Guarded by {@code exchange}. */
    private Index index;

    private final Thread thread;

    /** @throws Trouble if there can be no index */
    Follower(Store store, Writes writes, Path folder, Words words, StandardLog log) throws Trouble {
        this.store = store;
        this.writes = writes;
        this.folder = folder;
        this.words = words;
        this.log = log;
        this.index = Index.open(folder, store.identity(), words, log);
        this.reached = index.applied();
        this.wanted = store.reached();
        this.thread = Thread.ofPlatform().name("index").daemon().start(this::loop);
    }

    /** Says that there is something new; returns at once. */
    void wake() {
        lock.lock();
        try {
            wanted = store.reached();
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many changes cannot be found yet. */
    long behind() {
        lock.lock();
        try {
            return Math.max(0, store.reached() - reached);
        } finally {
            lock.unlock();
        }
    }

    /** What keeps the index from following; empty if nothing does. */
    String trouble() {
        return trouble;
    }

    /** How often the index was made anew while this process ran. */
    long rebuilds() {
        return rebuilds;
    }

    /** Waits until all that is written now can be found, but not for longer than the limit. */
    void await(Duration limit) throws InterruptedException {
        long goal = store.reached();
        long nanos = limit.toNanos();
        lock.lock();
        try {
            while (reached < goal && nanos > 0 && !closed) {
                nanos = moved.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    <T> T ask(Question<T> question) throws IOException {
        exchange.readLock().lock();
        try {
            return question.ask(index);
        } finally {
            exchange.readLock().unlock();
        }
    }

    private void loop() {
        long lastCommit = System.nanoTime();
        while (!closed) {
            try {
                follow();
                if (System.nanoTime() - lastCommit >= COMMIT_EVERY.toNanos()) {
                    commit();
                    lastCommit = System.nanoTime();
                }
                trouble = "";
                pause();
            } catch (IOException | AlreadyClosedException | IllegalArgumentException e) {
                failed("the index cannot follow: " + e.getMessage());
                replace();
            } catch (SQLException e) {
                failed("the documents cannot be read: " + e.getMessage());
            } catch (InterruptedException e) {
                return; // closed
            } catch (RuntimeException e) {
                log.bug("a mistake while indexing", e);
                failed("a mistake while indexing: " + e);
            }
        }
    }

    private void follow() throws IOException, SQLException {
        while (!closed && index.applied() < store.reached()) {
            index.apply(store.after(index.applied(), BATCH_DOCUMENTS));
            tell(index.applied());
        }
    }

    private void tell(long applied) {
        lock.lock();
        try {
            reached = applied;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void commit() throws IOException, InterruptedException {
        if (index.committed() == index.applied()) {
            return;
        }
        index.commit();
        long committed = index.committed();
        try {
            writes.apply(written -> {
                written.forgetRemoved(committed);
                return null;
            });
        } catch (Refused e) {
            // they stay a while longer; the writer has said why
            trouble = e.getMessage();
        }
    }

    /** Until there is something new, or something to commit is due. */
    private void pause() throws InterruptedException {
        lock.lock();
        try {
            if (wanted > reached) {
                return;
            }
            if (index.committed() == index.applied()) {
                while (wanted <= reached && !closed) {
                    moved.await();
                }
            } else {
                moved.awaitNanos(COMMIT_EVERY.toNanos());
            }
        } finally {
            lock.unlock();
        }
    }

    private void failed(String why) {
        log.error(why);
        trouble = why;
        lock.lock();
        try {
            if (!closed) {
                moved.await(TRY_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    private void replace() {
        exchange.writeLock().lock();
        try {
            try {
                index.close();
            } catch (IOException e) {
                log.warning("the former index did not close: " + e.getMessage());
            }
            index = Index.open(folder, store.identity(), words, log);
            rebuilds++;
            tell(index.applied());
        } catch (Trouble e) {
            trouble = e.sentence();
        } finally {
            exchange.writeLock().unlock();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        closed = true;
        wake();
        thread.join();
        try (Index last = index) {
            if (last.committed() != last.applied()) {
                last.commit();
            }
        }
    }
}
