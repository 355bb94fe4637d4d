package dev.homeostat.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.junit.jupiter.api.Test;

class JournalFormatTest {
    private static ExtLogRecord record(String message) {
        ExtLogRecord record = new ExtLogRecord(Level.WARN, message, JournalFormatTest.class.getName());
        record.setLoggerName("dev.homeostat.Keeper");
        return record;
    }

    @Test
    void a_message_is_one_line_whatever_it_quotes() {
        assertThat(new JournalFormat().format(record("paused: a\nKeeper: \u001b[31mall is lost\u202e")))
                .isEqualTo("<4>Keeper: paused: a\\u000aKeeper: \\u001b[31mall is lost\\u202e\n");
    }

    @Test
    void a_stack_trace_has_a_line_for_each_frame_and_the_same_priority_on_all() {
        ExtLogRecord record = record("bug");
        record.setThrown(new IllegalStateException("here"));
        assertThat(new JournalFormat().format(record).lines())
                .hasSizeGreaterThan(3)
                .allMatch(line -> line.startsWith("<4>"))
                .startsWith("<4>Keeper: bug", "<4>java.lang.IllegalStateException: here");
    }
}
