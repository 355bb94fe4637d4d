package dev.homeostat.host.systemd;

import static dev.homeostat.system.NixMachine.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages on a real terminal and on a real user's bus, to sessions that logind knows of. */
@Tag("system")
@Timeout(120)
class UserMessagesSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final UnitName TELL = new UnitName(UserMessages.UNIT);

    @TempDir
    private Path folder;

    private final Accounts accounts = new NameService();
    private final Processes processes = new ChildProcesses();
    private final Systemd systemd = new Systemd(Locations.system(Map.of()), accounts, processes);
    private final UserMessages messages = new UserMessages(systemd, new Sessions());

    @BeforeEach
    @AfterEach
    void nobodyIsLoggedIn() throws Exception {
        processes.run(List.of("systemctl", "stop", "at-a-terminal", "at-a-desktop", "monitor"), Map.of(), LIMIT);
    }

    private void does(String... arguments) throws Exception {
        Processes.Result result = processes.run(List.of(arguments), Map.of(), LIMIT);
        assertThat(result.exitCode())
                .as("%s: %s", String.join(" ", arguments), result.errors())
                .isZero();
    }

    private boolean shows(Path file, String text) throws Exception {
        return Files.exists(file) && Files.readString(file).contains(text);
    }

    @Test
    void a_terminal_and_a_desktop_get_it_and_nothing_is_left() throws Exception {
        Path terminal = folder.resolve("terminal");
        does(
                "systemd-run",
                "--quiet",
                "--unit=at-a-terminal",
                "--collect",
                "script",
                "--quiet",
                "--flush",
                "--command",
                "systemd-run --pty --quiet --collect -p PAMName=login -p User=app sleep infinity",
                terminal.toString());
        does(
                "systemd-run",
                "--quiet",
                "--unit=at-a-desktop",
                "--collect",
                "-p",
                "PAMName=login",
                "-p",
                "User=app",
                "-p",
                "Environment=XDG_SESSION_CLASS=user XDG_SESSION_TYPE=x11",
                "sleep",
                "infinity");
        Path bus = folder.resolve("bus");
        does(
                "systemd-run",
                "--quiet",
                "--unit=monitor",
                "--collect",
                "-p",
                "User=app",
                "-p",
                "Environment=XDG_RUNTIME_DIR=/run/user/1000",
                "-p",
                "StandardOutput=truncate:" + bus,
                "busctl",
                "--user",
                "--json=short",
                "monitor");
        await("both are logged in", () -> new Sessions().people().size() == 2);
        await("the bus is listened to", () -> Files.exists(bus) && monitors());

        messages.tell("Homeostat", "a new system did not pass\u001b[2J.");
        await("the terminal shows it", () -> shows(terminal, "Homeostat: a new system did not pass [2J."));
        await("the desktop is asked to show it", () -> shows(bus, "\"member\":\"Notify\""));
        assertThat(Files.readString(bus))
                .contains("a new system did not pass [2J.")
                .contains("Homeostat");
        for (Scope scope : List.of(Scope.OWN, Scope.of("app"))) {
            await(
                    "nothing is left in " + scope,
                    () -> systemd.of(scope).lastRun(TELL).isEmpty());
            assertThat(systemd.of(scope).failed()).doesNotContain(TELL.text());
        }
    }

    private boolean monitors() throws Exception {
        return processes
                                .run(
                                        List.of(
                                                "runuser",
                                                "-u",
                                                "app",
                                                "--",
                                                "busctl",
                                                "--user",
                                                "--address=unix:path=/run/user/1000/bus",
                                                "list"),
                                        Map.of(),
                                        LIMIT)
                                .exitCode()
                        == 0
                && systemd.of(Scope.OWN).look(new UnitName("monitor.service")).isActive()
                && Files.size(folder.resolve("bus")) > 0;
    }

    @Test
    void without_anybody_there_nothing_is_begun() throws Exception {
        assertThat(new Sessions().people()).isEmpty();
        messages.tell("Homeostat", "nobody reads this");
        assertThat(systemd.of(Scope.OWN).lastRun(TELL)).isEmpty();
    }
}
