package dev.homeostat.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/**
 * The database's files on the disk: how they are opened, what counts as damage, and how what is damaged is set aside. Not
 * thread-safe: used by whoever holds the connections.
 */
final class JournalFile {
    private static final Logger LOG = Logger.getLogger(JournalFile.class);

    /** Above this a full check at start would be felt; SQLite then tells damage when it meets it. */
    private static final long CHECK_LIMIT_BYTES = 64L * 1024 * 1024;

    /** Every database has so many (https://sqlite.org/fileformat2.html#the_database_header). */
    private static final int HEADER_BYTES = 100;

    private static final Duration BUSY_LIMIT = Duration.ofSeconds(5);
    /** Rows are small and rarely read. */
    private static final int CACHE_KIB = 512;
    /** First four bytes of a write-ahead log, but for the last bit (https://sqlite.org/fileformat2.html#walformat). */
    private static final int WAL_MAGIC = 0x377f0682;
    /** Old damaged journals that are left: they are for people to look at, not an archive. */
    private static final int SET_ASIDE_LIMIT = 5;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final String SET_ASIDE = ".damaged-";

    private final Path file;
    /** Inodes of database and write-ahead log as they were opened; whoever removes one of them does not tell SQLite. */
    private List<Object> identity = List.of();

    JournalFile(Path file) {
        this.file = file;
    }

    /** A writing connection that was checked, and a reading one. */
    record Connections(Writer writer, Connection reader, long lastRun) {
        void close() {
            JournalFile.close(reader);
            writer.close();
        }
    }

    /** It is there, and what is in it cannot be used; opening anew will not help, setting aside will. */
    static final class Damaged extends SQLException {
        private static final long serialVersionUID = 1L;

        Damaged(String message) {
            super(message);
        }
    }

    /**
     * Opens it; a damaged one is set aside and a new one begun.
     *
     * @throws SQLException and IOException if neither works: no space, no permission, a disk that fails
     */
    Connections open() throws SQLException, IOException {
        Files.createDirectories(
                file.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            return connect();
        } catch (SQLException e) {
            if (!isDamage(e)) {
                throw e;
            }
            setAside(e.getMessage());
            return connect();
        } catch (LinkageError e) { // there was no room to unpack it, and the driver tries only once
            throw new IOException(
                    "SQLite's own library could not be loaded; restart the daemon when there is space", e);
        }
    }

    private Connections connect() throws SQLException, IOException {
        prepare();
        SQLiteConfig config = config();
        Connection writer = config.createConnection("jdbc:sqlite:" + file);
        try (Statement statement = writer.createStatement()) {
            if (Files.size(file) <= CHECK_LIMIT_BYTES) {
                try (ResultSet rows = statement.executeQuery("PRAGMA quick_check(1)")) {
                    String answer = rows.getString(1);
                    if (!"ok".equals(answer)) {
                        throw new Damaged(answer);
                    }
                }
            }
            Schema.migrate(writer);
            Schema.verify(writer);
            long lastRun;
            try (ResultSet rows = statement.executeQuery("SELECT coalesce(max(id), 0) FROM run")) {
                lastRun = rows.getLong(1);
            }
            Connection reader = config.createConnection("jdbc:sqlite:" + file);
            identity = identityNow();
            return new Connections(new Writer(writer), reader, lastRun);
        } catch (SQLException | IOException e) {
            close(writer);
            throw e;
        }
    }

    private static SQLiteConfig config() {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout((int) BUSY_LIMIT.toMillis());
        config.setCacheSize(-CACHE_KIB); // negative: KiB, not pages
        return config;
    }

