package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.runs;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** systemd, its users' managers and the message bus fail, and units that do. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SystemdFaultsSystemTest {
    private static final Path FILE = Path.of("/etc/fault/a");
    private static final Path MAY_START = Path.of("/run/fault-may-start");
    private static final String USERS = "user@1000.service";
    private static final String YAML = """
            version: 1
            policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
            files:
              /etc/fault/a: {content: a}
            services:
              fault.service: {unit: {Service: {ExecStart: [/usr/bin/sleep infinity]}}, state: running}
            users:
              app:
                services:
                  fault-own.service: {unit: {Service: {ExecStart: [/usr/bin/sleep infinity]}}, state: running}
            """;

    @BeforeAll
    static void declareTheMachine() throws Exception {
        Machine.startAnew(YAML);
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await(
                "it is all gone",
                () -> Files.notExists(FILE) && homeostat("status").exit() == 0);
        Machine.stop();
        Files.deleteIfExists(MAY_START);
    }

    @BeforeEach
    void right() throws Exception {
        declare(YAML);
        awaitRight();
    }

    private static boolean ownRuns() {
        return Machine.asApp("systemctl", "--user", "is-active", "fault-own.service")
                .line()
                .equals("active");
    }

    private static void accidentsAreMended() throws Exception {
        Files.writeString(FILE, "edited");
        await("file", () -> content(FILE).equals("a"));
        does("systemctl", "kill", "--signal=KILL", "fault.service");
        await("service", () -> runs("fault.service"));
        Machine.asApp("systemctl", "--user", "stop", "fault-own.service");
        await("user's service", SystemdFaultsSystemTest::ownRuns);
        awaitRight();
    }

    @Test
    void a_message_bus_that_is_restarted_killed_or_stopped_changes_nothing() throws Exception {
        String pid = unit("MainPID", "homeostat");
        does("systemctl", "restart", "dbus.service");
        accidentsAreMended();
        does("systemctl", "kill", "--signal=KILL", "dbus.service");
        accidentsAreMended();
        does("systemctl", "stop", "dbus.socket", "dbus.service");
        try {
            accidentsAreMended();
        } finally {
            does("systemctl", "start", "dbus.socket", "dbus.service");
            does("systemctl", "restart", "systemd-logind.service"); // does not find the new bus by itself
        }
        accidentsAreMended();
        assertThat(unit("MainPID", "homeostat")).isEqualTo(pid);
    }

    @Test
    void a_daemon_that_starts_without_the_message_bus_keeps_everything() throws Exception {
        Path socket = Path.of("/run/dbus/system_bus_socket");
        Path away = Path.of("/run/dbus/away");
        Files.move(socket, away);
        try {
            does("systemctl", "restart", "homeostat.service");
            accidentsAreMended();
        } finally {
            Files.move(away, socket);
        }
        accidentsAreMended();
    }

    @Test
    void systemd_is_found_again_when_it_has_executed_itself_anew() throws Exception {
        does("systemctl", "daemon-reexec");
        accidentsAreMended();
    }

    @Test
    void a_user_s_manager_that_is_killed_or_stopped_is_named_and_its_units_come_back_with_it() throws Exception {
        does("systemctl", "restart", USERS);
        await("user's service", SystemdFaultsSystemTest::ownRuns);
        awaitRight();
        does("kill", "-KILL", unit("MainPID", USERS));
        await(
                "it is named",
                () -> homeostat("status", "-v").output().contains("systemd of user app cannot be reached"));
        Files.writeString(FILE, "edited");
        await("others go on", () -> content(FILE).equals("a") && runs("fault.service"));
        does("systemctl", "start", USERS);
        long start = System.nanoTime();
        await("user's service", SystemdFaultsSystemTest::ownRuns);
        Machine.seen("a user's manager is there: its service runs", start);
        accidentsAreMended();
        does("loginctl", "disable-linger", "app");
        does("systemctl", "stop", USERS); // as logind does after ten seconds
        try {
            await("it is named", () -> homeostat("status", "-v").output().contains("loginctl enable-linger app"));
        } finally {
            does("loginctl", "enable-linger", "app");
        }
        await("user's service", SystemdFaultsSystemTest::ownRuns);
        awaitRight();
    }

    @Test
    void units_whose_start_never_ends_are_named_and_keep_nothing_else_waiting() throws Exception {
        StringBuilder hanging = new StringBuilder(YAML.substring(0, YAML.indexOf("users:")));
        for (int i = 0; i < 20; i++) {
            hanging.append("  hang").append(i).append("""
                    .service: {unit: {Service: {Type: oneshot, RemainAfterExit: true, ExecStart: [/usr/bin/sleep infinity]}}, state: running}
                    """);
        }
        hanging.append("""
                  stubborn.service:
                    unit:
                      Service:
                        ExecStart: ["/bin/sh -c 'trap : TERM; while :; do sleep 1; done'"]
                        TimeoutStopSec: 2s
                    state: running
                """);
        hanging.append(YAML.substring(YAML.indexOf("users:")));
        declare(hanging.toString());
        await(
                "all are being started",
                () -> unit("ActiveState", "hang19.service").equals("activating"));
        Files.writeString(FILE, "edited");
        long start = System.nanoTime();
        await("file", () -> content(FILE).equals("a"));
        assertThat(Machine.seen("a file, with 20 hanging units", start)).isLessThan(Duration.ofSeconds(2));
        await(
                "they are named",
                () -> homeostat("status", "-v").output().contains("state is activating (start) instead of running"));
        declare(YAML);
        await(
                "all are gone",
                () -> !unit("ActiveState", "hang19.service").equals("activating")
                        && unit("LoadState", "stubborn.service").equals("not-found"));
        awaitRight();
    }

    @Test
    void a_unit_that_crashes_until_systemd_gives_up_is_named_and_started_when_it_can_be() throws Exception {
        Files.deleteIfExists(MAY_START);
        declare(YAML.replace("services:\n  fault", """
                services:
                  crash.service:
                    unit:
                      Service:
                        ExecStart: ["/bin/sh -c 'test -e /run/fault-may-start && exec sleep infinity'"]
                        Restart: always
                        RestartSec: 0
                    state: running
                  fault"""));
        await(
                "systemd has given up",
                () -> unit("Result", "crash.service").equals("start-limit-hit")
                        || homeostat("status", "-v").output().contains("crash.service"));
        await(
                "it is named",
                () -> homeostat("status").exit() != 0
                        && homeostat("status", "-v").output().contains("service/crash.service"));
        Files.createFile(MAY_START);
        await("it runs", () -> runs("crash.service"));
        awaitRight();
        declare(YAML);
        awaitRight();
    }
}
