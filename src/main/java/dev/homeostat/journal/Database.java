package dev.homeostat.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * One SQLite file: write-ahead log, every commit synced. Whoever waits for a write commits it itself, together with all that
 * was asked for meanwhile (group commit), so that a hundred corrections at once cost a few syncs, not a hundred, and one
 * alone no change of threads. A thread writes what nobody waits for. Thread-safe.
 *
 * <p>While the disk does not take it, what may be told later waits in memory, in order, and what somebody waits for is
 * answered with no; both are tried again until the disk takes them.
 */
final class Database {
    private static final Logger LOG = Logger.getLogger(Database.class);

    /** One transaction takes at most so many writes: bounds what is redone when it fails. */
    private static final int BATCH_LIMIT = 512;
    /** Writes that wait for the disk: about 5 MB. The oldest go first. */
    private static final int BACKLOG_LIMIT = 4_096;
    /** What nobody waits for is written with what somebody waits for, or after so long: one sync instead of several. */
    private static final Duration LATER = Duration.ofMillis(50);
    /** While there is trouble: soon enough after space was made, and next to no work. */
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    /** Something to write. */
    interface Sql {
        void run(Writer writer) throws SQLException;
    }

    /** How one row is read. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** One thing to write. */
    private static final class Write {
        final Sql sql;
        /** Whether it is written later if it cannot be now. */
        final boolean keeps;
        /** Whether it is on the disk; null until that is clear. Guarded by {@code committing}. */
        Boolean written;

        Write(Sql sql, boolean keeps) {
            this.sql = sql;
            this.keeps = keeps;
        }
    }

    /** Only waits for what was asked before. */
    private static final Sql NOTHING = writer -> {};

    private final JournalFile file;
    private final Inbox<Write> queue = new Inbox<>(LATER);
    private final AtomicLong lastRun = new AtomicLong();
    /** Ids of runs that nothing records, because there is no database at all: below nothing, so that they meet no other. */
    private final AtomicLong unrecorded = new AtomicLong();

    private final Object readLock = new Object();
    private volatile String trouble;
    private volatile boolean isOpen;
    /** Guarded by {@code readLock}; null if nothing can be read. */
    private Connection reader;
    /** Held by whoever writes. Fair: a crowd of those who wait must not keep one of them out. */
    private final ReentrantLock committing = new ReentrantLock(true);
    /** Guarded by {@code committing}. */
    private JournalFile.Connections connections;

    /** Oldest first. Guarded by {@code committing}. */
    private final Deque<Write> backlog = new ArrayDeque<>();

    /** Guarded by {@code committing}. */
    private long dropped;

    /** Guarded by {@code committing}. */
    private boolean isClosed;

    /**
     * Whether the next transaction looks whether its file is still there: it takes a quarter of a commit's time. Not for the
     * intent of a correction, which the next record of what came of it follows within {@link #LATER}. Guarded by
     * {@code committing}.
     */
    private boolean lookForTheFile;

    private Thread thread;

    Database(Path path) {
        this.file = new JournalFile(path);
    }

    // ---- open and close

    /** Never fails: without a database the machine is kept all the same, and it is tried again. */
    synchronized void open() {
        committing.lock();
        try {
            use(file.open());
        } catch (IOException | SQLException e) {
            fail("it cannot be opened: " + text(e));
            try {
                Connection only = file.openToRead();
                synchronized (readLock) {
                    reader = only;
                }
            } catch (IOException | SQLException unreadable) {
                LOG.errorf(
                        "the journal cannot even be read (%s): pauses and answers that were asked for are not known, nor what was made by us",
                        text(unreadable));
            }
        } finally {
            committing.unlock();
        }
        thread = Thread.ofPlatform().daemon().name("journal").start(this::write);
    }

    private void use(JournalFile.Connections next) {
        connections = next;
        synchronized (readLock) {
            JournalFile.close(reader);
            reader = next.reader();
        }
        lastRun.accumulateAndGet(next.lastRun(), Math::max);
        isOpen = true;
    }

    private void disconnect() {
        isOpen = false;
        synchronized (readLock) {
            JournalFile.close(reader);
            reader = null;
        }
        if (connections != null) {
            connections.writer().close();
            connections = null;
        }
    }

    synchronized void close() {
        if (thread == null) {
            return;
        }
        committing.lock();
        try {
            while (!queue.isEmpty()) {
                round();
            }
            isClosed = true;
            queue.close();
            if (!backlog.isEmpty()) {
                LOG.warnf("%d writes of history could not be written and are lost", backlog.size());
            }
            disconnect();
        } finally {
            committing.unlock();
        }
        thread = null;
    }

    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** The next run's id; negative if there is no database that could have it. */
    long nextRun() {
        return isOpen ? lastRun.incrementAndGet() : unrecorded.decrementAndGet();
    }

    // ---- writing

    /** Sometime soon, in order; later if the disk does not take it now. */
    void later(Sql sql) {
        queue.add(new Write(sql, true), false);
    }

    void later(String sql, Object... values) {
        later(writer -> writer.update(sql, values));
    }

    /** Now if the disk takes it, later if it does not; returns when one of the two is clear. */
    void nowOrLater(Sql sql) {
        commit(new Write(sql, true));
    }

    /** Now or never: whether it is on the disk. If not, it will not be later. */
    boolean now(Sql sql) {
        return commit(new Write(sql, false));
    }

    boolean now(String sql, Object... values) {
        return now(writer -> writer.update(sql, values));
    }

