package dev.homeostat.host.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Messages;
import org.junit.jupiter.api.Test;

class UserMessagesTest {
    @Test
    void a_message_is_one_line_that_steers_nothing() {
        assertThat(UserMessages.plain("all is well\u001b[2J\u0007\nroot# \u009b31m"))
                .isEqualTo("all is well [2J  root#  31m");
        assertThat(UserMessages.plain("<a href='x'>y</a> & z")).doesNotContain("<", ">", "&");
        assertThat(UserMessages.plain("--help")).startsWith(" ");
        assertThat(UserMessages.plain("/etc/shadow"))
                .as("wall would take it for a file")
                .startsWith(" ");
        assertThat(UserMessages.plain("x".repeat(10_000))).hasSize(Messages.LIMIT_CHARS);
    }
}
