package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.unit;

import dev.homeostat.system.Machine.Answer;
import dev.homeostat.system.Machine.Check;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Accidents at random for as long as asked, each awaited until it is mended; and what the daemon takes meanwhile: memory,
 * threads, open files, its database, files it left in /tmp. One life of the daemon: a restart would hide what grows.
 */
final class Soak {
    /** Fewer than the ten corrections within 30 s after which the daemon takes it for a fight and steps back. */
    private static final int DRIFTS_PER_WINDOW = 6;

    private static final Duration WINDOW = Duration.ofSeconds(30);
    /** For one accident to be mended: containers are made anew on two busy processors. */
    private static final Duration HEAL_LIMIT = Duration.ofSeconds(40);

    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    /** Accidents at once, of different resources. */
    private static final int BURST = 4;
    /** One burst in so many restarts podman or the user's service manager, which costs many seconds. */
    private static final int UPHEAVAL_EVERY = 25;
    /** Of the whole time: caches, heap and thread pools have their size by then, as far as they should ever stop growing. */
    private static final double WARM_UP = 0.3;

    // What may be added between the end of the warm-up and the end, however long it takes.
    /** The heap is given back in steps, and compiled code is added for rare paths. */
    private static final long MEMORY_LIMIT_KIB = 48 * 1024;
    /** Resident at the very end: a quarter more than the largest heap would be a leak outside it. */
    private static final long MEMORY_PEAK_KIB = 320 * 1024;
    /** Pools of Vert.x and the virtual threads' carriers come and go. */
    private static final long THREADS_LIMIT = 8;

    private static final long FILES_LIMIT = 12;
    /** The write-ahead log is begun anew at 1000 pages of 4 KiB, whatever else happens. */
    private static final long DATABASE_BASE_BYTES = 6L * 1024 * 1024;
    /** A correction with its run, differences, steps and index entries; declaration edits add a whole revision. */
    private static final long DATABASE_BYTES_PER_DRIFT = 8 * 1024;

    private static final Path FOLDER = Path.of("/srv/soak");
    private static final Path SOCKET = Path.of("/run/homeostat/control.sock");
    private static final int FILES = 12;
    private static final int UNITS = 5;
    private static final int CONTAINERS = 2;

    /** What the daemon takes at one moment. */
    private record Taken(long memoryKib, long threads, long files, long databaseBytes, long temporary) {
        @Override
        public String toString() {
            return "memory %d MiB, %d threads, %d open files, database %.1f MiB, %d files in /tmp"
                    .formatted(memoryKib / 1024, threads, files, databaseBytes / 1048576.0, temporary);
        }
    }

    /** One thing that happens, and how it looks when that is mended. */
    private record Accident(String what, String resource, Check healed) {}

    /** Makes an accident; what it answers is the check that it is mended. */
    private interface Maker {
        Check make() throws Exception;
    }

    private final Duration time;
    private final long seed;
    private final Random random;
    private final Map<String, Deque<Long>> lately = new HashMap<>();
    private final Map<String, Integer> made = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private int drifts;
    private int healed;
    private int clients;
    private int edits;
    private double slowest;
    private String slowestWhat = "nothing";
    private int edition;

