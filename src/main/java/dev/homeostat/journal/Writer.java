package dev.homeostat.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * The writing connection with the statements that were made for it: SQLite takes longer to understand a statement than to
 * carry it out. Used by one thread.
 */
final class Writer {
    private final Connection connection;
    /** Few: the texts are constants of this program. */
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    Writer(Connection connection) {
        this.connection = connection;
    }

    void update(String sql, Object... values) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        Database.bind(statement, values);
        statement.executeUpdate();
    }

    /** Closes the connection, and with it what was made for it. */
    void close() {
        JournalFile.close(connection);
    }
}
