package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What interrupts something waits while the machine is in a state that its owner named, by the real logind. */
@Tag("system")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class HoldsSystemTest {
    private static final String SERVICE = "held.service";
    private static final String ID = "service/held.service";
    /** Somebody who is logged in is looked for every ten seconds. */
    private static final Duration RELEASED = Duration.ofSeconds(40);
    /** The shortest wait that may be declared, and a look. */
    private static final Duration OVER = Duration.ofSeconds(120);

    private static String yaml(String holds, int version) {
        return """
                version: 1
                policy: {resync: 1d, holds: {%s}}
                services:
                  held.service: {unit: {Service: {ExecStart: ["/usr/bin/sleep %d"]}}, state: running}
                """.formatted(holds, 20_000 + version);
    }

    @BeforeEach
    void asAtFirst() throws Exception {
        Machine.startAnew(yaml("", 0));
        awaitRight();
    }

    @AfterEach
    void nobodyIsLoggedIn() {
        run("systemctl", "stop", "somebody.service");
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await("it is all gone", () -> homeostat("status").exit() == 0 && !runs(SERVICE));
        Machine.stop();
    }

    /** A session as a login makes it. */
    static void logIn() {
        does(
                "systemd-run",
                "--quiet",
                "--unit=somebody",
                "--collect",
                "-p",
                "PAMName=login",
                "-p",
                "User=app",
                "-p",
                "Environment=XDG_SESSION_CLASS=user",
                "sleep",
                "infinity");
        await(
                "logind knows",
                () -> does("loginctl", "list-sessions", "--no-legend").contains(" user "));
    }

    @Test
    void a_restart_waits_until_everybody_has_logged_out() throws Exception {
        String pid = unit("MainPID", SERVICE);
        logIn();
        declare(yaml("sessions: {atMost: 2h, afterwards: proceed}", 1));
        await("it waits", () -> homeostat("status").output().contains("somebody is logged in (app"));
        for (String command : new String[] {"status", "plan"}) {
            assertThat(homeostat(command).output().replaceAll("\\s+", " "))
                    .as(command)
                    .contains("held since")
                    .contains("at the latest, then it goes on");
        }
        assertThat(homeostat("explain", ID).output()).contains("somebody is logged in");
        assertThat(unit("MainPID", SERVICE)).as("it was left alone").isEqualTo(pid);
        does("systemctl", "stop", "somebody.service");
        await("it goes on", RELEASED, () -> homeostat("status").exit() == 0);
        assertThat(unit("MainPID", SERVICE)).isNotEqualTo(pid);
    }

    @Test
    void an_approval_is_stronger() throws Exception {
        logIn();
        declare(yaml("sessions: {}", 1));
        await("it waits", () -> homeostat("status").output().contains("somebody is logged in"));
        does("homeostat", "approve", ID);
        awaitRight();
    }

    @Test
    void what_cannot_be_told_holds_until_its_time_is_over() throws Exception {
        String pid = unit("MainPID", SERVICE);
        declare(yaml("metered: {atMost: 1m, afterwards: proceed}", 1));
        await("it waits", () -> homeostat("status").output().contains("NetworkManager does not run"));
        assertThat(unit("MainPID", SERVICE)).isEqualTo(pid);
        await("it goes on", OVER, () -> homeostat("status").exit() == 0);
        assertThat(unit("MainPID", SERVICE)).isNotEqualTo(pid);
    }

    @Test
    void a_machine_without_a_battery_is_not_held_by_one() throws Exception {
        declare(yaml("battery: {}", 1));
        awaitRight();
    }
}
