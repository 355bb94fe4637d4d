package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A file system whose server is dead: whoever looks at it waits in the kernel until it lives again. It is a real one, made by
 * fuse-overlayfs, whose process is stopped.
 */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class StuckSystemTest {
    private static final Path FOLDERS = Path.of("/srv/stuck");
    private static final Path MOUNTED = FOLDERS.resolve("mounted");
    private static final Path DROP_IN = Path.of("/run/systemd/system/homeostat.service.d/50-stuck.conf");
    private static final Path ELSEWHERE = Path.of("/etc/stuck/a");
    private static final String SERVER = "stuck-server.service";
    private static final String HEALTH = "http://127.0.0.1:9464/q/health";
    private static final int MANY = 8;
    /** Ten minutes are too long for a test; a look takes milliseconds, so this is plenty. */
    private static final Duration HUNG_AFTER = Duration.ofSeconds(3);
    /** Fed every third of it; from the last time it leaves long enough to look at a daemon that is stuck. */
    private static final Duration WATCHDOG = Duration.ofSeconds(6);

    @BeforeEach
    void aFileSystemAndShortLimits() throws Exception {
        for (String folder : new String[] {"lower", "upper", "work", "mounted"}) {
            Files.createDirectories(FOLDERS.resolve(folder));
        }
        does(
                "systemd-run",
                "--quiet",
                "--collect",
                "--unit=" + SERVER,
                "fuse-overlayfs",
                "-f",
                "-o", // the kernel may remember nothing: each look asks the server
                "timeout=0,lowerdir=" + FOLDERS.resolve("lower") + ",upperdir=" + FOLDERS.resolve("upper") + ",workdir="
                        + FOLDERS.resolve("work"),
                MOUNTED.toString());
        await("it is mounted", () -> run("mountpoint", "-q", MOUNTED.toString()).exit() == 0);
        Files.createDirectories(DROP_IN.getParent());
        Files.writeString(
                DROP_IN,
                "[Service]\nWatchdogSec=" + WATCHDOG.toSeconds() + "s\nEnvironment=HOMEOSTAT_HUNG_AFTER="
                        + HUNG_AFTER.toSeconds() + "s\n");
        does("systemctl", "daemon-reload");
    }

    @AfterEach
    void asBefore() throws Exception {
        run("systemctl", "kill", "--signal=CONT", SERVER);
        Machine.stop();
        Files.deleteIfExists(DROP_IN);
        run("systemctl", "daemon-reload");
        run("systemctl", "stop", SERVER);
        // A server that was stopped in the middle of an answer leaves its mount.
        run("umount", "--lazy", MOUNTED.toString());
        await(
                "it is no mount",
                () -> run("mountpoint", "-q", MOUNTED.toString()).exit() != 0);
        run("rm", "-rf", FOLDERS.toString(), ELSEWHERE.getParent().toString());
    }

    private static String code(String url) {
        return run("curl", "-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", url)
                .line();
    }

    @Test
    void who_waits_for_it_keeps_nobody_else_waiting() throws Exception {
        Machine.startAnew("version: 1\npolicy: {metrics: {port: 9464}, resync: 1d}\nfiles:\n  " + ELSEWHERE
                + ": {content: x}\n  "
                + IntStream.range(0, MANY)
                        .mapToObj(n -> MOUNTED + "/" + n + ": {content: x}\n")
                        .collect(Collectors.joining("  ")));
        awaitRight();
        does("systemctl", "kill", "--signal=STOP", SERVER);
        List<Process> waiting = new ArrayList<>();
        try {
            for (int n = 0; n < MANY; n++) { // more than there are processors: each look keeps a thread of the kernel's
                waiting.add(new ProcessBuilder("homeostat", "explain", "file/" + MOUNTED + "/" + n)
                        .redirectErrorStream(true)
                        .redirectOutput(FOLDERS.resolve("answer").toFile())
                        .start());
            }
            for (int n = 0; n < MANY; n++) {
                Files.writeString(ELSEWHERE, "drift");
                await(
                        "it keeps the rest of the machine",
                        () -> content(ELSEWHERE).equals("x"));
                assertThat(run("timeout", "5", "homeostat", "status").exit()).isZero();
                assertThat(code(HEALTH)).isEqualTo("200");
            }
            assertThat(waiting).as("they still wait").allMatch(Process::isAlive);
        } finally {
            does("systemctl", "kill", "--signal=CONT", SERVER);
        }
        for (Process answered : waiting) {
            assertThat(answered.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(answered.exitValue()).isZero();
        }
    }

    @Test
    void a_loop_that_waits_for_a_dead_file_system_is_told_everywhere_and_restarted() throws Exception {
        Machine.startAnew("version: 1\npolicy: {metrics: {port: 9464}, resync: 1d}\nfiles:\n  " + MOUNTED
                + "/a: {content: x}\n  " + ELSEWHERE + ": {content: x}\n");
        awaitRight();
        await("the listener is there", () -> code(HEALTH).equals("200"));
        assertThat(unit("WatchdogUSec", "homeostat")).isEqualTo("6s");
        String pid = unit("MainPID", "homeostat");
        String restarts = unit("NRestarts", "homeostat");

        does("systemctl", "kill", "--signal=STOP", SERVER);
        does("homeostat", "reload");
        await("liveness is down", () -> code(HEALTH + "/live").equals("503"));
        assertThat(code(HEALTH + "/ready")).isEqualTo("503");
        assertThat(code(HEALTH + "/started")).as("what was, was").isEqualTo("200");
        assertThat(run("curl", "-s", "-m", "2", HEALTH + "/live").output())
                .contains("\"stuck\": \"the full pass (reload by root");
        assertThat(run("curl", "-s", "-m", "2", "http://127.0.0.1:9464/metrics").output())
                .containsPattern("(?m)^homeostat_longest_work_seconds [3-9]\\.");
        assertThat(homeostat("doctor").output())
                .contains("the full pass (reload by root")
                .contains("has not ended for");
        await(
                "systemctl status tells, as long as it lives",
                () -> unit("StatusText", "homeostat").startsWith("Stuck: the full pass (reload by root")
                        || !unit("MainPID", "homeostat").equals(pid));
        assertThat(unit("StatusText", "homeostat")).startsWith("Stuck: the full pass (reload by root");

        await(
                "the watchdog ended it",
                () -> !unit("NRestarts", "homeostat").equals(restarts)
                        && !unit("MainPID", "homeostat").equals(pid));
        does("systemctl", "kill", "--signal=CONT", SERVER);
        await("it runs again", () -> runs("homeostat"));
        awaitRight();
        assertThat(code(HEALTH + "/ready")).isEqualTo("200");
        Files.writeString(ELSEWHERE, "drift");
        await("it keeps the machine", () -> content(ELSEWHERE).equals("x"));
        String journal = run("journalctl", "--no-pager", "-o", "cat", "-u", "homeostat", "-n", "200")
                .output();
        assertThat(journal)
                .contains("the loop is stuck: the full pass (reload by root")
                .contains("Watchdog timeout");
    }
}
