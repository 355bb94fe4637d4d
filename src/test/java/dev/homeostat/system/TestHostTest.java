package dev.homeostat.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the other system tests take for granted: that the machine they run in is one. */
@Tag("system")
@Order(1) // how the machine is before the others have made their accidents
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TestHostTest {

    @Test
    void the_first_process_is_systemd() throws IOException {
        assertThat(Files.readString(Path.of("/proc/1/comm"))).isEqualTo("systemd\n");
    }

    @Test
    void no_unit_has_failed() throws Exception {
        assertThat(output("systemctl", "list-units", "--failed", "--plain", "--no-legend"))
                .isEmpty();
    }

    @Test
    void podman_runs_a_container_for_root() throws Exception {
        assertThat(output("podman", "import", "--quiet", "/usr/share/testhost/busybox.tar", "localhost/test-host:1"))
                .startsWith("sha256:");
        assertThat(output("podman", "run", "--rm", "localhost/test-host:1", "id", "-u"))
                .isEqualTo("0\n");
    }

    @Test
    void podman_runs_a_container_for_a_user() throws Exception {
        assertThat(asUser("podman", "import", "--quiet", "/usr/share/testhost/busybox.tar", "localhost/test-host:1"))
                .startsWith("sha256:");
        assertThat(asUser("podman", "run", "--rm", "localhost/test-host:1", "id", "-u"))
                .isEqualTo("0\n");
        assertThat(asUser("podman", "info", "--format", "{{.Host.Security.Rootless}}"))
                .isEqualTo("true\n");
    }

    @Test
    void a_users_service_manager_answers() throws Exception {
        assertThat(asUser("systemctl", "--user", "is-system-running")).isEqualTo("running\n");
    }

    private static String asUser(String... command) throws Exception {
        String[] prefix = {"runuser", "-u", "app", "--", "env", "-C", "/home/app", "XDG_RUNTIME_DIR=/run/user/1000"};
        String[] whole = new String[prefix.length + command.length];
        System.arraycopy(prefix, 0, whole, 0, prefix.length);
        System.arraycopy(command, 0, whole, prefix.length, command.length);
        return output(whole);
    }

    private static String output(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor())
                .as("exit status of %s", String.join(" ", command))
                .isZero();
        return output;
    }
}
