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
        try {
            Database.bind(statement, values);
            statement.executeUpdate();
        } catch (SQLException e) {
            forget(e); // one that failed is not reset: it would stand in the way of the next transaction
            throw e;
        }
    }

    private void forget(SQLException cause) {
        for (PreparedStatement statement : statements.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                cause.addSuppressed(e);
            }
        }
        statements.clear();
    }

    /** Closes the connection, and with it what was made for it. */
    void close() {
        JournalFile.close(connection);
    }
}
