package dev.homeostat.control.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.control.ControlProfile;
import dev.homeostat.control.EngineDouble;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Other users of the machine at the control socket. Runs as root where there is a user app without special groups. */
@Tag("system")
@QuarkusTest
@TestProfile(ControlProfile.class)
class StrangersSystemTest {
    @Inject
    EngineDouble engine;

    private static String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=app",
                "--regid=app",
                "--init-groups",
                "curl",
                "-s",
                "-w",
                "%{http_code}",
                "--unix-socket",
                ControlProfile.SOCKET.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out;
    }

    private static void mode(Path path, String mode) throws Exception {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    @BeforeEach
    void the_way_is_open() throws Exception {
        mode(ControlProfile.FOLDER, "rwxr-xr-x");
    }

    @Test
    void without_the_right_mode_nobody_else_connects() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw----");
        assertThat(curl("http://localhost/v1/status")).isEqualTo("000");
    }

    @Test
    void who_may_only_read_reads_and_changes_nothing() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        assertThat(curl("http://localhost/v1/status")).endsWith("200");
        int before = engine.reloads;
        String refused = curl("-X", "POST", "http://localhost/v1/reload");
        assertThat(refused).contains("urn:homeostat:error:not-permitted").endsWith("403");
        String forged = curl(
                "-X",
                "POST",
                "-H",
                "X-Uid: 0",
                "-H",
                "X-Forwarded-User: root",
                "-H",
                "Forwarded: for=root",
                "http://localhost/v1/reload");
        assertThat(forged).endsWith("403");
        assertThat(engine.reloads).isEqualTo(before);
        assertThat(engine.audit(1).getFirst().outcome()).isEqualTo("refused: not permitted");
        assertThat(engine.audit(1).getFirst().actor().uid()).isNotZero();
    }

    @Test
    void the_console_knows_who_asks_too() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        String answer = curl(
                "-H",
                "content-type: application/json",
                "-d",
                "{\"args\":[\"reload\"],\"columns\":0,\"color\":false}",
                "http://localhost/v1/console");
        assertThat(answer).contains("may not reload").contains("x 4");
    }

    @Test
    void a_candidate_would_show_any_file_so_a_reader_may_not_have_one_planned() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        String candidate = "version: 1\nfiles: {/etc/shadow: {content: x}}";
        assertThat(curl(
                        "-X",
                        "POST",
                        "-H",
                        "content-type: application/yaml",
                        "--data-binary",
                        candidate,
                        "http://localhost/v1/plan"))
                .contains("urn:homeostat:error:not-permitted")
                .endsWith("403");
        assertThat(curl("http://localhost/v1/plan")).endsWith("200");
    }
}
