package dev.homeostat.host.storage;

import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.sqlite.SQLiteConnection;

/** Podman's database, read from a copy in memory: no lock of Podman's is touched, and no file next to it is made. */
final class PodmanDatabase {
    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final int HEADER_BYTES = 100;
    /** Offsets of the format's write and read version: 2 is a write-ahead log, which a copy does not have. */
    private static final int WRITE_VERSION = 18;

    private static final int READ_VERSION = 19;
    private static final int NAME_LIMIT_CHARS = 60;

    private PodmanDatabase() {}

    /**
     * The storage driver it was made with.
     *
     * @param content of a user's file, maybe: it is not trusted
     * @return empty if it does not say
     */
    static Optional<String> driver(Path file, byte[] content) throws Trouble {
        if (content.length < HEADER_BYTES || !beginsRight(content)) {
            throw Trouble.passing(file + " is not a database of SQLite");
        }
        byte[] copy = content.clone();
        copy[WRITE_VERSION] = 1;
        copy[READ_VERSION] = 1;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            connection.unwrap(SQLiteConnection.class).deserialize("main", copy);
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA trusted_schema = OFF");
                statement.execute("PRAGMA query_only = ON");
                return driver(statement);
            }
        } catch (SQLException e) {
            throw Trouble.passing(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Optional<String> driver(Statement statement) throws SQLException {
        try (ResultSet table = statement.executeQuery(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'DBConfig'")) {
            if (!table.next() || table.getInt(1) != 1) {
                return Optional.empty();
            }
        }
        try (ResultSet found = statement.executeQuery("SELECT GraphDriver FROM DBConfig LIMIT 1")) {
            return found.next()
                    ? Optional.ofNullable(found.getString(1))
                            .filter(name -> !name.isEmpty() && name.length() <= NAME_LIMIT_CHARS)
                    : Optional.empty();
        }
    }

    private static boolean beginsRight(byte[] content) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (content[i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }
}
