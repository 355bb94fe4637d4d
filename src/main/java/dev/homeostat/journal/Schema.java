package dev.homeostat.journal;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The journal's tables, by version. A new version is a new element: what is there is never rewritten. */
final class Schema {
    private static final List<List<String>> VERSIONS = List.of(
            List.of(
                    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
                    """
            CREATE TABLE revision (
                id TEXT PRIMARY KEY, accepted_ms INTEGER NOT NULL, files TEXT NOT NULL,
                resources INTEGER NOT NULL, content TEXT NOT NULL) WITHOUT ROWID""",
                    """
            CREATE TABLE run (
                id INTEGER PRIMARY KEY, cause_kind TEXT NOT NULL, cause TEXT NOT NULL, revision TEXT NOT NULL,
                started_ms INTEGER NOT NULL, ended_ms INTEGER, outcome TEXT)""",
                    """
            CREATE TABLE correction (
                run INTEGER NOT NULL, resource TEXT NOT NULL, origin TEXT NOT NULL, cause TEXT NOT NULL,
                differences TEXT NOT NULL, PRIMARY KEY (run, resource)) WITHOUT ROWID""",
                    "CREATE INDEX correction_resource ON correction (resource, run)",
                    """
            CREATE TABLE step (
                id INTEGER PRIMARY KEY, run INTEGER NOT NULL, resource TEXT NOT NULL, verb TEXT NOT NULL,
                summary TEXT NOT NULL, started_ms INTEGER, took_us INTEGER, outcome TEXT, message TEXT NOT NULL DEFAULT '')""",
                    "CREATE INDEX step_run ON step (run)",
                    "CREATE TABLE owned (resource TEXT PRIMARY KEY, spec TEXT NOT NULL, requires TEXT NOT NULL) WITHOUT ROWID",
                    """
            CREATE TABLE pause (
                resource TEXT PRIMARY KEY, reason TEXT NOT NULL, until_ms INTEGER, by_whom TEXT NOT NULL) WITHOUT ROWID""",
                    """
            CREATE TABLE answer (
                token TEXT PRIMARY KEY, granted INTEGER NOT NULL, by_whom TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID""",
                    """
            CREATE TABLE audit (
                id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, uid INTEGER NOT NULL, pid INTEGER NOT NULL,
                name TEXT NOT NULL, verb TEXT NOT NULL, subject TEXT NOT NULL, outcome TEXT NOT NULL)"""),
            List.of("ALTER TABLE correction ADD COLUMN rival TEXT"),
            List.of(
                    "ALTER TABLE owned ADD COLUMN layer TEXT NOT NULL DEFAULT 'machine'",
                    // of answers that an earlier program wrote it is not known: they count until they are used
                    "ALTER TABLE answer ADD COLUMN resource TEXT"),
            List.of("ALTER TABLE audit ADD COLUMN via TEXT"));

    private Schema() {}

    /**
     * That the tables are there as this program makes them.
     *
     * @throws JournalFile.Damaged if not
     */
    static void verify(Connection connection) throws SQLException {
        try (Connection model = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            migrate(model);
            Set<String> missing = tables(model);
            missing.removeAll(tables(connection));
            if (!missing.isEmpty()) {
                throw new JournalFile.Damaged("its tables are not those of its version: expected "
                        + String.join("; ", missing).replaceAll("\\s+", " "));
            }
        }
    }

    private static Set<String> tables(Connection connection) throws SQLException {
        Set<String> tables = new TreeSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        return tables;
    }

    /**
     * Brings the tables up to this program's version, one transaction a version.
     *
     * @throws JournalFile.Damaged if the journal is of a newer program
     */
    static void migrate(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int version;
            try (ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
                version = rows.getInt(1);
            }
            if (version > VERSIONS.size()) {
                throw new JournalFile.Damaged("it has version " + version + " and this program knows " + VERSIONS.size()
                        + ": it was written by a newer Homeostat");
            }
            for (int next = version; next < VERSIONS.size(); next++) {
                statement.execute("BEGIN IMMEDIATE");
                for (String sql : VERSIONS.get(next)) {
                    statement.execute(sql);
                }
                statement.execute("PRAGMA user_version = " + (next + 1));
                statement.execute("COMMIT");
            }
        }
    }
}