    /**
     * What is in it, without a byte being written: for a disk that is full or read-only. Does not see what is in the
     * write-ahead log only, which after an orderly end is nothing.
     */
    Connection openToRead() throws SQLException, IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) == 0) {
            throw new SQLException("there is none");
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setOpenMode(SQLiteOpenMode.OPEN_URI);
        String uri = file.toUri().getRawPath();
        return config.createConnection("jdbc:sqlite:file:" + uri + "?mode=ro&immutable=1");
    }

    /** What SQLite would follow, wait for, or take for its own. */
    private void prepare() throws SQLException, IOException {
        for (String part : List.of("-wal", "-shm")) {
            Path beside = beside(part);
            if (Files.exists(beside, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(beside, LinkOption.NOFOLLOW_LINKS)) {
                throw new Damaged(beside.getFileName() + " is no regular file");
            }
        }
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            if (isFilled(beside("-wal"))) {
                throw new Damaged("its write-ahead log is there, but the database is not");
            }
            Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            return;
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new Damaged("it is no regular file");
        }
        long size = Files.size(file);
        if (size == 0 && isFilled(beside("-wal"))) {
            throw new Damaged("the database is empty, but its write-ahead log is not");
        }
        if (size > 0 && size < HEADER_BYTES) { // SQLite would take it for an empty one
            throw new Damaged("it has " + size + " bytes");
        }
        if (size == 0) {
            LOG.errorf("the journal %s is empty: begun anew; what was in it, if anything, is lost", file);
        }
        if (!Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
            Files.setPosixFilePermissions(file, OWNER_ONLY);
            LOG.warnf("the journal %s could be read by others or not by us: it is 0600 again", file);
        }
        if (isFilled(beside("-wal")) && !isLog(beside("-wal"))) {
            LOG.errorf(
                    "the journal's write-ahead log %s is damaged: what was written last is lost; it is looked at what the machine is like, as always",
                    beside("-wal"));
        }
    }

    private static boolean isFilled(Path path) throws IOException {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS) && Files.size(path) > 0;
    }

    private static boolean isLog(Path wal) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(Integer.BYTES);
        try (FileChannel channel = FileChannel.open(wal, StandardOpenOption.READ)) {
            while (head.hasRemaining() && channel.read(head) >= 0) {
                // until four bytes are there, or the end
            }
        }
        return !head.hasRemaining() && (head.getInt(0) & ~1) == WAL_MAGIC;
    }

    static boolean isDamage(SQLException e) {
        if (e instanceof Damaged) {
            return true;
        }
        int code = e instanceof SQLiteException s ? s.getResultCode().code & 0xff : 0;
        return code == SQLiteErrorCode.SQLITE_CORRUPT.code || code == SQLiteErrorCode.SQLITE_NOTADB.code;
    }

    /** Whether it may pass: a full or read-only disk, a lock of somebody else, a disk that fails. */
    static boolean isOfTheDisk(SQLException e) {
        int code = e instanceof SQLiteException s ? s.getResultCode().code & 0xff : 0;
        return code == SQLiteErrorCode.SQLITE_FULL.code
                || code == SQLiteErrorCode.SQLITE_IOERR.code
                || code == SQLiteErrorCode.SQLITE_READONLY.code
                || code == SQLiteErrorCode.SQLITE_CANTOPEN.code
                || code == SQLiteErrorCode.SQLITE_PERM.code
                || code == SQLiteErrorCode.SQLITE_BUSY.code
                || code == SQLiteErrorCode.SQLITE_LOCKED.code
                || code == SQLiteErrorCode.SQLITE_PROTOCOL.code
                || code == SQLiteErrorCode.SQLITE_NOMEM.code;
    }

    /** Whether somebody has removed or replaced the files under the open connections: what is written then is lost. */
    boolean isGone() {
        try {
            return !identityNow().equals(identity);
        } catch (IOException e) {
            LOG.debugf("the journal's files cannot be looked at: %s", e);
            return true;
        }
    }

    private List<Object> identityNow() throws IOException {
        return List.of(fileKey(file), fileKey(beside("-wal")));
    }

    private static Object fileKey(Path path) throws IOException {
        if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            return "";
        }
        return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Moves it out of the way, whole, so that nothing is lost that could be told from it. */
    void setAside(String why) throws IOException {
        Path aside = free(Instant.now().getEpochSecond());
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.move(file, aside);
        }
        for (String part : List.of("-wal", "-shm")) {
            if (Files.exists(beside(part), LinkOption.NOFOLLOW_LINKS)) {
                Files.move(beside(part), aside.resolveSibling(aside.getFileName() + part));
            }
        }
        LOG.errorf(
                "the journal %s cannot be used (%s): set aside as %s, and a new one is begun. Lost are history, audit, former revisions, pauses and answers that were asked for, and the record of what was made by us: what leaves the declaration from now on stays where it is unless it is declared once more",
                file, why, aside.getFileName());
        dropOldest();
    }

    private Path free(long second) {
        Path aside = beside(SET_ASIDE + second);
        return Files.exists(aside, LinkOption.NOFOLLOW_LINKS) ? free(second + 1) : aside;
    }

    private void dropOldest() throws IOException {
        List<Path> all = new ArrayList<>();
        try (var entries = Files.list(file.getParent())) {
            entries.filter(p -> p.getFileName().toString().matches("\\Q" + file.getFileName() + SET_ASIDE + "\\E\\d+"))
                    .filter(p -> Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .forEach(all::add);
        }
        for (Path old : all.subList(0, Math.max(0, all.size() - SET_ASIDE_LIMIT))) {
            for (String part : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(old.resolveSibling(old.getFileName() + part));
            }
            LOG.infof("the oldest journal that was set aside is removed: %s", old);
        }
    }

    private Path beside(String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    static void close(Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.warnf("the journal did not close well: %s", e.getMessage());
        }
    }
}
