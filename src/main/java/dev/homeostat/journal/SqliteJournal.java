package dev.homeostat.journal;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.homeostat.declaration.Declaration;
import dev.homeostat.host.Locations;
import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Journal;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.reconcile.RevisionInfo;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * {@link Journal} in one SQLite file: write-ahead log, every commit synced. One thread writes; what waits while it syncs
 * goes into one transaction (group commit), so that a hundred corrections at once cost a few syncs, not a hundred.
 */
@ApplicationScoped
public class SqliteJournal implements Journal {
    private static final Logger LOG = Logger.getLogger(SqliteJournal.class);

    /** One transaction takes at most so many writes: bounds what is redone when it fails. */
    private static final int BATCH_LIMIT = 512;
    /** Runs older than the newest so many are dropped: about a year of a quiet machine, 20 MB of a restless one. */
    private static final int RUNS_LIMIT = 20_000;

    private static final int AUDIT_LIMIT = 50_000;
    private static final int REVISIONS_LIMIT = 500;
    /** Dropping is done once in so many runs. */
    private static final int PRUNE_EVERY_RUNS = 1_000;
    /** Above this a full check at start would be felt; SQLite then tells damage when it meets it. */
    private static final long CHECK_LIMIT_BYTES = 64L * 1024 * 1024;

    private static final String IN_FORCE = "in-force";
    private static final String HOLD = "hold";

    private final Locations locations;
    private final BlockingQueue<Write> queue = new LinkedBlockingQueue<>();
    private final AtomicLong lastRun = new AtomicLong();
    private final Object readLock = new Object();
    private volatile String trouble;
    private Connection writer;
    private Connection reader;
    private Thread thread;

    private interface Sql {
        void run(Connection connection) throws SQLException;
    }

    /** One thing to write; {@code sql} null ends the thread. */
    private record Write(Sql sql, CompletableFuture<Boolean> done) {}

    /** Only waits for what was asked before. */
    private static final Sql NOTHING = connection -> {};

    public SqliteJournal(Locations locations) {
        this.locations = locations;
    }

    // ---- open and close

