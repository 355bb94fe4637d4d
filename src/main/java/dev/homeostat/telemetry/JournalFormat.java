package dev.homeostat.telemetry;

import dev.homeostat.resource.Visible;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.jboss.logmanager.ExtFormatter;
import org.jboss.logmanager.ExtHandler;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/**
 * Log lines as systemd's journal wants them on standard output: the priority in front (sd-daemon(3)), no time, which the
 * journal knows better. A message is one line whatever it quotes, so that nobody can write a line in our name; every line of
 * a stack trace has the priority of its first.
 */
public final class JournalFormat extends ExtFormatter {
    private final PatternFormatter text = new PatternFormatter("%c{1}: %s");

    /** True if standard error goes to the journal (systemd.exec(5), JOURNAL_STREAM). */
    public static boolean wanted() {
        return System.getenv("JOURNAL_STREAM") != null;
    }

    /** Lets all handlers of the root logger write so. */
    public static void install() {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            install(handler);
        }
    }

    private static void install(Handler handler) {
        handler.setFormatter(new JournalFormat());
        if (handler instanceof ExtHandler nested) {
            for (Handler inner : nested.getHandlers()) {
                install(inner);
            }
        }
    }

    @Override
    public String format(ExtLogRecord record) {
        String priority = "<" + priority(record) + ">";
        StringBuilder out = new StringBuilder();
        Stream.concat(
                        Stream.of(Visible.of(text.format(record).strip())),
                        trace(record).lines())
                .forEach(line -> out.append(priority).append(line).append('\n'));
        return out.toString();
    }

    private static String trace(LogRecord record) {
        StringWriter text = new StringWriter();
        if (record.getThrown() != null) {
            record.getThrown().printStackTrace(new PrintWriter(text));
        }
        return text.toString();
    }

    private static int priority(LogRecord record) {
        int level = record.getLevel().intValue();
        if (level >= Level.SEVERE.intValue()) {
            return 3;
        }
        if (level >= Level.WARNING.intValue()) {
            return 4;
        }
        return level >= Level.INFO.intValue() ? 6 : 7;
    }
}