    Soak(Duration time, long seed) {
        this.time = time;
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** What went wrong; empty if nothing did. The figures are printed. */
    List<String> go() throws Exception {
        Machine.images();
        Machine.startAnew(yaml());
        Machine.awaitRight();
        String pid = unit("MainPID", "homeostat");
        long start = System.nanoTime();
        long end = start + time.toNanos();
        Taken warm = null;
        long nextLine = start + Duration.ofMinutes(1).toNanos();
        say("soak: " + time.toMinutes() + " min " + time.toSecondsPart() + " s, seed " + seed + ", at start "
                + taken());
        for (int burst = 1; System.nanoTime() < end; burst++) {
            if (burst % UPHEAVAL_EVERY == 0) {
                upheaval();
            } else {
                burst();
            }
            client();
            long now = System.nanoTime();
            if (warm == null && now - start > time.toNanos() * WARM_UP) {
                warm = taken();
                say("soak: warm after " + Duration.ofNanos(now - start).toSeconds() + " s: " + warm);
            }
            if (now > nextLine) {
                nextLine += Duration.ofMinutes(1).toNanos();
                say("soak: " + Duration.ofNanos(now - start).toMinutes() + " min: " + drifts + " drifts, " + healed
                        + " healed; " + taken());
            }
        }
        if (!heals(() -> homeostat("status").exit() == 0)) {
            problem("the machine is not right at the end: "
                    + homeostat("status").output());
        }
        Taken last = taken();
        say("soak: %d drifts, %d healed, slowest %.1f s (%s), %d edits of the declaration, %d clients; at end %s"
                .formatted(drifts, healed, slowest, slowestWhat, edits, clients, last));
        say("soak: " + made);
        check(pid, warm == null ? last : warm, last);
        return problems;
    }

    private void check(String pid, Taken warm, Taken last) {
        if (!unit("MainPID", "homeostat").equals(pid)) {
            problem("the daemon is not the one of the start: it ended meanwhile");
        }
        if (healed < drifts) {
            problem((drifts - healed) + " of " + drifts + " drifts were not healed within " + HEAL_LIMIT);
        }
        limit("memory (KiB)", last.memoryKib - warm.memoryKib, MEMORY_LIMIT_KIB);
        limit("memory at the end (KiB)", last.memoryKib, MEMORY_PEAK_KIB);
        limit("threads", last.threads - warm.threads, THREADS_LIMIT);
        limit("open files", last.files - warm.files, FILES_LIMIT);
        limit("database (bytes)", last.databaseBytes, DATABASE_BASE_BYTES + drifts * DATABASE_BYTES_PER_DRIFT);
        limit("files in /tmp", last.temporary - warm.temporary, 0);
    }

    private void limit(String what, long grown, long limit) {
        say("soak: %s: %+d, limit %d: %s".formatted(what, grown, limit, grown <= limit ? "pass" : "FAIL"));
        if (grown > limit) {
            problem(what + " grew by " + grown + ", more than " + limit);
        }
    }

    private void problem(String text) {
        problems.add(text);
        say("soak: PROBLEM: " + text);
    }

    private static void say(String line) {
        System.out.println(line);
    }

    // ---- accidents

    private void burst() throws Exception {
        List<Accident> accidents = new ArrayList<>();
        int wanted = 1 + random.nextInt(BURST);
        for (int i = 0; i < wanted; i++) {
            accident(accidents);
        }
        long since = System.nanoTime();
        for (Accident accident : accidents) {
            await(accident, since);
        }
    }

    private void await(Accident accident, long since) throws Exception {
        if (heals(accident.healed)) {
            healed++;
            double took = (System.nanoTime() - since) / 1e9;
            if (took > slowest) {
                slowest = took;
                slowestWhat = accident.what + " " + accident.resource;
            }
        } else {
            problem("not healed: " + accident.what + " " + accident.resource + "\n"
                    + homeostat("status", "-v").output()
                    + run("journalctl", "-u", "homeostat", "-n", "40", "--no-pager")
                            .output());
        }
    }

    private static boolean heals(Check check) throws Exception {
        long end = System.nanoTime() + HEAL_LIMIT.toNanos();
        while (!check.holds()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(LOOK_EVERY);
        }
        return true;
    }

    /** One more, of a resource that has none at the moment and not too many lately. */
    private void accident(List<Accident> accidents) throws Exception {
        int kind = random.nextInt(100);
        int n = random.nextInt(1000);
        String resource;
        String what;
        Maker maker;
        if (kind < 40) {
            Path file = FOLDER.resolve("f" + n % FILES);
            resource = file.toString();
            int how = random.nextInt(5);
            what = List.of("file edited", "file deleted", "file opened", "file replaced by a link", "file given away")
                    .get(how);
            maker = () -> file(file, how);
        } else if (kind < 45) {
            resource = FOLDER.toString();
            what = "folder opened";
            maker = () -> {
                run("chmod", "0777", FOLDER.toString());
                return () -> stat("%a", FOLDER).equals("750");
            };
        } else if (kind < 64) {
            String name = "soak" + n % UNITS + ".service";
            resource = name;
            int how = random.nextInt(5);
            what = List.of("unit stopped", "unit killed", "unit disabled", "unit file edited", "unit file deleted")
                    .get(how);
            maker = () -> service(name, how);
        } else if (kind < 68) {
            resource = "prometheus.service";
            what = "somebody else's unit masked";
            maker = () -> {
                String before = unit("InvocationID", resource);
                run("systemctl", "mask", "--now", resource);
                return () -> unit("ActiveState", resource).equals("active")
                        && unit("UnitFileState", resource).equals("enabled")
                        && !unit("InvocationID", resource).equals(before);
            };
        } else if (kind < 73) {
            resource = "soak-own.service";
            boolean kill = random.nextBoolean();
            what = kill ? "user's unit killed" : "user's unit stopped";
            maker = () -> {
                String before = own("InvocationID");
                asApp("systemctl", "--user", kill ? "kill" : "stop", "soak-own.service");
                return () -> own("ActiveState").equals("active")
                        && !own("InvocationID").equals(before);
            };
        } else if (kind < 90) {
            String name = "soak-web" + n % CONTAINERS;
            resource = name;
            int how = random.nextInt(4);
            what = List.of("container killed", "container removed", "container stopped", "container's unit stopped")
                    .get(how);
            maker = () -> container(name, how);
        } else if (kind < 95) {
            resource = "soak-own-web";
            what = "user's container removed";
            maker = () -> {
                String before = ownContainer();
                asApp("podman", "rm", "--force", "--time", "0", "soak-own-web");
                return () -> ownContainer().endsWith("true") && !ownContainer().equals(before);
            };
        } else {
            resource = "declaration";
            what = "declaration edited";
            maker = () -> {
                edition++;
                edits++;
                declare(yaml());
                String expected = "edition " + edition + "\n";
                return () -> content(FOLDER.resolve("edition")).equals(expected);
            };
        }
        if (accidents.stream().anyMatch(a -> a.resource.equals(resource)) || isRestless(resource)) {
            return;
        }
        drifts++;
        made.merge(what, 1, Integer::sum);
        accidents.add(new Accident(what, resource, maker.make()));
    }

    private boolean isRestless(String resource) {
        long now = System.nanoTime();
        Deque<Long> times = lately.computeIfAbsent(resource, r -> new ArrayDeque<>());
        times.removeIf(t -> now - t > WINDOW.toNanos());
        if (times.size() >= DRIFTS_PER_WINDOW) {
            return true;
        }
        times.add(now);
        return false;
    }

    private static Check file(Path file, int how) throws IOException {
        switch (how) {
            case 0 -> Files.writeString(file, "edited by the soak");
            case 1 -> Files.deleteIfExists(file);
            case 2 -> run("chmod", "0666", file.toString());
            case 3 -> run("ln", "-sfn", "/etc/hostname", file.toString());
            default -> run("chown", "app:app", file.toString());
        }
        String expected = text(file.getFileName().toString());
        return () -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && content(file).equals(expected)
                && stat("%a %U", file).equals("640 root");
    }

    private static Check service(String name, int how) throws IOException {
        String before = unit("InvocationID", name);
        Path file = Path.of("/etc/systemd/system", name);
        String right = settings(file);
        switch (how) {
            case 0 -> run("systemctl", "stop", name);
            case 1 -> run("systemctl", "kill", "--signal=KILL", name);
            case 2 -> run("systemctl", "disable", "--now", name);
            case 3 -> Files.writeString(file, "[Service]\nExecStart=/usr/bin/sleep 7\n");
            default -> Files.deleteIfExists(file);
        }
        boolean interrupted = how < 3;
        return () -> settings(file).equals(right)
                && unit("ActiveState", name).equals("active")
                && unit("UnitFileState", name).equals("enabled")
                && (!interrupted || !unit("InvocationID", name).equals(before));
    }

    /** Without the comments: one of them says since when it is there. */
    private static String settings(Path file) {
        return content(file).replaceAll("(?m)^#.*\n", "");
    }

    private static Check container(String name, int how) {
        String before = containerState(name);
        switch (how) {
            case 0 -> run("podman", "kill", name);
            case 1 -> run("podman", "rm", "--force", "--time", "0", name);
            case 2 -> run("podman", "stop", "--time", "0", name);
            default -> run("systemctl", "stop", name + ".service");
        }
        return () -> {
            String now = containerState(name);
            return now.endsWith("true") && !now.equals(before);
        };
    }

    private static final String STATE = "{{.Id}} {{.State.StartedAt}} {{.State.Running}}";

    private static String containerState(String name) {
        return run("podman", "container", "inspect", "--format", STATE, name).line();
    }

    private static String ownContainer() {
        return asApp("podman", "container", "inspect", "--format", STATE, "soak-own-web")
                .line();
    }

    private static String own(String property) {
        return asApp("systemctl", "--user", "show", "-P", property, "soak-own.service")
                .line();
    }

    private static String stat(String format, Path path) {
        return run("stat", "-c", format, path.toString()).line();
    }

    /** What others depend on goes away for a moment. */
    private void upheaval() throws Exception {
        int which = random.nextInt(4);
        String what = List.of(
                        "podman restarted",
                        "user's manager restarted",
                        "systemd re-executed",
                        "user's podman restarted")
                .get(which);
        made.merge(what, 1, Integer::sum);
        switch (which) {
            case 0 -> run("systemctl", "restart", "podman.socket", "podman.service");
            case 1 -> run("systemctl", "restart", "user@1000.service");
            case 2 -> run("systemctl", "daemon-reexec");
            default -> asApp("systemctl", "--user", "restart", "podman.socket", "podman.service");
        }
        drifts++;
        await(
                new Accident(
                        what,
                        "",
                        () -> own("ActiveState").equals("active")
                                && ownContainer().endsWith("true")
                                && containerState("soak-web0").endsWith("true")
                                && homeostat("status").exit() == 0),
                System.nanoTime());
    }

    /** Those who only look, politely and otherwise. */
    private void client() throws IOException {
        clients++;
        switch (random.nextInt(6)) {
            case 0 -> answered(homeostat("status", "-o", "json"));
            case 1 -> answered(homeostat("history"));
            case 2 -> answered(homeostat("explain", "file//srv/soak/f1"));
            case 3 -> // leaves without having read a word
                raw("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            case 4 -> raw("this is not HTTP\r\n\r\n");
            default ->
                answered(run(
                        "curl",
                        "-sf",
                        "--unix-socket",
                        SOCKET.toString(),
                        "-o",
                        "/dev/null",
                        "http://localhost/q/metrics"));
        }
    }

    private void answered(Answer answer) {
        if (answer.exit() != 0 && answer.exit() != 3) { // 3: not everything is right just now
            problem("a client was answered with exit status " + answer.exit() + ": " + answer.output());
        }
    }

    private static void raw(String text) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(SOCKET));
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    // ---- what is taken

    private static Taken taken() throws IOException {
        Path proc = Path.of("/proc", unit("MainPID", "homeostat"));
        long memory = Files.readAllLines(proc.resolve("status")).stream()
                .filter(l -> l.startsWith("VmRSS:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
        long database = 0;
        for (String part : List.of("", "-wal")) {
            Path file = Path.of("/var/lib/homeostat/journal.db" + part);
            database += Files.exists(file) ? Files.size(file) : 0;
        }
        return new Taken(memory, count(proc.resolve("task"), ""), count(proc.resolve("fd"), ""), database, temporary());
    }

    /** Of the daemon: the tests' own JVM and systemd's services have theirs there too. */
    private static long temporary() throws IOException {
        return count(Path.of("/tmp"), "systemd-private|hsperfdata|surefire|junit|quarkus|maven|soak");
    }

    private static long count(Path folder, String without) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(p -> without.isEmpty()
                            || !p.getFileName()
                                    .toString()
                                    .toLowerCase(Locale.ROOT)
                                    .matches("\\.?(" + without + ").*"))
                    .count();
        }
    }

    // ---- what is declared

    private static String text(String name) {
        return "this is " + name + "\n";
    }

    /** Ends at once when asked: as the first process of a container, sleep alone would ignore the signal. */
    private static final String IDLE = "[sh, -c, \"trap 'exit 0' TERM; while :; do sleep 1000 & wait; done\"]";

    private String yaml() {
        StringBuilder yaml = new StringBuilder("""
                version: 1
                policy: {resync: 1m, backoff: {initial: 500ms, limit: 2s}}
                files:
                  /srv/soak: {type: folder, mode: "0750"}
                """);
        yaml.append("  /srv/soak/edition: {content: \"edition %d\\n\"}\n".formatted(edition));
        for (int i = 0; i < FILES; i++) {
            yaml.append("  /srv/soak/f%d: {content: \"this is f%d\\n\", mode: \"0640\", owner: root, group: root}\n"
                    .formatted(i, i));
        }
        yaml.append("services:\n  prometheus.service: {state: running, startup: enabled}\n");
        for (int i = 0; i < UNITS; i++) {
            yaml.append("  soak%d.service: %s\n".formatted(i, service("multi-user.target")));
        }
        yaml.append("volumes: {soak-data: {}}\ncontainers:\n");
        for (int i = 0; i < CONTAINERS; i++) {
            yaml.append(
                    "  soak-web%d: {image: localhost/busybox:1, command: %s, mounts: [{volume: soak-data, path: /data}]}\n"
                            .formatted(i, IDLE));
        }
        yaml.append("users:\n  app:\n    services: {soak-own.service: %s}\n".formatted(service("default.target")));
        yaml.append("    containers: {soak-own-web: {image: localhost/busybox:1, command: %s}}\n".formatted(IDLE));
        return yaml.toString();
    }

    private static String service(String wantedBy) {
        return "{unit: {Service: {ExecStart: [/usr/bin/sleep infinity]}, Install: {WantedBy: [%s]}}, state: running, startup: enabled}"
                .formatted(wantedBy);
    }
}