    @Override
    public synchronized void open() throws Trouble {
        Path file = locations.journal();
        try {
            Files.createDirectories(
                    locations.state(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                connect(file);
            } catch (SQLException e) {
                if (!damaged(e)) {
                    throw e;
                }
                close(writer);
                setAside(file, e);
                connect(file);
            }
        } catch (IOException | SQLException e) {
            close(writer);
            throw Trouble.invalid(
                    "cannot open the journal " + file + ": " + e.getMessage(),
                    "look at the folder's owner, space and file system");
        }
        thread = Thread.ofPlatform().daemon().name("journal").start(this::write);
    }

    private void connect(Path file) throws SQLException, IOException {
        if (Files.notExists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout((int) Duration.ofSeconds(5).toMillis());
        config.setCacheSize(-512); // KiB: rows are small and rarely read
        writer = config.createConnection("jdbc:sqlite:" + file);
        try (Statement statement = writer.createStatement()) {
            if (file.toFile().length() <= CHECK_LIMIT_BYTES) {
                try (ResultSet rows = statement.executeQuery("PRAGMA quick_check(1)")) {
                    String answer = rows.getString(1);
                    if (!"ok".equals(answer)) {
                        throw new SQLiteException(answer, SQLiteErrorCode.SQLITE_CORRUPT);
                    }
                }
            }
            Schema.migrate(writer);
            try (ResultSet rows = statement.executeQuery("SELECT coalesce(max(id), 0) FROM run")) {
                lastRun.set(rows.getLong(1));
            }
        }
        reader = config.createConnection("jdbc:sqlite:" + file);
    }

    private static boolean damaged(SQLException e) {
        return e instanceof SQLiteException s
                && (s.getResultCode() == SQLiteErrorCode.SQLITE_CORRUPT
                        || s.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB);
    }

    private static void setAside(Path file, SQLException damage) throws IOException {
        String suffix = ".damaged-" + Instant.now().getEpochSecond();
        Path aside = file.resolveSibling(file.getFileName() + suffix);
        Files.move(file, aside);
        for (String part : List.of("-wal", "-shm")) {
            Path p = file.resolveSibling(file.getFileName() + part);
            if (Files.exists(p)) {
                Files.move(p, aside.resolveSibling(aside.getFileName() + part));
            }
        }
        LOG.errorf(
                "the journal is damaged (%s): set aside as %s, a new one is begun; what was made by us is no longer known, so it is not removed by itself",
                damage.getMessage(), aside);
    }

    @Override
    public synchronized void close() {
        if (thread == null) {
            return;
        }
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        queue.add(new Write(null, done));
        done.join();
        thread = null;
        close(reader);
        close(writer);
    }

    private static void close(Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.warnf("the journal did not close well: %s", e.getMessage());
        }
    }

    @Override
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    // ---- writing

    private void write() {
        List<Write> batch = new ArrayList<>();
        while (true) {
            batch.clear();
            try {
                batch.add(queue.take());
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts the journal", e);
            }
            queue.drainTo(batch, BATCH_LIMIT - 1);
            boolean kept = commit(batch);
            for (Write write : batch) {
                write.done.complete(kept);
                if (write.sql == null) {
                    return;
                }
            }
        }
    }

    /** @return whether it is on the disk */
    private boolean commit(List<Write> batch) {
        if (batch.stream().allMatch(w -> w.sql == null || w.sql == NOTHING)) {
            return trouble == null;
        }
        try (Statement statement = writer.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            try {
                for (Write write : batch) {
                    if (write.sql != null) {
                        write.sql.run(writer);
                    }
                }
                statement.execute("COMMIT");
            } catch (SQLException e) {
                rollback(statement);
                throw e;
            }
            if (trouble != null) {
                LOG.info("the journal can be written again");
                trouble = null;
            }
            return true;
        } catch (SQLException e) {
            if (trouble == null) {
                LOG.errorf(
                        "the journal cannot be written (%s): the machine is kept all the same, its history is not",
                        e.getMessage());
            }
            trouble = e.getMessage();
            return false;
        }
    }

    /** SQLite rolls back by itself on some errors (a full disk); then there is nothing left to roll back. */
    private static void rollback(Statement statement) {
        try {
            statement.execute("ROLLBACK");
        } catch (SQLException e) {
            LOG.debugf("already rolled back: %s", e.getMessage());
        }
    }

    private CompletableFuture<Boolean> later(Sql sql) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        queue.add(new Write(sql, done));
        return done;
    }

    private CompletableFuture<Boolean> later(String sql, Object... values) {
        return later(connection -> update(connection, sql, values));
    }

