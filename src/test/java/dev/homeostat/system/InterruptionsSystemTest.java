package dev.homeostat.system;

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
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What interrupts something waits while somebody says that now is no time; everything else goes on. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class InterruptionsSystemTest {
    private static final String SERVICE = "waits.service";
    private static final String ID = "service/waits.service";
    private static final Path FILE = Path.of("/srv/waits/file");
    /** Locks are looked at every 5 s, and a restart takes a moment. */
    private static final Duration RELEASED = Duration.ofMillis(7500);

    private static String yaml(String policy, int version) {
        return """
                version: 1
                policy: {resync: 1d%s}
                files:
                  /srv/waits/file: {content: "%d\\n"}
                services:
                  waits.service: {unit: {Service: {ExecStart: ["/usr/bin/sleep %d"]}}, state: running}
                """.formatted(policy, version, 10_000 + version);
    }

    @BeforeAll
    static void declareTheMachine() throws Exception {
        Machine.startAnew(yaml("", 0));
        awaitRight();
    }

    @BeforeEach
    void asBefore() throws Exception {
        declare(yaml("", 0));
        await(
                "as at first",
                () -> content(FILE).equals("0\n") && homeostat("status").exit() == 0);
    }

    @AfterEach
    void nobodyIsInTheWay() {
        run("systemctl", "kill", "-s", "CONT", "systemd-logind.service");
        run("systemctl", "stop", "blocker.service");
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await("it is all gone", () -> homeostat("status").exit() == 0 && !runs(SERVICE));
        Machine.stop();
    }

    private static void lock() {
        does(
                "systemd-run",
                "--quiet",
                "--unit=blocker",
                "--collect",
                "systemd-inhibit",
                "--what=shutdown",
                "--mode=block",
                "--who=backup",
                "--why=it runs",
                "sleep",
                "infinity");
        await("the lock is held", () -> does("systemd-inhibit", "--list").contains("backup"));
    }

    private static String explained() {
        return homeostat("explain", ID).output().replaceAll("\\s+", " ");
    }

    private static boolean isNew(int version) {
        return unit("ExecStart", SERVICE).contains("sleep " + (10_000 + version)) && runs(SERVICE);
    }

    /** The file is written at once, whatever holds the service back. */
    private static void declareAndFindBlocked(int version, String policy, String reason) throws Exception {
        String pid = unit("MainPID", SERVICE);
        declare(yaml(policy, version));
        await("what interrupts nothing is done", () -> content(FILE).equals(version + "\n"));
        await("it waits", () -> explained().contains("Blocked") && explained().contains(reason));
        assertThat(unit("MainPID", SERVICE)).isEqualTo(pid);
    }

    @Test
    void a_lock_is_waited_for_and_its_holder_is_named() throws Exception {
        lock();
        declareAndFindBlocked(1, "", "an inhibitor lock is held by backup (uid 0, pid ");
        Files.writeString(FILE, "drift");
        await("drift of others is corrected", () -> content(FILE).equals("1\n"));
        long released = System.nanoTime();
        does("systemctl", "stop", "blocker.service");
        await("done after the release", () -> isNew(1));
        assertThat(Duration.ofNanos(System.nanoTime() - released)).isLessThan(RELEASED);
    }

    @Test
    void an_approval_passes_it_at_once() throws Exception {
        lock();
        declareAndFindBlocked(2, "", "an inhibitor lock is held by backup");
        long asked = System.nanoTime();
        assertThat(homeostat("approve", ID).exit()).isZero();
        await("done although the lock is held", () -> isNew(2));
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(5));
        assertThat(does("systemd-inhibit", "--list")).contains("backup");
    }

    @Test
    void a_logind_that_hangs_allows_nothing_and_stops_nothing_else() throws Exception {
        does("systemctl", "kill", "-s", "STOP", "systemd-logind.service");
        declareAndFindBlocked(3, "", "whether an inhibitor lock is held cannot be found out");
        await("it says why", () -> explained().contains("no answer within"));
        Files.writeString(FILE, "drift");
        long drifted = System.nanoTime();
        await("others are corrected", () -> content(FILE).equals("3\n"));
        assertThat(Duration.ofNanos(System.nanoTime() - drifted)).isLessThan(Duration.ofSeconds(1));
        long back = System.nanoTime();
        does("systemctl", "kill", "-s", "CONT", "systemd-logind.service");
        await("done when logind answers", () -> isNew(3));
        assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(RELEASED);
    }

    @Test
    void a_stopped_logind_is_started_by_the_question_or_waited_for() throws Exception {
        does("systemctl", "stop", "systemd-logind.service");
        declare(yaml("", 4));
        await("done", () -> isNew(4));
    }

    @Test
    void locks_can_be_ignored_and_a_wait_can_be_too_long() throws Exception {
        lock();
        declare(yaml(", waitAtMost: 100ms", 5));
        await(
                "it is told as failed",
                () -> explained().contains("Failed for")
                        && explained().contains("longer than policy.waitAtMost (100ms)"));
        assertThat(isNew(5)).isFalse();
        declare(yaml(", inhibitors: ignore", 6));
        await("done although the lock is held", () -> isNew(6));
    }

    @Test
    void a_window_that_is_closed_says_when_it_opens() throws Exception {
        String zone = ", maintenance: {timeZone: UTC, windows: [{start: \"%s\", length: 1m}]}";
        // the window of a minute that has just gone by
        String past = does("date", "-u", "-d", "5 minutes ago", "+%H:%M");
        declareAndFindBlocked(7, zone.formatted(past), "the next maintenance window opens");
        String now = does("date", "-u", "+%H:%M");
        declare(yaml(zone.formatted(now).replace("1m", "5m"), 7));
        await("done in its window", () -> isNew(7));
    }

    @Test
    void a_pause_ends_although_the_daemon_was_restarted_meanwhile() throws Exception {
        assertThat(homeostat("pause", "file/" + FILE, "--for", "15s", "--reason", "trying")
                        .exit())
                .isZero();
        Files.writeString(FILE, "mine for now");
        does("systemctl", "restart", "homeostat.service");
        await(
                "still paused",
                () -> homeostat("explain", "file/" + FILE).output().contains("Paused"));
        assertThat(content(FILE)).isEqualTo("mine for now");
        await("taken up when it is over", () -> content(FILE).equals("0\n"));
        // one that ends while there is no daemon
        homeostat("pause", "file/" + FILE, "--for", "1s", "--reason", "trying");
        Machine.stop();
        Files.writeString(FILE, "while nobody looks");
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        await("taken up at the start or soon after", () -> content(FILE).equals("0\n"));
    }
}
