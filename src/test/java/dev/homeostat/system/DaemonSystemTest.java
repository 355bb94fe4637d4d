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
import static dev.homeostat.system.Machine.startAnew;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.system.Machine.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The installed daemon as systemd runs it: how it starts, ends, answers, and what it does with its declaration. */
@Tag("system")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DaemonSystemTest {
    private static final Path FILE = Path.of("/etc/test/a");

    @AfterAll
    static void stop() {
        Machine.stop();
    }

    private static String file(String content) {
        return "version: 1\nfiles: {/etc/test/a: {content: \"" + content + "\"}}\n";
    }

    @Test
    void systemd_knows_how_it_is_and_only_the_group_may_connect() throws Exception {
        startAnew(file("x"));
        awaitRight();
        assertThat(unit("Type", "homeostat")).isEqualTo("notify");
        await("STATUS= tells", () -> unit("StatusText", "homeostat").equals("1 in sync"));
        assertThat(unit("WatchdogUSec", "homeostat")).isNotEqualTo("0");
        Path socket = Path.of("/run/homeostat/control.sock");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        assertThat(Files.getAttribute(socket, "posix:group").toString()).isEqualTo("homeostat");
        String pid = unit("MainPID", "homeostat");
        assertThat(run("ss", "-Htlnp").output()).doesNotContain("pid=" + pid);
    }

    @Test
    void strangers_may_not_connect_members_of_the_group_may_and_all_is_audited() throws Exception {
        startAnew(file("x"));
        awaitRight();
        Answer refused = asApp("/usr/bin/homeostat", "status");
        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.output()).contains("homeostat");
        run("userdel", "helper");
        does("useradd", "--no-create-home", "--groups", "homeostat", "helper");
        Answer member = run(
                "runuser",
                "-u",
                "helper",
                "--",
                "/usr/bin/homeostat",
                "pause",
                "file//etc/test/a",
                "--reason",
                "a test");
        assertThat(member.exit()).as(member.output()).isZero();
        String uid = does("id", "-u", "helper");
        String audit = does("curl", "-s", "--unix-socket", "/run/homeostat/control.sock", "http://localhost/v1/audit");
        assertThat(audit).contains("pause", "file//etc/test/a", "\"uid\":" + uid);
    }

    @Test
    void plan_changes_nothing_and_says_by_its_exit_status_what_there_is_to_do() throws Exception {
        Machine.stop();
        Files.deleteIfExists(FILE);
        startAnew("version: 1\npolicy: {apply: ask}\nfiles: {/etc/test/a: {content: x}}\n");
        Answer plan = homeostat("plan");
        assertThat(plan.exit()).isEqualTo(2);
        assertThat(plan.output()).contains("/etc/test/a");
        assertThat(FILE).doesNotExist();
        String hash = does("bash", "-c", "homeostat plan -o json | jq -r .hash || true");
        Files.createDirectories(FILE.getParent());
        Files.writeString(FILE, "somebody was faster");
        Answer moved = homeostat("apply", "--plan", hash);
        assertThat(moved.exit()).isEqualTo(4);
        assertThat(moved.output()).contains("file//etc/test/a");
        assertThat(content(FILE)).isEqualTo("somebody was faster");
        assertThat(homeostat("apply").exit()).isZero();
        assertThat(content(FILE)).isEqualTo("x");
        assertThat(homeostat("plan").exit()).isZero();
        declare("version: 1\nfils: {}\n");
        assertThat(homeostat("plan").exit()).isEqualTo(1);
    }

    @Test
    void a_mistake_is_told_everywhere_and_the_last_good_revision_stays_in_force_also_after_a_restart()
            throws Exception {
        startAnew(file("good"));
        awaitRight();
        declare("version: 1\nfiles:\n  /etc/test/a: {contents: bad}\n");
        await("systemctl status tells", () -> unit("StatusText", "homeostat").contains("machine.yaml:3:17"));
        assertThat(unit("StatusText", "homeostat")).contains("did you mean \"content\"?");
        Answer status = homeostat("status");
        assertThat(status.exit()).isEqualTo(3);
        assertThat(status.output()).contains("machine.yaml:3:17", "\"contents\" is not a known key");
        assertThat(run("journalctl", "-u", "homeostat", "-n", "50", "--no-pager")
                        .output())
                .contains("machine.yaml:3:17");
        String health =
                does("curl", "-s", "--unix-socket", "/run/homeostat/control.sock", "http://localhost/q/health/ready");
        assertThat(health).contains("\"status\": \"UP\"").contains("invalid");
        does("systemctl", "restart", "homeostat");
        Files.writeString(FILE, "drift");
        await("drift is still corrected", () -> content(FILE).equals("good"));
        declare(file("better"));
        await("the mended file takes over", () -> content(FILE).equals("better"));
        awaitRight();
    }

    @Test
    void two_files_that_contradict_each_other_are_told_with_both_places() throws Exception {
        startAnew(file("x"));
        awaitRight();
        declare(Machine.DECLARATION_FOLDER.resolve("10-more.yaml"), "files: {/etc/test/b: {content: b}}\n");
        await("machine.d is merged", () -> content(Path.of("/etc/test/b")).equals("b"));
        declare(Machine.DECLARATION_FOLDER.resolve("20-other.yaml"), "files: {/etc/test/b: {content: c}}\n");
        await("the contradiction is told", () -> homeostat("status").output().contains("20-other.yaml"));
        assertThat(homeostat("status").output()).contains("10-more.yaml").contains("is given differently");
        assertThat(content(Path.of("/etc/test/b"))).isEqualTo("b");
    }

    @Test
    void a_killed_daemon_comes_back_and_goes_on() throws Exception {
        startAnew(file("x"));
        awaitRight();
        does("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "homeostat");
        Files.writeString(FILE, "while it was dead");
        await("it is right again", () -> content(FILE).equals("x") && runs("homeostat"));
        awaitRight();
    }

    @Test
    void it_ends_when_asked_and_looks_again_when_told() throws Exception {
        startAnew(file("x"));
        awaitRight();
        does("systemctl", "reload", "homeostat");
        await("the reload is over", () -> runs("homeostat"));
        long start = System.nanoTime();
        does("systemctl", "stop", "homeostat");
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
        assertThat(unit("Result", "homeostat")).isEqualTo("success");
    }

    @Test
    void a_second_daemon_on_the_same_state_is_refused_and_told_of_the_first() throws Exception {
        startAnew(file("x"));
        awaitRight();
        Answer second = homeostat("daemon", "--socket", "/run/second/control.sock");
        assertThat(second.exit()).isEqualTo(1);
        assertThat(second.output()).contains(unit("MainPID", "homeostat"));
        assertThat(homeostat("status").exit()).isZero();
    }

    @Test
    void without_a_daemon_the_client_says_how_to_start_it() throws Exception {
        startAnew(file("x"));
        Machine.stop();
        Answer answer = homeostat("status");
        assertThat(answer.exit()).isEqualTo(69);
        assertThat(answer.output()).contains("systemctl start homeostat");
        Path file = Files.writeString(Files.createTempFile("machine", ".yaml"), "version: 1\nfils: {}\n");
        Answer validate = homeostat("validate", file.toString());
        assertThat(validate.exit()).isEqualTo(1);
        assertThat(validate.output()).contains("did you mean \"files\"?");
        assertThat(homeostat("schema").output()).contains("https://json-schema.org/draft/2020-12/schema");
        assertThat(homeostat("completion", "bash").output()).contains("complete");
    }

    @Test
    void metrics_are_on_the_loopback_interface_only_when_declared() throws Exception {
        startAnew("version: 1\npolicy: {metrics: {port: 9464}}\nfiles: {/etc/test/a: {content: x}}\n");
        await(
                "metrics answer",
                () -> run("curl", "-s", "http://127.0.0.1:9464/q/metrics")
                        .output()
                        .contains("homeostat_"));
        assertThat(run("ss", "-Htln").output())
                .containsPattern("127\\.0\\.0\\.1\\]?:9464")
                .doesNotContain("0.0.0.0:9464");
        Path metrics = Files.createTempFile("metrics", ".txt");
        Files.writeString(metrics, does("curl", "-s", "http://127.0.0.1:9464/q/metrics") + "\n");
        Answer check = run("bash", "-c", "promtool check metrics < " + metrics);
        assertThat(check.exit()).as(check.output()).isLessThan(2);
        assertThat(run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:9464/v1/status")
                        .line())
                .isEqualTo("404");
        declare(file("x"));
        await("the listener is gone", () -> !run("ss", "-Htln").output().contains(":9464"));
    }

    @Test
    void on_a_full_disk_the_machine_is_kept_and_nothing_is_promised_that_cannot_be_kept() throws Exception {
        Machine.stop();
        Path state = Path.of("/var/lib/homeostat");
        run("rm", "-rf", state.toString());
        Files.createDirectories(state);
        does("mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", state.toString());
        try {
            declare(file("x"));
            does("systemctl", "start", "homeostat.socket", "homeostat.service");
            awaitRight();
            run("dd", "if=/dev/zero", "of=" + state.resolve("filler"), "bs=4096");
            Files.delete(FILE);
            await("the file is back", () -> content(FILE).equals("x"));
            Answer pause = homeostat("pause", "file//etc/test/a", "--reason", "a test");
            assertThat(pause.exit()).as(pause.output()).isNotZero();
            assertThat(pause.output()).contains("the journal cannot be written");
            Files.delete(state.resolve("filler"));
            Answer again = homeostat("pause", "file//etc/test/a", "--reason", "a test");
            assertThat(again.exit()).as(again.output()).isZero();
        } finally {
            Machine.stop();
            does("umount", state.toString());
        }
    }

    @Test
    void what_left_the_file_is_removed_if_we_made_it_and_volumes_stay() throws Exception {
        Machine.images();
        startAnew("""
                version: 1
                files: {/etc/test/a: {content: x}}
                services:
                  left.service:
                    unit: {Service: {ExecStart: [/usr/bin/sleep infinity]}, Install: {WantedBy: [multi-user.target]}}
                    state: running
                    startup: enabled
                volumes: {left-data: {}}
                containers:
                  left-web:
                    image: localhost/busybox:1
                    command: [sh, -c, "echo precious > /data/file; exec httpd -f -p 8080"]
                    mounts: [{volume: left-data, path: /data}]
                """);
        awaitRight();
        String volume = does("podman", "volume", "inspect", "--format", "{{.Mountpoint}}", "left-data");
        await("the container wrote", () -> content(Path.of(volume, "file")).equals("precious\n"));
        declare("version: 1\n");
        await(
                "all of it is gone",
                () -> Files.notExists(FILE)
                        && unit("LoadState", "left.service").equals("not-found")
                        && run("podman", "container", "exists", "left-web").exit() == 1);
        awaitRight();
        assertThat(Path.of("/etc/systemd/system/multi-user.target.wants/left.service"))
                .doesNotExist();
        assertThat(content(Path.of(volume, "file"))).isEqualTo("precious\n");
        does("podman", "volume", "rm", "left-data");
    }

    @Test
    void a_users_own_daemon_keeps_his_own_things() throws Exception {
        Machine.images();
        Path config = Path.of("/home/app/.config/homeostat/machine.yaml");
        declare(config, """
                version: 1
                files: {~/kept.txt: {content: mine}}
                services:
                  mine.service:
                    unit: {Service: {ExecStart: [/usr/bin/sleep infinity]}, Install: {WantedBy: [default.target]}}
                    state: running
                    startup: enabled
                containers:
                  mine-web:
                    image: localhost/busybox:1
                    command: [httpd, -f, -p, "8080"]
                """);
        does("chown", "-R", "app:app", "/home/app/.config");
        assertThat(asApp("systemctl", "--user", "start", "homeostat.service").exit())
                .as(asApp("journalctl", "--user", "-u", "homeostat", "-n", "30").output())
                .isZero();
        try {
            await(
                    "the file is there",
                    () -> content(Path.of("/home/app/kept.txt")).equals("mine"));
            await(
                    "the service runs",
                    () -> asApp("systemctl", "--user", "is-active", "mine").exit() == 0);
            await(
                    "the container runs",
                    () -> asApp("podman", "ps", "--format", "{{.Names}}")
                            .output()
                            .contains("mine-web"));
            asApp("systemctl", "--user", "stop", "mine");
            await(
                    "the service runs again",
                    () -> asApp("systemctl", "--user", "is-active", "mine").exit() == 0);
            assertThat(asApp("stat", "-c", "%U", "/home/app/kept.txt").line()).isEqualTo("app");
            await(
                    "its client finds it",
                    () -> asApp("/usr/bin/homeostat", "status").exit() == 0);
        } finally {
            asApp("systemctl", "--user", "stop", "homeostat.service", "mine.service", "mine-web.service");
        }
    }
}