    private static void update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            statement.executeUpdate();
        }
    }

    private static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    // ---- reading

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Sees all that was asked to be written before. */
    private <T> List<T> query(String sql, Row<T> read, Object... values) {
        later(NOTHING).join();
        synchronized (readLock) {
            List<T> all = new ArrayList<>();
            try (PreparedStatement statement = reader.prepareStatement(sql)) {
                bind(statement, values);
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        all.add(read.read(rows));
                    }
                }
            } catch (SQLException e) {
                LOG.errorf("the journal cannot be read: %s", e.getMessage());
                trouble = e.getMessage();
            }
            return all;
        }
    }

    private Optional<String> meta(String key) {
        return query("SELECT value FROM meta WHERE key = ?", r -> r.getString(1), key).stream()
                .findFirst();
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        long ms = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ms));
    }

    private static List<String> strings(String json) {
        return Json.MAPPER.convertValue(Json.read(json, List.class), new TypeReference<List<String>>() {});
    }

    // ---- revisions

    @Override
    public void accept(Declaration d, Instant at) {
        later(connection -> {
                    update(
                            connection,
                            "INSERT OR IGNORE INTO revision (id, accepted_ms, files, resources, content) VALUES (?, ?, ?, ?, ?)",
                            d.revision(),
                            at.toEpochMilli(),
                            Json.write(d.files()),
                            d.resources().size(),
                            d.content().toString());
                    update(
                            connection,
                            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                            IN_FORCE,
                            d.revision());
                    update(
                            connection,
                            "DELETE FROM revision WHERE id NOT IN (SELECT id FROM revision ORDER BY accepted_ms DESC LIMIT ?) AND id <> ?",
                            REVISIONS_LIMIT,
                            d.revision());
                })
                .join();
    }

    @Override
    public Optional<Kept> inForce() {
        return meta(IN_FORCE).flatMap(id -> revisions(id).stream().findFirst());
    }

    @Override
    public List<RevisionInfo> revisions() {
        String inForce = meta(IN_FORCE).orElse("");
        return query(
                "SELECT id, accepted_ms, files, resources FROM revision ORDER BY accepted_ms DESC",
                r -> new RevisionInfo(
                        r.getString("id"),
                        Instant.ofEpochMilli(r.getLong("accepted_ms")),
                        strings(r.getString("files")),
                        r.getInt("resources"),
                        r.getString("id").equals(inForce)));
    }

    @Override
    public List<Kept> revisions(String prefix) {
        return query(
                "SELECT id, content, files FROM revision WHERE substr(id, 1, ?) = ? LIMIT 2",
                r -> new Kept(
                        r.getString("id"),
                        Json.read(r.getString("content"), com.fasterxml.jackson.databind.JsonNode.class),
                        strings(r.getString("files"))),
                prefix.length(),
                prefix);
    }

    @Override
    public void hold(Optional<Hold> hold) {
        hold.ifPresentOrElse(
                h -> later("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", HOLD, Json.write(h))
                        .join(),
                () -> later("DELETE FROM meta WHERE key = ?", HOLD).join());
    }

    @Override
    public Optional<Hold> hold() {
        return meta(HOLD).map(json -> Json.read(json, Hold.class));
    }

    // ---- runs

    @Override
    public long begin(String trigger, String cause, String revision, Instant at) {
        long id = lastRun.incrementAndGet();
        later(
                "INSERT INTO run (id, cause_kind, cause, revision, started_ms) VALUES (?, ?, ?, ?, ?)",
                id,
                trigger,
                cause,
                revision,
                at.toEpochMilli());
        if (id % PRUNE_EVERY_RUNS == 0) {
            later(connection -> prune(connection, id - RUNS_LIMIT));
        }
        return id;
    }

    private static void prune(Connection connection, long oldest) throws SQLException {
        update(connection, "DELETE FROM step WHERE run < ?", oldest);
        update(connection, "DELETE FROM correction WHERE run < ?", oldest);
        update(connection, "DELETE FROM run WHERE id < ?", oldest);
        update(connection, "DELETE FROM audit WHERE id < (SELECT max(id) FROM audit) - ?", AUDIT_LIMIT);
    }

    @Override
    public void intend(Intent intent) {
        later(connection -> {
                    update(
                            connection,
                            "INSERT OR REPLACE INTO correction (run, resource, origin, cause, differences) VALUES (?, ?, ?, ?, ?)",
                            intent.run(),
                            intent.resource().toString(),
                            intent.origin().name(),
                            intent.cause(),
                            Json.write(intent.differences()));
                    for (Action action : intent.actions()) {
                        update(
                                connection,
                                "INSERT INTO step (run, resource, verb, summary) VALUES (?, ?, ?, ?)",
                                intent.run(),
                                action.resource().toString(),
                                action.verb(),
                                action.summary());
                    }
                    if (intent.owned().isPresent()) {
                        insertOwned(
                                connection, intent.resource(), intent.owned().get());
                    }
                })
                .join();
    }

    /** The oldest planned step of that run, resource and verb that has not ended. */
    private static final String STEP =
            "(SELECT min(id) FROM step WHERE run = ? AND resource = ? AND verb = ? AND outcome IS NULL)";

    @Override
    public void stepStarted(long run, Action action, Instant at) {
        later(
                "UPDATE step SET started_ms = ? WHERE id = " + STEP,
                at.toEpochMilli(),
                run,
                action.resource().toString(),
                action.verb());
    }

    @Override
    public void stepEnded(long run, Action action, String outcome, String message, Duration took) {
        later(
                "UPDATE step SET outcome = ?, message = ?, took_us = ? WHERE id = " + STEP,
                outcome,
                message,
                took.toNanos() / 1_000,
                run,
                action.resource().toString(),
                action.verb());
    }

    @Override
    public void rival(long run, ResourceId id, Rival rival) {
        later("UPDATE correction SET rival = ? WHERE run = ? AND resource = ?", Json.write(rival), run, id.toString());
    }

    @Override
    public void end(long run, String outcome, Instant at) {
        later("UPDATE run SET ended_ms = ?, outcome = ? WHERE id = ?", at.toEpochMilli(), outcome, run);
    }

    @Override
    public Map<ResourceId, Origin> interrupted(Instant at) {
        Map<ResourceId, Origin> resources = new HashMap<>();
        query(
                "SELECT resource, origin FROM correction WHERE run IN (SELECT id FROM run WHERE outcome IS NULL)",
                r -> resources.put(ResourceId.parse(r.getString(1)), Origin.valueOf(r.getString(2))));
        later(connection -> {
                    update(
                            connection,
                            "UPDATE step SET outcome = 'interrupted' WHERE outcome IS NULL AND started_ms IS NOT NULL AND run IN (SELECT id FROM run WHERE outcome IS NULL)");
                    update(
                            connection,
                            "UPDATE run SET outcome = 'interrupted', ended_ms = ? WHERE outcome IS NULL",
                            at.toEpochMilli());
                })
                .join();
        return resources;
    }

    @Override
    public List<RunInfo> runs(Optional<ResourceId> resource, int limit) {
        String columns = "SELECT id, cause_kind, cause, revision, started_ms, ended_ms, outcome FROM run ";
        List<RunInfo> runs = resource.isPresent()
                ? query(
                        columns
                                + "WHERE id IN (SELECT run FROM correction WHERE resource = ?) ORDER BY id DESC LIMIT ?",
                        r -> run(r, List.of()),
                        resource.get().toString(),
                        limit)
                : query(columns + "ORDER BY id DESC LIMIT ?", r -> run(r, List.of()), limit);
        List<RunInfo> whole = new ArrayList<>();
        for (RunInfo run : runs) {
            List<RunInfo.StepInfo> steps = query(
                    "SELECT resource, verb, summary, started_ms, took_us, outcome, message FROM step WHERE run = ? ORDER BY id",
                    SqliteJournal::step,
                    run.id());
            List<RunInfo.StepInfo> meant = resource.isEmpty()
                    ? steps
                    : steps.stream()
                            .filter(s -> s.resource().equals(resource.get()))
                            .toList();
            whole.add(new RunInfo(
                    run.id(),
                    run.trigger(),
                    run.cause(),
                    run.revision(),
                    run.started(),
                    run.ended(),
                    run.outcome(),
                    rival(run.id()),
                    meant));
        }
        return whole;
    }

    private static RunInfo run(ResultSet r, List<RunInfo.StepInfo> steps) throws SQLException {
        return new RunInfo(
                r.getLong("id"),
                r.getString("cause_kind"),
                r.getString("cause"),
                r.getString("revision"),
                Instant.ofEpochMilli(r.getLong("started_ms")),
                instant(r, "ended_ms"),
                Optional.ofNullable(r.getString("outcome")),
                Optional.empty(),
                steps);
    }

    /** A run of drift is about one resource. */
    private Optional<Rival> rival(long run) {
        return query(
                        "SELECT rival FROM correction WHERE run = ? AND rival IS NOT NULL LIMIT 1",
                        r -> Json.read(r.getString(1), Rival.class),
                        run)
                .stream()
                .findFirst();
    }

    private static RunInfo.StepInfo step(ResultSet r) throws SQLException {
        long tookMicros = r.getLong("took_us");
        Optional<Duration> took = r.wasNull() ? Optional.empty() : Optional.of(Duration.ofNanos(tookMicros * 1_000));
        return new RunInfo.StepInfo(
                ResourceId.parse(r.getString("resource")),
                r.getString("verb"),
                r.getString("summary"),
                instant(r, "started_ms").orElse(Instant.EPOCH),
                took,
                Optional.ofNullable(r.getString("outcome")),
                r.getString("message"));
    }

    // ---- what is ours

    @Override
    public Map<ResourceId, Owned> owned() {
        Map<ResourceId, Owned> all = new LinkedHashMap<>();
        query("SELECT resource, spec, requires FROM owned", r -> {
            Set<ResourceId> requires = new java.util.HashSet<>();
            strings(r.getString("requires")).forEach(id -> requires.add(ResourceId.parse(id)));
            return all.put(
                    ResourceId.parse(r.getString("resource")),
                    new Owned(Json.read(r.getString("spec"), com.fasterxml.jackson.databind.JsonNode.class), requires));
        });
        return all;
    }

    @Override
    public void own(ResourceId id, Owned owned) {
        later(connection -> insertOwned(connection, id, owned));
    }

    private static void insertOwned(Connection connection, ResourceId id, Owned owned) throws SQLException {
        update(
                connection,
                "INSERT OR REPLACE INTO owned (resource, spec, requires) VALUES (?, ?, ?)",
                id.toString(),
                owned.spec().toString(),
                Json.write(owned.requires()));
    }

    @Override
    public void disown(ResourceId id) {
        later("DELETE FROM owned WHERE resource = ?", id.toString());
    }

    // ---- what people asked

    @Override
    public List<Pause> pauses() {
        return query(
                "SELECT resource, reason, until_ms, by_whom FROM pause",
                r -> new Pause(
                        ResourceId.parse(r.getString("resource")),
                        r.getString("reason"),
                        instant(r, "until_ms"),
                        r.getString("by_whom"),
                        false));
    }

    @Override
    public boolean pause(Pause pause) {
        return later(
                        "INSERT OR REPLACE INTO pause (resource, reason, until_ms, by_whom) VALUES (?, ?, ?, ?)",
                        pause.id().toString(),
                        pause.reason(),
                        pause.until().map(Instant::toEpochMilli).orElse(null),
                        pause.by())
                .join();
    }

    @Override
    public void resume(ResourceId id) {
        later("DELETE FROM pause WHERE resource = ?", id.toString()).join();
    }

    @Override
    public Map<String, Boolean> answers() {
        Map<String, Boolean> all = new HashMap<>();
        query("SELECT token, granted FROM answer", r -> all.put(r.getString(1), r.getBoolean(2)));
        return all;
    }

    @Override
    public boolean answer(String token, boolean granted, Actor actor, Instant at) {
        return later(
                        "INSERT OR REPLACE INTO answer (token, granted, by_whom, at_ms) VALUES (?, ?, ?, ?)",
                        token,
                        granted,
                        actor.toString(),
                        at.toEpochMilli())
                .join();
    }

    @Override
    public void forget(String token) {
        later("DELETE FROM answer WHERE token = ?", token).join();
    }

    @Override
    public void audit(AuditEntry e) {
        later(
                "INSERT INTO audit (at_ms, uid, pid, name, verb, subject, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)",
                e.at().toEpochMilli(),
                e.actor().uid(),
                e.actor().pid(),
                e.actor().name(),
                e.verb().toLowerCase(Locale.ROOT),
                e.subject(),
                e.outcome());
    }

    @Override
    public List<AuditEntry> audit(int limit) {
        return query(
                "SELECT at_ms, uid, pid, name, verb, subject, outcome FROM audit ORDER BY id DESC LIMIT ?",
                r -> new AuditEntry(
                        Instant.ofEpochMilli(r.getLong("at_ms")),
                        new Actor(r.getInt("uid"), r.getInt("pid"), r.getString("name")),
                        r.getString("verb"),
                        r.getString("subject"),
                        r.getString("outcome")),
                limit);
    }
}
