package dev.homeostat.bench;

import dev.homeostat.bench.Figure.Reach;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Containers that somebody kills. */
final class ContainerFigures {
    private static final int TIMES = 20;
    private static final Duration BREATH = Duration.ofMillis(500);
    private static final String REFERENCE = "bench-reference";

    private ContainerFigures() {}

    static List<Figure> killed() {
        Scene.everything();
        Guest.run("podman", "run", "--detach", "--name", REFERENCE, "localhost/busybox:1", "sleep", "infinity");
        List<Double> starts = new ArrayList<>();
        List<Double> returns = new ArrayList<>();
        for (int i = 0; i < TIMES; i++) {
            starts.add(start());
            returns.add(kill(Declarations.container(i % Declarations.CONTAINERS)));
        }
        Guest.run("podman", "rm", "--force", "--time", "0", REFERENCE);
        Guest.settle(Declarations.ALL);
        double start = Figure.median(starts);
        return List.of(
                new Figure(
                        "container-killed",
                        "container killed -> running again, beyond the p50 of podman-start",
                        "ms",
                        returns.stream().map(ms -> ms - start).toList(),
                        Reach.p50(150)),
                new Figure(
                        "podman-start",
                        "podman start of a container that was killed, by itself",
                        "ms",
                        starts,
                        Reach.none()));
    }

    private static double start() {
        Guest.run("podman", "kill", REFERENCE);
        Guest.run("podman", "wait", REFERENCE);
        Guest.breathe(BREATH);
        long start = System.nanoTime();
        Guest.run("podman", "start", REFERENCE);
        return Guest.millis(System.nanoTime() - start);
    }

    private static double kill(String name) {
        String unit = name + ".service";
        List<Long> before = payload(unit);
        long start = System.nanoTime();
        before.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        Guest.spin(name + " runs again", () -> {
            List<Long> now = payload(unit);
            return !now.isEmpty() && now.stream().noneMatch(before::contains);
        });
        double took = Guest.millis(System.nanoTime() - start);
        Guest.breathe(BREATH);
        return took;
    }

    /** Processes in the container, by the control group that Podman makes for them below the unit's. */
    private static List<Long> payload(String unit) {
        Path cgroup = Path.of("/sys/fs/cgroup/system.slice").resolve(unit);
        List<Long> all = new ArrayList<>();
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(cgroup, "libpod-payload-*")) {
            for (Path group : groups) {
                try (var walk = Files.walk(group)) {
                    for (Path procs :
                            walk.filter(p -> p.endsWith("cgroup.procs")).toList()) {
                        Files.readAllLines(procs).forEach(line -> all.add(Long.parseLong(line)));
                    }
                }
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of(); // it comes or goes just now
        }
        all.removeIf(pid -> !isInside(pid));
        return all;
    }

    /** Not the runtime that makes the container. */
    private static boolean isInside(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip().equals("sleep");
        } catch (IOException e) {
            return false;
        }
    }
}
