package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One machine, declared once; then accidents of every sort, each found by its event and mended. */
@Tag("system")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DriftSystemTest {
    private static final Path FILE = Path.of("/etc/drift/greeting.conf");
    private static final Path FOLDER = Path.of("/srv/drift");
    private static final Path UNIT = Path.of("/etc/systemd/system/drift.service");
    private static final Path QUADLET = Path.of("/etc/containers/systemd/drift-web.container");
    /** No resync within a test: what is mended was found by an event. */
    private static final String YAML = """
            version: 1
            policy: {resync: 1d}
            files:
              /etc/drift/greeting.conf: {content: "hello\\n", mode: "0640"}
              /srv/drift: {type: folder, mode: "0750"}
              /srv/drift/link: {type: link, target: ../drift}
            services:
              prometheus.service: {state: running, startup: enabled}
              drift.service:
                unit:
                  Unit: {Description: Declared here}
                  Service: {ExecStart: [/usr/bin/sleep infinity]}
                  Install: {WantedBy: [multi-user.target]}
                state: running
                startup: enabled
                restartOn: [/etc/drift/greeting.conf]
            containers:
              drift-web:
                image: localhost/busybox:1
                command: [httpd, -f, -p, "8080", -h, /www]
                ports: ["127.0.0.1:18080:8080/tcp"]
                health: {command: [wget, -q, -O-, "http://127.0.0.1:8080/"], interval: 1s, timeout: 5s, retries: 2}
                restart: always
            users:
              app:
                files: {~/.config/drift/note: {content: note}}
                services:
                  drift-own.service:
                    unit: {Service: {ExecStart: [/usr/bin/sleep infinity]}, Install: {WantedBy: [default.target]}}
                    state: running
                    startup: enabled
                containers:
                  drift-own-web:
                    image: localhost/busybox:1
                    command: [httpd, -f, -p, "8080", -h, /www]
                    ports: ["127.0.0.1:18081:8080/tcp"]
            """;

    @BeforeAll
    static void declareTheMachine() throws Exception {
        Machine.images();
        Machine.startAnew(YAML);
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await("it is all gone", () -> homeostat("status").exit() == 0 && Files.notExists(QUADLET));
        Machine.stop();
    }

    @BeforeEach
    void right() {
        awaitRight();
    }

    private static boolean answers(int port) {
        return run("curl", "-s", "--max-time", "1", "http://127.0.0.1:" + port + "/")
                .line()
                .equals("hello");
    }

    @Test
    void everything_is_as_declared() {
        assertThat(content(FILE)).isEqualTo("hello\n");
        assertThat(does("stat", "-c", "%a %U", FILE.toString())).isEqualTo("640 root");
        assertThat(does("stat", "-c", "%F %a", FOLDER.toString())).isEqualTo("directory 750");
        assertThat(unit("UnitFileState", "drift.service")).isEqualTo("enabled");
        assertThat(runs("prometheus.service")).isTrue();
        assertThat(does("podman", "inspect", "--format", "{{.State.Health.Status}}", "drift-web"))
                .isEqualTo("healthy");
        assertThat(answers(18080)).isTrue();
        assertThat(answers(18081)).isTrue();
        assertThat(does("stat", "-c", "%U", "/home/app/.config/drift/note", "/home/app/.config/drift"))
                .isEqualTo("app\napp");
        assertThat(homeostat("plan").exit()).isZero();
    }

    @Test
    void a_file_edited_removed_replaced_or_opened_is_put_back() throws Exception {
        Files.writeString(FILE, "edited");
        await("content", () -> content(FILE).equals("hello\n"));
        Files.delete(FILE);
        await("there", () -> content(FILE).equals("hello\n"));
        does("ln", "-s", "/etc/hostname", FILE + ".link");
        does("mv", "-T", FILE + ".link", FILE.toString());
        await("a file again", () -> !Files.isSymbolicLink(FILE) && content(FILE).equals("hello\n"));
        does("chmod", "0666", FILE.toString());
        await("mode", () -> does("stat", "-c", "%a", FILE.toString()).equals("640"));
        does("chmod", "0777", FOLDER.toString());
        await(
                "mode of the folder",
                () -> does("stat", "-c", "%a", FOLDER.toString()).equals("750"));
        assertThat(content(Path.of("/etc/hostname"))).isNotEqualTo("hello\n");
    }

    @Test
    void a_stopped_masked_and_disabled_service_runs_again() {
        does("systemctl", "mask", "--now", "prometheus.service");
        await(
                "unmasked and running",
                () -> runs("prometheus.service")
                        && unit("UnitFileState", "prometheus.service").equals("enabled"));
        does("systemctl", "disable", "--now", "drift.service");
        await(
                "enabled and running",
                () -> runs("drift.service")
                        && unit("UnitFileState", "drift.service").equals("enabled"));
        does("systemctl", "kill", "--signal=KILL", "drift.service");
        await("running after a crash", () -> runs("drift.service"));
    }

    @Test
    void an_edited_or_deleted_unit_file_is_restored_and_reloaded() throws Exception {
        Files.writeString(UNIT, "[Service]\nExecStart=/usr/bin/sleep 5\n");
        does("systemctl", "daemon-reload");
        await(
                "restored",
                () -> content(UNIT).contains("ExecStart=/usr/bin/sleep infinity")
                        && unit("NeedDaemonReload", "drift.service").equals("no"));
        Files.delete(UNIT);
        await(
                "there again",
                () -> content(UNIT).contains("ExecStart=/usr/bin/sleep infinity") && runs("drift.service"));
        assertThat(unit("ExecStart", "drift.service")).contains("sleep infinity");
    }

    @Test
    void a_service_is_restarted_when_the_file_it_reads_changes() throws Exception {
        String before = unit("InvocationID", "drift.service");
        declare(YAML.replace("hello", "hello again"));
        await("written", () -> content(FILE).equals("hello again\n"));
        await("restarted", () -> !unit("InvocationID", "drift.service").equals(before) && runs("drift.service"));
        declare(YAML);
        await("written back", () -> content(FILE).equals("hello\n"));
        awaitRight();
        String quiet = unit("InvocationID", "drift.service");
        does("systemctl", "reload", "homeostat");
        awaitRight();
        assertThat(unit("InvocationID", "drift.service")).isEqualTo(quiet);
    }

    @Test
    void a_killed_stopped_or_removed_container_runs_again() {
        does("podman", "kill", "drift-web");
        await("after kill", () -> answers(18080));
        await(
                "it is history",
                () -> homeostat("history", "container/drift-web").output().contains("drift"));
        does("podman", "stop", "--time", "0", "drift-web");
        await("after stop", () -> answers(18080));
        does("podman", "rm", "--force", "--time", "0", "drift-web");
        await("after rm", () -> answers(18080));
        does("systemctl", "stop", "drift-web.service");
        await("after systemctl stop", () -> answers(18080));
    }

    @Test
    void a_quadlet_file_that_is_edited_or_deleted_is_restored() throws Exception {
        String right = content(QUADLET);
        assertThat(right).contains("Written by homeostat");
        Files.delete(QUADLET);
        await("there again", () -> content(QUADLET).equals(right));
        Files.writeString(QUADLET, right.replace("18080", "18099"));
        await("as declared", () -> content(QUADLET).equals(right));
        await("it answers", () -> answers(18080));
    }

    @Test
    void a_users_own_things_are_put_back_as_his() throws Exception {
        Files.writeString(Path.of("/home/app/.config/drift/note"), "scribble");
        await("his file", () -> content(Path.of("/home/app/.config/drift/note")).equals("note"));
        asApp("systemctl", "--user", "mask", "--now", "drift-own.service");
        asApp("systemctl", "--user", "stop", "drift-own.service");
        await(
                "his service",
                () -> asApp("systemctl", "--user", "is-active", "drift-own.service")
                                .exit()
                        == 0);
        asApp("podman", "rm", "--force", "--time", "0", "drift-own-web");
        await("his container", () -> answers(18081));
    }

    @Test
    void history_tells_drift_from_change() throws Exception {
        Files.writeString(FILE, "edited");
        await("content", () -> content(FILE).equals("hello\n"));
        await(
                "history",
                () -> homeostat("history", "file//etc/drift/greeting.conf")
                        .output()
                        .contains("drift"));
        assertThat(homeostat("explain", "file//etc/drift/greeting.conf").output())
                .contains("machine.yaml:4", "InSync");
    }
}
