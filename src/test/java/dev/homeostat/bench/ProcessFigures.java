package dev.homeostat.bench;

import dev.homeostat.bench.Figure.Reach;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the programs themselves cost. */
final class ProcessFigures {
    private static final int STARTS = 7;
    private static final int CALLS = 30;
    private static final double MEGABYTE = 1e6;
    private static final String RESIDENT = "Rss";
    /** Long enough that one tick of a clock somewhere is not a per cent. */
    private static final Duration IDLE = Duration.ofSeconds(60);
    /** After work: memory is given back (native every 30 s, heap every minute), podman's service ends when nobody asks it. */
    private static final Duration COOL_DOWN = Duration.ofSeconds(75);

    private ProcessFigures() {}

    static List<Figure> start() {
        Scene.everything();
        List<Double> ready = new ArrayList<>();
        List<Double> answer = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            Guest.run("systemctl", "stop", "homeostat");
            Guest.run("systemctl", "start", "homeostat");
            long begun = micros("ExecMainStartTimestampMonotonic");
            ready.add((micros("ActiveEnterTimestampMonotonic") - begun) / 1e3);
            Guest.settle(Declarations.ALL);
            answer.add(since(begun));
        }
        return List.of(
                new Figure(
                        "start",
                        "daemon start to ready (systemd's own time stamps), 530 resources",
                        "ms",
                        ready,
                        Reach.p50(1000)),
                new Figure(
                        "start-answer",
                        "daemon start to \"all in sync\" as told by status",
                        "ms",
                        answer,
                        Reach.none()));
    }

    private static double since(long begunMicros) {
        // CLOCK_MONOTONIC is what System.nanoTime reads on Linux, and what systemd stamps with
        return (System.nanoTime() / 1e3 - begunMicros) / 1e3;
    }

    /** Milliseconds since the daemon that runs now was started. */
    static double sinceStart() {
        return since(micros("ExecMainStartTimestampMonotonic"));
    }

    private static long micros(String property) {
        return Long.parseLong(Guest.run("systemctl", "show", "-P", property, "homeostat"));
    }

    static List<Figure> status() {
        Scene.everything();
        List<Double> client = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        String classes = System.getProperty("bench.classes");
        for (int i = 0; i < CALLS; i++) { // in turns
            client.add(process("homeostat", "status"));
            bare.add(process(
                    "/usr/lib/homeostat/java",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xshare:auto",
                    "-cp",
                    classes,
                    BareCall.class.getName(),
                    Guest.SOCKET.toString()));
        }
        double jvm = Figure.median(bare);
        return List.of(
                new Figure(
                        "status-process",
                        "homeostat status as a process, by the p50 of bare-jvm",
                        "times",
                        client.stream().map(ms -> ms / jvm).toList(),
                        Reach.p50(1.5)),
                new Figure("bare-jvm", "a bare JVM that makes one socket call", "ms", bare, Reach.none()));
    }

    private static double process(String... command) {
        long start = System.nanoTime();
        Guest.run(command);
        return Guest.millis(System.nanoTime() - start);
    }

    static List<Figure> idle() {
        Scene.everything();
        Guest.breathe(COOL_DOWN);
        double megabytes = daemonMegabytes();
        double anonymous = megabytes("homeostat.service", "Anonymous");
        double podman = megabytes("podman.service", RESIDENT);
        long with = othersDuring(IDLE);
        Guest.run("systemctl", "stop", "homeostat");
        Guest.breathe(COOL_DOWN);
        long without = othersDuring(IDLE);
        Guest.run("systemctl", "start", "homeostat");
        Guest.settle(Declarations.ALL);
        double share = Math.max(0, with - without) * 100.0 / (IDLE.toNanos() / 1e3);
        return List.of(
                new Figure(
                        "memory-idle",
                        "resident memory idle with 530 resources: the daemon and its children",
                        "MB",
                        Figure.numbers(megabytes),
                        Reach.p50(110)),
                new Figure(
                        "memory-anonymous",
                        "of it what is not a mapped file's and so cannot be given back at once",
                        "MB",
                        Figure.numbers(anonymous),
                        Reach.none()),
                new Figure(
                        "memory-podman",
                        "podman's service, which stays while its events are listened to",
                        "MB",
                        Figure.numbers(podman),
                        Reach.none()),
                new Figure(
                        "cpu-idle",
                        "idle: the whole machine with the daemon less the same without, of a core",
                        "%",
                        Figure.numbers(share),
                        Reach.p50(0.1)));
    }

    private static long othersDuring(Duration time) {
        long before = Guest.othersMicros();
        Guest.breathe(time);
        return Guest.othersMicros() - before;
    }

    static double daemonMegabytes() {
        return megabytes("homeostat.service", RESIDENT);
    }

    /** All that is resident, the files it has mapped included. */
    private static double megabytes(String unit, String field) {
        return Guest.processes(unit).stream()
                        .mapToLong(pid -> Guest.memoryBytes(pid, field))
                        .sum()
                / MEGABYTE;
    }
}
