package dev.homeostat.host.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NameServiceTest {
    private final NameService accounts = new NameService();

    @Test
    void root_is_known_by_name_and_number() {
        Account root = accounts.user("root").orElseThrow();
        assertThat(root).isEqualTo(new Account("root", 0, 0, Path.of("/root")));
        assertThat(accounts.user(0)).contains(root);
        assertThat(accounts.groupsOf(root)).contains(0);
        assertThat(accounts.group("root")).contains(0);
        assertThat(accounts.groupName(0)).contains("root");
    }

    @Test
    void a_stranger_is_nobody() {
        assertThat(accounts.user("no-such-user")).isEmpty();
        assertThat(accounts.user(654_321)).isEmpty();
        assertThat(accounts.group("no-such-group")).isEmpty();
        assertThatThrownBy(() -> accounts.require("no-such-user"))
                .isInstanceOf(Trouble.class)
                .hasMessage("there is no user \"no-such-user\" on this machine");
    }
}
