package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.system.steps.Deaths;
import dev.homeostat.system.steps.Steps;
import dev.homeostat.system.steps.StepsAgent;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two declarations with something of everything in turn, and the daemon killed by SIGKILL at one step of its journal each
 * time; systemd starts it again, and the machine has to become right with nothing done twice. How many steps there are is
 * found by going once there and back without a death.
 *
 * <p>All steps: {@code deploy/check --only CrashSystemTest --set crash.steps=all}, or a range
 * ({@code 88-110}), or a number each way; in a full check some of them, evenly spread.
 */
@Tag("system")
class CrashSystemTest {
    /** Deaths each way in a full check. */
    private static final int SAMPLES = 5;
    /** With an agent the JVM starts without its cache: several seconds on a busy machine, and then the whole change. */
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Larger than what is kept of a former content: replacing it loses data. */
    private static final long LARGE_BYTES = 9L * 1024 * 1024;

    private static final Path DROP_IN = Path.of("/run/systemd/system/homeostat.service.d/50-steps.conf");
    private static final Path AGENT = Path.of("/run/homeostat-steps/agent.jar");
    private static final Path COUNTS = Path.of("/srv/crash-counts");
    private static final Path STARTS = COUNTS.resolve("unit");
    private static final Path WEB_STARTS = COUNTS.resolve("web");
    private static final Path LARGE = Path.of("/srv/crash/large");
    private static final Path THEIRS = Path.of("/srv/crash/theirs");
    private static final Path KEPT = Path.of("/var/lib/homeostat/kept/srv%2fcrash%2ftheirs");
    private static final String IDLE = "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done";

    private static final String COMMON = """
            version: 1
            policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
            files:
              /srv/crash/conf: {content: "LETTER\\n"}
              /srv/crash: {type: folder, mode: "0750"}
              /srv/crash/folder-LETTER: {type: folder}
              /srv/crash/folder-LETTER/file: {content: "in LETTER\\n"}
              /srv/crash/link-LETTER: {type: link, target: conf}
              EXTRA
            services:
              crash-counts.service:
                unit:
                  Service: {ExecStart: [/usr/bin/sleep infinity], ExecStartPre: ["/bin/sh -c 'echo start >> /srv/crash-counts/unit'"]}
                state: running
                restartOn: [/srv/crash/conf]
              crash-LETTER.service:
                unit: {Service: {ExecStart: [/usr/bin/sleep infinity]}, Install: {WantedBy: [multi-user.target]}}
                state: running
                startup: enabled
            volumes: {crash-data-LETTER: {}}
            containers:
              crash-web:
                image: localhost/busybox:1
                command: [sh, -c, "echo LETTER >> /counts/web; %1$s"]
                mounts: [{host: /srv/crash-counts, path: /counts}, {volume: crash-data-LETTER, path: /data}]
            users:
              app:
                files: {~/crash-LETTER: {content: LETTER}}
                containers: {crash-own-LETTER: {image: localhost/busybox:1, command: [sh, -c, "%1$s"]}}
            """.formatted(IDLE);

    @BeforeAll
    static void withAgent() throws Exception {
        Machine.images();
        Machine.stop();
        run("rm", "-rf", COUNTS.toString(), "/srv/crash");
        Files.createDirectories(COUNTS);
        Files.createDirectories(AGENT.getParent());
        StepsAgent.writeJar(AGENT);
        Files.createDirectories(DROP_IN.getParent());
        // dies more often than a service should: always the shortest pause
        Files.writeString(DROP_IN, """
                [Service]
                ExecStartPre=
                ExecStart=
                ExecStart=/usr/lib/homeostat/java @/usr/lib/homeostat/daemon.args -javaagent:%s -jar /usr/lib/homeostat/app/quarkus-run.jar daemon
                RestartSteps=0
                RestartMaxDelaySec=infinity
                """.formatted(AGENT));
        does("systemctl", "daemon-reload");
        Machine.startAnew(yaml("a"));
        await("right at first", LIMIT, () -> homeostat("status").exit() == 0);
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        Files.deleteIfExists(Steps.ARM);
        declare("version: 1\n");
        await(
                "it is all gone",
                () -> homeostat("status").exit() == 0
                        && Files.notExists(Path.of("/etc/containers/systemd/crash-web.container")));
        Machine.stop();
        Files.delete(DROP_IN);
        does("systemctl", "daemon-reload");
        run("podman", "volume", "rm", "crash-data-a", "crash-data-b");
    }

    private static String yaml(String letter) {
        return COMMON.replace(
                        "EXTRA",
                        letter.equals("a")
                                ? "/srv/crash/only-a: {content: a}"
                                : "/srv/crash/theirs: {content: ours}\n  /srv/crash/large: {content: small}")
                .replace("LETTER", letter);
    }

    @Test
    void killed_at_any_step_it_goes_on_and_does_nothing_twice() throws Exception {
        List<String> there = change("b", 0);
        List<String> back = change("a", 0);
        assertThat(there).contains("before intend", "after stepEnded", "after forget", "before transaction");
        assertThat(back).contains("after intend", "before disown");
        List<Integer> thereSteps = Deaths.chosen("crash.steps", SAMPLES, there.size());
        List<Integer> backSteps = Deaths.chosen("crash.steps", SAMPLES, back.size());
        int died = 0;
        for (int i = 0; i < Math.max(thereSteps.size(), backSteps.size()); i++) {
            died += i < thereSteps.size() ? dies("b", thereSteps.get(i)) : dies("b", 0);
            died += i < backSteps.size() ? dies("a", backSteps.get(i)) : dies("a", 0);
        }
        System.out.println("crashes: " + there.size() + " steps there, " + back.size() + " back; died at " + died
                + " of " + (thereSteps.size() + backSteps.size()) + " that were asked for");
        // the last steps of a plan are not there when things were put together in another order
        assertThat(died).isGreaterThan((thereSteps.size() + backSteps.size()) * 3 / 4);
    }

