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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A switch that would go wrong halfway, because of the storage of containers, is not begun. */
@Tag("system")
class PreflightSystemTest {
    private static final Path ACTIVATED = Path.of("/run/current-system");
    private static final Path CONF = Path.of("/etc/containers/storage.conf");

    @TempDir
    private Path folder;

    private NixMachine machine;
    private StorePath first;
    private StorePath second;

    @BeforeEach
    void begin() throws Exception {
        Machine.images();
        machine = new NixMachine(folder);
        first = machine.build("motd", "first");
        second = machine.build("motd", "second");
        startAnew(wants(first));
        await("the first is in force", () -> homeostat("status").exit() == 0 && isInForce(first));
    }

    @AfterEach
    void end() throws Exception {
        Files.deleteIfExists(CONF);
        Machine.stop();
        machine.close();
    }

    private static String wants(StorePath system) {
        return "version: 1\npolicy: {backoff: {initial: 200ms, limit: 500ms}}\nnixos: {from: " + system
                + "}\ndeployment: {settle: 1s}\n";
    }

    private static boolean isInForce(StorePath system) throws Exception {
        return Files.exists(ACTIVATED) && Files.readSymbolicLink(ACTIVATED).equals(system.path());
    }

    @Test
    void f15_a_driver_other_than_the_databases_is_found_before_the_switch_and_it_goes_on_when_that_is_mended()
            throws Exception {
        assertThat(does("podman", "info", "--format", "{{.Store.GraphDriverName}}"))
                .isEqualTo("overlay");
        Files.createDirectories(CONF.getParent());
        Files.writeString(CONF, "[storage]\ndriver = \"vfs\"\n");
        declare(wants(second));
        await("it is told", () -> status().contains("no switch before this is mended"));
        assertThat(status())
                .contains(CONF + " says vfs, and ", " /var/lib/containers/storage", " was made with overlay")
                .contains("set driver = \"overlay\" in " + CONF);
        assertThat(isInForce(first)).isTrue();
        assertThat(homeostat("doctor", "--machine").output().replaceAll("\\s+", " "))
                .contains("generation/system failed");
        Files.delete(CONF);
        await("the second is in force", () -> homeostat("status").exit() == 0 && isInForce(second));
    }

    private static String status() {
        return homeostat("status").output().replaceAll("\\s+", " ");
    }
}
