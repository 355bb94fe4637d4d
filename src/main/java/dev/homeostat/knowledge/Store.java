package dev.homeostat.knowledge;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The documents themselves, in SQLite: what is committed here is on the disk. Every change has a number greater than all
 * before, by which the index follows. Thread-safe; writes are for one thread at a time, see {@link Writes}.
 */
final class Store implements AutoCloseable {
    private static final int SCHEMA = 1;
    /** Pages of SQLite in memory, in KiB, of each of the two connections. */
    private static final int CACHE_KIB = 2_048;
    /** The log is taken over at this many pages of 4 KiB: 4 MB. */
    private static final int CHECKPOINT_PAGES = 1_000;

    private static final String COLUMNS = "id, project, tags, source, sha256, bytes, stored, seq, text";
    private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

    /** A vector and the model that made it. */
    record Vector(String model, float[] values) {}

    /** A document as the index needs it. */
    record Changed(Document document, List<Vector> vectors) {}

    /** What happened after a number, up to and with another. */
    record Changes(List<Changed> put, List<String> removed, long upTo) {}

    /** What a document list is narrowed to; null where it is not. */
    record Filter(String project, String tag, String source) {}

    /** @param bytes of all texts as UTF-8 */
    record Size(long documents, long bytes) {}

    private final String identity;
    private final Connection writer;
    /** Guarded by itself. */
    private final Connection reader;
    /** The greatest number that is on the disk. */
    private volatile long reached;
    /** What is on the disk. */
    private volatile Size size;
    /** Greatest number given out; only for the thread that writes. */
    private long next;
    /** How much there is with what is not committed yet; only for the thread that writes. */
    private Size written;

    private Store(Connection writer, Connection reader) throws SQLException {
        this.writer = writer;
        this.reader = reader;
        this.identity = text(writer, "SELECT value FROM meta WHERE name = 'identity'");
        this.next = Long.parseLong(text(writer, "SELECT value FROM meta WHERE name = 'seq'"));
        this.reached = next;
        this.written = size(writer);
        this.size = written;
        writer.rollback();
    }

    /**
     * Opens the file or makes it. One that is damaged is set aside and named.
     *
     * @throws Trouble if it can neither be read nor set aside, or is of a later version
     */
    static Store open(Path file, StandardLog log) throws Trouble {
        try {
            return attempt(file);
        } catch (SQLException e) {
            if (!damaged(e)) {
                throw new Trouble(Trouble.Sort.INVALID, "cannot open " + file + ": " + e.getMessage(), "", e);
            }
            Path aside = file.resolveSibling(
                    file.getFileName() + ".damaged-" + Instant.now().getEpochSecond());
            try {
                Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-wal"));
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-shm"));
                log.error(file + " is damaged (" + e.getMessage() + "): it is kept as " + aside
                        + ", and the knowledge base begins empty; send the documents again");
                return attempt(file);
            } catch (IOException | SQLException again) {
                again.addSuppressed(e);
                throw new Trouble(
                        Trouble.Sort.INVALID, "damaged, and cannot be replaced: " + file + ": " + again, "", again);
            }
        }
    }

    private static Store attempt(Path file) throws SQLException, Trouble {
        Connection writer = connect(file);
        try {
            String check = text(writer, "PRAGMA quick_check(1)");
            if (!check.equals("ok")) {
                throw new SQLException(check, null, SQLiteErrorCode.SQLITE_CORRUPT.code);
            }
            int version = Integer.parseInt(text(writer, "PRAGMA user_version"));
            if (version > SCHEMA) {
                throw Trouble.invalid(
                        file + " was written by a later version of Homeostat", "install that version, or move it away");
            }
            if (version == 0) {
                create(writer);
            }
            return new Store(writer, connect(file));
        } catch (SQLException | Trouble e) {
            writer.close();
            throw e;
        }
    }

    private static boolean damaged(SQLException e) {
        return e.getErrorCode() == SQLiteErrorCode.SQLITE_CORRUPT.code
                || e.getErrorCode() == SQLiteErrorCode.SQLITE_NOTADB.code;
    }

