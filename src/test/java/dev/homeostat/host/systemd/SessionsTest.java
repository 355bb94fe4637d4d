package dev.homeostat.host.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import java.util.List;
import java.util.Map;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.Variant;
import org.junit.jupiter.api.Test;

/** What logind and NetworkManager were seen to answer. */
class SessionsTest {
    private static final Object[] ROW = {"3", new UInt32(1000), "app", "seat0", "/org/freedesktop/login1/session/_33"};

    private static Session session(String kind, String state) throws Trouble {
        return session("tty2", kind, state);
    }

    private static Session session(String tty, String kind, String state) throws Trouble {
        return Sessions.read(
                ROW,
                new UnitProperties(Map.of(
                        "TTY", new Variant<>(tty),
                        "Type", new Variant<>("tty"),
                        "Class", new Variant<>(kind),
                        "State", new Variant<>(state),
                        "Remote", new Variant<>(false))));
    }

    @Test
    void people_are_told_from_what_runs_for_them() throws Exception {
        assertThat(session("user", "active").isOfAPerson()).isTrue();
        assertThat(session("user-early", "online").isOfAPerson()).isTrue();
        assertThat(session("user", "closing").isOfAPerson()).isFalse();
        assertThat(session("manager", "active").isOfAPerson()).isFalse();
        assertThat(session("background", "active").isOfAPerson()).isFalse();
        assertThat(session("greeter", "active").isOfAPerson()).isFalse();
    }

    @Test
    void it_is_said_who_is_where_and_not_of_all_of_many() throws Exception {
        assertThat(Sessions.said(List.of())).isEmpty();
        assertThat(Sessions.said(List.of(session("user", "active"), session("", "user", "active"))))
                .contains("somebody is logged in (app on tty2, app)");
        assertThat(Sessions.said(java.util.Collections.nCopies(9, session("", "user", "active"))))
                .contains("somebody is logged in (app, app, app, app, app and 4 more)");
    }

    @Test
    void what_could_steer_a_terminal_is_not_taken() {
        assertThatThrownBy(() -> session("tty\u001b[2J", "user", "active"))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("cannot be shown");
    }

    @Test
    void a_network_is_metered_or_not_or_it_is_not_known() throws Exception {
        assertThat(NetworkManager.read(new UInt32(1))).contains("the network is metered");
        assertThat(NetworkManager.read(new UInt32(3))).get().asString().contains("guesses");
        assertThat(NetworkManager.read(new UInt32(2))).isEmpty();
        assertThat(NetworkManager.read(new UInt32(4))).isEmpty();
        assertThatThrownBy(() -> NetworkManager.read(new UInt32(0)))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("does not know");
        assertThatThrownBy(() -> NetworkManager.read("yes"))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("no NMMetered");
    }
}
