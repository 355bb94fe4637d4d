package dev.homeostat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateLockTest {
    @TempDir
    Path folder;

    @Test
    @SuppressWarnings("try") // it is there to be held
    void a_second_daemon_is_refused_and_told_who_was_first() throws Exception {
        Locations locations =
                new Locations(true, folder.resolve("config"), folder.resolve("state"), folder.resolve("control.sock"));
        try (StateLock lock = StateLock.take(locations)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(locations.state())))
                    .isEqualTo("rwx------");
            // locks of the same process do not count, so the second is a process
            Process second = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Main.class.getName(),
                            "daemon",
                            "--state",
                            locations.state().toString(),
                            "--socket",
                            locations.socket().toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(second.exitValue()).isEqualTo(1);
            assertThat(said)
                    .contains("pid " + ProcessHandle.current().pid())
                    .contains(locations.state().toString());
        }
    }
}