    private boolean commit(Write write) {
        queue.add(write, true);
        committing.lock();
        try {
            while (write.written == null) { // else it was in the batch of somebody who had the lock before
                if (isClosed) {
                    return false;
                }
                round();
            }
            return write.written;
        } finally {
            committing.unlock();
        }
    }

    static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    /** What nobody waits for, and what the disk did not take before. */
    private void write() {
        while (queue.awaitDue(trouble == null ? Optional.empty() : Optional.of(TRY_AGAIN))) {
            committing.lock();
            try {
                lookForTheFile = true;
                round();
            } finally {
                committing.unlock();
            }
        }
    }

    /** Writes what is asked for by now, as far as one transaction takes it. Call with {@code committing} held. */
    private void round() {
        List<Write> batch = queue.take(BATCH_LIMIT);
        List<Write> due = batch.stream().filter(w -> w.sql != NOTHING).toList();
        if (due.isEmpty() && trouble == null) {
            batch.forEach(w -> w.written = true);
            return;
        }
        try {
            lookForTheFile |= trouble != null || due.stream().anyMatch(w -> !w.keeps);
            reopenIfNeeded();
            List<Write> lost = writeAll(due);
            over();
            batch.forEach(w -> w.written = !lost.contains(w));
        } catch (SQLException | IOException e) {
            fail(text(e));
            batch.forEach(w -> w.written = false);
            due.stream().filter(w -> w.keeps).forEach(backlog::add);
            while (backlog.size() > BACKLOG_LIMIT) {
                backlog.remove();
                dropped++;
            }
        }
    }

    private void reopenIfNeeded() throws SQLException, IOException {
        if (connections != null && lookForTheFile && file.isGone()) {
            LOG.error("the journal's files were removed or replaced while it was open");
            disconnect();
            file.setAside("its files were removed or replaced while it was open");
        }
        if (connections == null) {
            use(file.open());
        }
    }

    /**
     * @return what SQLite refuses for itself, whatever the disk does: a bug, and no reason to lose the others
     * @throws SQLException if nothing could be written
     */
    private List<Write> writeAll(List<Write> due) throws SQLException, IOException {
        List<Write> all = new ArrayList<>(backlog);
        all.addAll(due);
        try {
            transaction(all);
        } catch (SQLException e) {
            if (JournalFile.isDamage(e)) {
                disconnect();
                file.setAside(text(e));
                use(file.open());
                transaction(all);
            } else if (JournalFile.isOfTheDisk(e)) {
                throw e;
            } else {
                return writeOneByOne(all);
            }
        }
        backlog.clear();
        return List.of();
    }

    private List<Write> writeOneByOne(List<Write> all) throws SQLException, IOException {
        List<Write> refused = new ArrayList<>();
        for (Write write : all) {
            try {
                transaction(List.of(write));
            } catch (SQLException e) {
                if (JournalFile.isDamage(e) || JournalFile.isOfTheDisk(e)) {
                    throw e;
                }
                LOG.errorf(e, "bug: the journal refuses a write");
                refused.add(write);
            }
        }
        backlog.clear();
        return refused;
    }

    private void transaction(List<Write> writes) throws SQLException, IOException {
        Writer writer = connections.writer();
        writer.update("BEGIN IMMEDIATE");
        try {
            for (Write write : writes) {
                write.sql.run(writer);
            }
            if (writes.isEmpty()) { // asks the disk, which an empty transaction would not
                writer.update("INSERT OR REPLACE INTO meta (key, value) VALUES ('tried-again', '')");
            }
            writer.update("COMMIT");
        } catch (SQLException e) {
            rollback(writer);
            throw e;
        }
        if (lookForTheFile && file.isGone()) {
            throw new IOException("its files were removed or replaced while it was open");
        }
        lookForTheFile = false;
    }

    /** SQLite rolls back by itself on some errors (a full disk); then there is nothing left to roll back. */
    private static void rollback(Writer writer) {
        try {
            writer.update("ROLLBACK");
        } catch (SQLException e) {
            LOG.debugf("already rolled back: %s", e.getMessage());
        }
    }

    private void fail(String why) {
        if (trouble == null) {
            LOG.errorf(
                    "the journal cannot be written (%s): the machine is kept all the same, what happens meanwhile is recorded as far as memory allows when it can be",
                    why);
        }
        trouble = why;
    }

    private void over() {
        if (trouble != null) {
            LOG.infof("the journal can be written again%s", dropped > 0 ? "; " + dropped + " writes are lost" : "");
            trouble = null;
            dropped = 0;
        }
    }

    private static String text(Exception e) {
        return e instanceof SQLException ? e.getMessage() : e.toString();
    }

    // ---- reading

    /** Sees all that was asked to be written before, as far as it could be. */
    <T> List<T> query(String sql, Row<T> read, Object... values) {
        commit(new Write(NOTHING, false));
        synchronized (readLock) {
            List<T> all = new ArrayList<>();
            if (reader == null) {
                return all;
            }
            try (PreparedStatement statement = reader.prepareStatement(sql)) {
                bind(statement, values);
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        try {
                            all.add(read.read(rows));
                        } catch (
                                RuntimeException
                                        e) { // it was not written by this program: the others are not to suffer
                            LOG.errorf("a record of the journal makes no sense and is passed over: %s", e.getMessage());
                        }
                    }
                }
            } catch (SQLException e) {
                LOG.errorf("the journal cannot be read: %s", e.getMessage());
                trouble = e.getMessage();
            }
            return all;
        }
    }

    static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        long ms = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ms));
    }
}
