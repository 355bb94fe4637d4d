package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.startAnew;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.nix.StorePath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The dead man's switch of the installed daemon. */
@Tag("system")
@Timeout(300)
class ConfirmSystemTest {
    private static final Path ACTIVATED = Path.of("/run/current-system");
    private static final Path BOOTED = Path.of("/boot/lab-default");
    /** The shortest that may be declared, and some time to go back. */
    private static final Duration OVER = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private NixMachine machine;
    private StorePath first;
    private StorePath second;

    private static void wants(StorePath system) throws Exception {
        declare("version: 1\nnixos: {from: " + system + "}\ndeployment: {confirm: 30s, settle: 1s}\n");
    }

    @BeforeEach
    void begin() throws Exception {
        machine = new NixMachine(folder);
        first = machine.build("motd", "first");
        second = machine.build("motd", "second");
        startAnew("version: 1\nnixos: {from: " + first + "}\n");
        await("the first is in force", () -> homeostat("status").exit() == 0 && isInForce(first));
        assertThat(BOOTED).hasContent(first.toString());
    }

    @AfterEach
    void end() throws Exception {
        Machine.stop();
        machine.close();
    }

    private static boolean isInForce(StorePath system) throws Exception {
        return Files.exists(ACTIVATED) && Files.readSymbolicLink(ACTIVATED).equals(system.path());
    }

    private void trySecond() throws Exception {
        wants(second);
        await("the owner is waited for", () -> homeostat("status").output().contains("waits for confirmation"));
        assertThat(isInForce(second)).isTrue();
        assertThat(BOOTED).hasContent(first.toString());
        assertThat(homeostat("plan").output()).contains("comes back in");
    }

    @Test
    void the_owner_confirms_and_it_stays() throws Exception {
        trySecond();
        assertThat(homeostat("confirm").output()).contains(second + " stays");
        await("it is as declared", () -> homeostat("status").exit() == 0);
        assertThat(isInForce(second)).isTrue();
        assertThat(BOOTED).hasContent(second.toString());
        assertThat(homeostat("confirm").output()).contains("nothing waits for a confirmation");
        assertThat(homeostat("audit").output()).contains("confirm");
    }

    @Test
    void a_daemon_that_is_killed_while_it_waits_goes_back_all_the_same() throws Exception {
        trySecond();
        String pid = Machine.unit("MainPID", "homeostat.service");
        does("kill", "-9", pid);
        await(
                "another one waits",
                () -> !Machine.unit("MainPID", "homeostat.service").equals(pid)
                        && homeostat("status").output().contains("waits for confirmation"));
        // nor does a pause keep what nobody confirmed
        assertThat(homeostat("pause", "generation/system", "--reason", "trying things out")
                        .exit())
                .isZero();
        await(
                "the first is back",
                OVER,
                () -> isInForce(first) && homeostat("status").output().contains("was not confirmed within 30s"));
        assertThat(BOOTED).hasContent(first.toString());
        assertThat(homeostat("confirm").exit()).isEqualTo(1);
    }
}
