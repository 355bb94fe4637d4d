package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A system and a home of a flake, kept by the daemon that is installed, within the limits of its unit. */
@Tag("system")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class HomeDaemonSystemTest {
    private static final Path FLAKE = Path.of("/srv/homes");
    private static final Path CONFIG = Path.of("/etc/nix/nix.conf");
    private static final Path GREETING = Path.of("/home/app/.greeting");
    private static final String YAML = """
            version: 1
            nixos: {from: "path:/srv/homes#machine"}
            home: {from: "path:/srv/homes#app"}
            deployment: {settle: 1s, onManual: revert}
            """;

    private NixMachine machine;
    private byte[] config;

    @BeforeEach
    void begin() throws Exception {
        config = Files.readAllBytes(CONFIG);
        // the test host has no network, and no name spaces of its own to give to builders
        Files.writeString(CONFIG, "sandbox = false\nsubstitute = false\nsubstituters =\nflake-registry =\n");
        does("systemctl", "stop", "nix-daemon.service");
        does("usermod", "--append", "--groups", "nix-users", "app");
        machine = new NixMachine(FLAKE);
        machine.declare(m -> ((ObjectNode) m.get("home")).put("driver", "1"));
    }

    @AfterEach
    void end() throws Exception {
        declare("version: 1\n");
        homeostat("apply");
        Machine.stop();
        machine.close();
        Files.write(CONFIG, config);
        run("systemctl", "stop", "nix-daemon.service");
        run("rm", "-rf", FLAKE.toString());
    }

    private void home(String key, String value) throws Exception {
        machine.declare(m -> ((ObjectNode) m.get("home")).put(key, value));
    }

    private static String condition() {
        return homeostat("status", "-v").output();
    }

    private static void awaitGreeting(String text) {
        await("the home says " + text, () -> Machine.content(GREETING).equals(text));
    }

    @Test
    void a_home_follows_its_system_and_its_flake_and_is_told_of_like_everything_else() throws Exception {
        Machine.startAnew(YAML);
        awaitGreeting("hello");
        awaitRight();
        assertThat(homeostat("explain", "home/app").output()).contains("InSync").contains("generation/system");
        assertThat(homeostat("history").output()).contains("home/app");

        home("greeting", "good day");
        awaitGreeting("good day");
        awaitRight();

        machine.declare(
                m -> ((ObjectNode) m.get("home")).put("greeting", "third").put("behaviour", "late"));
        await("it is rolled back", () -> condition().contains("rolled back to generation 2"));
        awaitGreeting("good day");
        await("it is said how to go on", () -> condition().contains("homeostat retry home/app"));
        assertThat(homeostat("explain", "generation/system").output()).contains("InSync");

        // nothing is tried again by itself, nor by a daemon that knows nothing of it
        String invocation = Machine.unit("InvocationID", "homeostat-home-1000.service");
        does("systemctl", "kill", "--signal=KILL", "homeostat.service");
        await("the next daemon says so too", () -> condition().contains("rolled back to generation 2"));
        assertThat(Machine.unit("InvocationID", "homeostat-home-1000.service")).isEqualTo(invocation);
        assertThat(homeostat("retry", "home/app").exit()).isZero();
        await(
                "it is tried again",
                () -> !Machine.unit("InvocationID", "homeostat-home-1000.service")
                        .equals(invocation));
        home("behaviour", "work");
        awaitGreeting("third");
        awaitRight();

        assertThat(homeostat("plan").exit()).isZero();
        String metrics = does(
                "curl",
                "--silent",
                "--unix-socket",
                "/run/homeostat/control.sock",
                "-H",
                "Accept: text/plain;version=0.0.4",
                "http://homeostat/q/metrics");
        assertThat(metrics)
                .contains("verb=\"activate\"")
                .contains("homeostat_resources{condition=\"InSync\",kind=\"home\"");
    }

    @Test
    void a_daemon_that_is_killed_in_the_middle_of_an_activation_finds_it_again() throws Exception {
        Machine.startAnew(YAML);
        awaitGreeting("hello");
        awaitRight();
        home("greeting", "second");
        home("behaviour", "wait");
        Path go = Path.of("/home/app/.lab-go");
        await("it waits", () -> Files.exists(go));
        String invocation = Machine.unit("InvocationID", "homeostat-home-1000.service");
        does("systemctl", "kill", "--signal=KILL", "homeostat.service");
        await("the next daemon has found it", () -> condition().contains("activation is that of"));
        assertThat(Machine.runs("homeostat-home-1000.service")).isTrue();
        Files.writeString(go, "go\n");
        awaitGreeting("second");
        awaitRight();
        assertThat(Machine.unit("InvocationID", "homeostat-home-1000.service")).isEqualTo(invocation);
    }
}