    private static Connection connect(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setCacheSize(-CACHE_KIB);
        config.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, Integer.toString(CHECKPOINT_PAGES));
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        connection.setAutoCommit(false);
        return connection;
    }

    private static void create(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TABLE document (
                        id TEXT PRIMARY KEY, project TEXT NOT NULL, tags TEXT NOT NULL, source TEXT NOT NULL,
                        sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, stored INTEGER NOT NULL,
                        seq INTEGER NOT NULL UNIQUE, text TEXT NOT NULL)""");
            statement.execute("CREATE TABLE removed (id TEXT PRIMARY KEY, seq INTEGER NOT NULL)");
            statement.execute("""
                    CREATE TABLE vector (
                        document TEXT NOT NULL, model TEXT NOT NULL, floats BLOB NOT NULL,
                        PRIMARY KEY (document, model))""");
            statement.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
            statement.execute("INSERT INTO meta VALUES ('seq', '0'), ('identity', '" + UUID.randomUUID() + "')");
            statement.execute("PRAGMA user_version = " + SCHEMA);
        }
        connection.commit();
    }

    /** Which file this is: an index of another one is worth nothing here. */
    String identity() {
        return identity;
    }

    /** The number of the last change that is on the disk. */
    long reached() {
        return reached;
    }

    // ---- writing: one thread

    /** What became of a document that was sent. */
    enum Outcome {
        CREATED,
        UPDATED,
        UNCHANGED
    }

    Outcome put(Document document) throws SQLException {
        Optional<Document> before = get(writer, document.id());
        if (before.isPresent() && before.get().same(document)) {
            return Outcome.UNCHANGED;
        }
        if (before.isPresent() && !before.get().sha256().equals(document.sha256())) {
            change("DELETE FROM vector WHERE document = ?", document.id());
        }
        change("DELETE FROM removed WHERE id = ?", document.id());
        change(
                "INSERT OR REPLACE INTO document (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                document.id(),
                document.project(),
                Json.write(document.tags()),
                document.source(),
                document.sha256(),
                document.bytes(),
                document.stored().toEpochMilli(),
                ++next,
                document.text());
        written = new Size(
                written.documents() + (before.isPresent() ? 0 : 1),
                written.bytes() + document.bytes() - before.map(Document::bytes).orElse(0));
        return before.isPresent() ? Outcome.UPDATED : Outcome.CREATED;
    }

    /** @return whether there was one */
    boolean remove(String id) throws SQLException {
        Optional<Document> before = get(writer, id);
        if (before.isEmpty()) {
            return false;
        }
        change("DELETE FROM document WHERE id = ?", id);
        change("DELETE FROM vector WHERE document = ?", id);
        change("INSERT OR REPLACE INTO removed VALUES (?, ?)", id, ++next);
        written =
                new Size(written.documents() - 1, written.bytes() - before.get().bytes());
        return true;
    }

    /** Of a document that there is. */
    void putVector(String id, Vector vector) throws SQLException {
        change("UPDATE document SET seq = ? WHERE id = ?", ++next, id);
        ByteBuffer bytes = ByteBuffer.allocate(vector.values().length * Float.BYTES);
        bytes.asFloatBuffer().put(vector.values());
        change("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", id, vector.model(), bytes.array());
    }

    /** With what is not committed yet. */
    Optional<Document> current(String id) throws SQLException {
        return get(writer, id);
    }

    /** Removals that the index has on the disk need not be told again. */
    void forgetRemoved(long upTo) throws SQLException {
        change("DELETE FROM removed WHERE seq <= ?", upTo);
    }

    /** How much there is, with what is not committed yet. */
    Size sizeWithin() {
        return written;
    }

    /** Returns when all of it is on the disk. */
    void commit() throws SQLException {
        change("UPDATE meta SET value = ? WHERE name = 'seq'", Long.toString(next));
        writer.commit();
        size = written;
        reached = next;
    }

    void rollback() throws SQLException {
        next = reached;
        written = size;
        writer.rollback();
    }

    static boolean full(SQLException e) {
        return e.getErrorCode() == SQLiteErrorCode.SQLITE_FULL.code
                || e instanceof SQLiteException s && s.getResultCode().name().startsWith("SQLITE_IOERR");
    }

    private int change(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(writer, sql, values)) {
            return statement.executeUpdate();
        }
    }

    // ---- reading

    Optional<Document> get(String id) throws SQLException {
        synchronized (reader) {
            try {
                return get(reader, id);
            } finally {
                reader.rollback();
            }
        }
    }

    /** In the order of their ids, without their texts. */
    List<Document> list(Filter filter, String after, int limit) throws SQLException {
        StringBuilder sql = new StringBuilder(
                "SELECT id, project, tags, source, sha256, bytes, stored, seq, '' AS text FROM document WHERE id > ?");
        List<Object> values = new ArrayList<>(List.of(after));
        if (filter.project() != null) {
            sql.append(" AND project = ?");
            values.add(filter.project());
        }
        if (filter.source() != null) {
            sql.append(" AND source = ?");
            values.add(filter.source());
        }
        if (filter.tag() != null) {
            sql.append(" AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)");
            values.add(filter.tag());
        }
        sql.append(" ORDER BY id LIMIT ?");
        values.add(limit);
        return documents(sql.toString(), values.toArray());
    }

    /** Documents that have no vector of that model yet. */
    List<Document> withoutVector(String model, int limit) throws SQLException {
        return documents(
                "SELECT " + COLUMNS + " FROM document WHERE NOT EXISTS (SELECT 1 FROM vector WHERE document = id"
                        + " AND model = ?) ORDER BY seq LIMIT ?",
                model,
                limit);
    }

    private List<Document> documents(String sql, Object... values) throws SQLException {
        synchronized (reader) {
            try (PreparedStatement statement = prepare(reader, sql, values);
                    ResultSet rows = statement.executeQuery()) {
                List<Document> documents = new ArrayList<>();
                while (rows.next()) {
                    documents.add(document(rows));
                }
                return documents;
            } finally {
                reader.rollback();
            }
        }
    }

    Size size() {
        return size;
    }

    long vectors() throws SQLException {
        synchronized (reader) {
            try {
                return Long.parseLong(text(reader, "SELECT count(*) FROM vector"));
            } finally {
                reader.rollback();
            }
        }
    }

    /** @param limit at most so many documents; if there are more, the rest comes after {@link Changes#upTo} */
    Changes after(long seq, int limit) throws SQLException {
        synchronized (reader) { // and within one transaction: one state of the file
            try {
                List<Changed> put = new ArrayList<>();
                long upTo = Long.parseLong(text(reader, "SELECT value FROM meta WHERE name = 'seq'"));
                try (PreparedStatement statement = prepare(
                                reader,
                                "SELECT " + COLUMNS + " FROM document WHERE seq > ? ORDER BY seq LIMIT ?",
                                seq,
                                limit);
                        ResultSet rows = statement.executeQuery()) {
                    long last = seq;
                    while (rows.next()) {
                        Document document = document(rows);
                        put.add(new Changed(document, vectors(document.id())));
                        last = rows.getLong("seq");
                    }
                    upTo = put.size() == limit ? last : upTo;
                }
                List<String> removed = new ArrayList<>();
                try (PreparedStatement statement =
                                prepare(reader, "SELECT id FROM removed WHERE seq > ? AND seq <= ?", seq, upTo);
                        ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        removed.add(rows.getString(1));
                    }
                }
                return new Changes(put, removed, upTo);
            } finally {
                reader.rollback();
            }
        }
    }

    private List<Vector> vectors(String id) throws SQLException {
        try (PreparedStatement statement = prepare(reader, "SELECT model, floats FROM vector WHERE document = ?", id);
                ResultSet rows = statement.executeQuery()) {
            List<Vector> vectors = new ArrayList<>();
            while (rows.next()) {
                ByteBuffer bytes = ByteBuffer.wrap(rows.getBytes(2));
                float[] values = new float[bytes.remaining() / Float.BYTES];
                bytes.asFloatBuffer().get(values);
                vectors.add(new Vector(rows.getString(1), values));
            }
            return vectors;
        }
    }

    private static Size size(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                        prepare(connection, "SELECT count(*), coalesce(sum(bytes), 0) FROM document");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Size(row.getLong(1), row.getLong(2));
        }
    }

    private static Optional<Document> get(Connection connection, String id) throws SQLException {
        try (PreparedStatement statement =
                        prepare(connection, "SELECT " + COLUMNS + " FROM document WHERE id = ?", id);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? Optional.of(document(row)) : Optional.empty();
        }
    }

    private static Document document(ResultSet row) throws SQLException {
        try {
            return new Document(
                    row.getString("id"),
                    row.getString("project"),
                    Json.MAPPER.readValue(row.getString("tags"), TEXTS),
                    row.getString("source"),
                    row.getString("sha256"),
                    row.getString("text"),
                    row.getInt("bytes"),
                    Instant.ofEpochMilli(row.getLong("stored")));
        } catch (IOException e) {
            throw new UncheckedIOException("tags of a stored document", e);
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    @Override
    public void close() throws SQLException {
        synchronized (reader) {
            reader.close();
        }
        writer.close();
    }
}