    private int dies(String letter, int step) throws Exception {
        List<String> taken = change(letter, step);
        return step > 0 && taken.size() == step ? 1 : 0;
    }

    /** @return the steps that were taken until it was right, or until it died */
    private List<String> change(String letter, int step) throws Exception {
        int starts = lines(STARTS);
        int webStarts = lines(WEB_STARTS);
        String mine = "somebody wrote this before step " + step + " of " + System.nanoTime();
        if (letter.equals("b")) {
            Files.writeString(THEIRS, mine);
            try (RandomAccessFile large = new RandomAccessFile(LARGE.toFile(), "rw")) {
                large.setLength(LARGE_BYTES);
            }
        }
        String before = unit("MainPID", "homeostat");
        Files.deleteIfExists(Steps.TAKEN);
        Path next = Steps.ARM.resolveSibling("next");
        Files.writeString(next, step + " " + System.nanoTime() + "\n");
        Files.move(next, Steps.ARM, StandardCopyOption.ATOMIC_MOVE);
        declare(yaml(letter));
        int[] approved = {0};
        await("right after " + letter + " with death at step " + step, LIMIT, () -> isRight(letter, approved));
        boolean died = Files.notExists(Steps.ARM);
        Files.deleteIfExists(Steps.ARM);
        List<String> taken = Files.readAllLines(Steps.TAKEN);
        String at = "step " + step + (died ? " (" + taken.getLast() + ")" : "") + " on the way to " + letter;
        assertThat(unit("MainPID", "homeostat").equals(before))
                .as("killed at " + at)
                .isNotEqualTo(died);

        String untouched = settled();
        assertThat(lines(STARTS) - starts).as("restarts of the unit, " + at).isEqualTo(1);
        assertThat(lines(WEB_STARTS) - webStarts)
                .as("starts of the container, " + at)
                .isEqualTo(1);
        if (letter.equals("b")) {
            assertThat(kept(mine)).as("kept once, " + at).isEqualTo(1);
            assertThat(Files.size(LARGE)).isEqualTo("small".length());
            // who died may have taken the answer without saying so
            assertThat(approved[0]).as("approvals, " + at).isBetween(died ? 0 : 1, died ? 2 : 1);
            assertThat(sql("SELECT count(*) FROM answer"))
                    .as("used approvals, " + at)
                    .isEqualTo("0");
        } else {
            assertThat(asApp("podman", "container", "exists", "crash-own-b").exit())
                    .isEqualTo(1);
            assertThat(Path.of("/home/app/crash-b")).doesNotExist();
        }
        String pass = lastPass();
        does("systemctl", "reload", "homeostat");
        await("a second pass", () -> !lastPass().equals(pass));
        awaitRight();
        assertThat(snapshot()).as("a second pass writes nothing, " + at).isEqualTo(untouched);
        return taken;
    }

    /** Approves what asks for it on the way, as often as it asks. */
    private static boolean isRight(String letter, int[] approved) {
        if (letter.equals("b") && homeostat("approve", "file/" + LARGE).exit() == 0) {
            approved[0]++;
        }
        String other = letter.equals("a") ? "b" : "a";
        return content(Path.of("/srv/crash/conf")).equals(letter + "\n")
                && Files.notExists(Path.of("/srv/crash/folder-" + other))
                && unit("LoadState", "crash-" + other + ".service").equals("not-found")
                && homeostat("status").exit() == 0;
    }

    /** What is there, once nothing moves any more. */
    private static String settled() throws Exception {
        String[] last = {""};
        await("nothing moves", LIMIT, () -> {
            String now = snapshot();
            boolean same = now.equals(last[0]);
            last[0] = now;
            return same;
        });
        return last[0];
    }

    private static String snapshot() throws Exception {
        List<String> parts = new ArrayList<>();
        parts.add(does(
                "bash",
                "-c",
                "find \"$@\" || true",
                "find",
                "/srv/crash",
                "/etc/systemd/system",
                "/etc/containers/systemd",
                "/home/app/crash-a",
                "/home/app/crash-b",
                "/var/lib/homeostat/kept",
                "-ignore_readdir_race",
                "-printf",
                "%p %y %i %T@ %C@\n"));
        parts.add(run("podman", "ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}")
                .output());
        parts.add(asApp("podman", "ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}")
                .output());
        for (String unit : List.of("crash-counts", "crash-a", "crash-b", "crash-web")) {
            parts.add(unit("InvocationID", unit + ".service"));
        }
        parts.add(sql("SELECT max(id) || ' runs, ' || (SELECT max(id) FROM step) || ' steps' FROM run"));
        return String.join("\n", parts);
    }

    private static String lastPass() {
        return run("bash", "-c", "homeostat status -o json | jq -r .lastPass").line();
    }

    static String sql(String query) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:/var/lib/homeostat/journal.db");
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            return rows.next() ? rows.getString(1) : "";
        }
    }

    private static int lines(Path file) throws Exception {
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }

    private static long kept(String content) throws Exception {
        try (Stream<Path> kept = Files.list(KEPT)) {
            return kept.filter(p -> content(p).equals(content)).count();
        }
    }
}
