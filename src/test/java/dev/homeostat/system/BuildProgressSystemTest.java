package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.startAnew;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A build by the installed daemon, as people see it while it runs. */
@Tag("system")
@Timeout(180)
class BuildProgressSystemTest {
    private static final Path FLAKE = Path.of("/etc/homeostat-flake");
    /** Of a build that never ends by itself. */
    private static final String LIMIT = "10s";

    private static final Path CONFIGURATION = Path.of("/etc/nix/nix.conf");
    /** Null if there was none. */
    private String before;

    private NixMachine machine;

    @BeforeEach
    void begin() throws Exception {
        // the daemon goes by the machine's own configuration, and there is no network here
        Files.createDirectories(CONFIGURATION.getParent());
        before = Files.exists(CONFIGURATION) ? Files.readString(CONFIGURATION) : null;
        Files.writeString(CONFIGURATION, """
                experimental-features = nix-command flakes
                sandbox = false
                substitute = false
                flake-registry =
                """);
        nixReadsItsConfiguration();
        machine = new NixMachine(FLAKE);
        machine.build(); // a machine that never used Nix has no store yet
    }

    @AfterEach
    void end() throws Exception {
        Machine.stop();
        machine.close();
        Machine.run("rm", "-rf", FLAKE.toString());
        if (before == null) {
            Files.delete(CONFIGURATION);
        } else {
            Files.writeString(CONFIGURATION, before);
        }
        nixReadsItsConfiguration();
    }

    /** The nix-daemon reads it when it starts, which it does when it is first asked. */
    private static void nixReadsItsConfiguration() {
        Machine.does("systemctl", "stop", "nix-daemon.service");
    }

    @Test
    void status_watch_and_explain_say_how_far_it_is() throws Exception {
        machine.declare(m -> m.put("build", "hang"));
        Path watched = Files.createTempFile("watched", ".txt");
        startAnew("version: 1\n");
        Process watch = new ProcessBuilder("/usr/bin/homeostat", "watch")
                .redirectErrorStream(true)
                .redirectOutput(watched.toFile())
                .start();
        try {
            await("it is watched", () -> Files.size(watched) > 0);
            declare("version: 1\nnixos: {from: \"path:" + FLAKE + "#machine\"}\ndeployment: {buildLimit: " + LIMIT
                    + "}\n");
            await("status shows it", () -> homeostat("status").output().contains("0 of 1 built; nixos-system"));
            assertThat(homeostat("explain", "generation/system").output()).contains("now 0 of 1 built");
            assertThat(homeostat("status", "-o", "json").output()).contains("\"expected\" : 1");
            await("watch shows it", () -> Files.readString(watched).contains("of 1 built; nixos-system"));
            await(
                    "it is given up",
                    () -> homeostat("status").output().contains("quarantined")
                            || homeostat("status").output().contains("Failed"));
            assertThat(homeostat("status").output()).doesNotContain("0 of 1 built");
            assertThat(homeostat("history", "--deployments").output()).contains("refused");
            assertThat(homeostat("report").output()).contains("nothing on the machine was changed");
        } finally {
            watch.destroy();
            Files.delete(watched);
        }
    }
}
