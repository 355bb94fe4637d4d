package dev.homeostat.bench;

import dev.homeostat.bench.Figure.Reach;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Units that somebody stops, and processes that somebody kills. */
final class UnitFigures {
    private static final int TIMES = 100;
    private static final int WARM_UP = 20;
    /** systemd refuses more than five starts of one unit in ten seconds; twenty units take their turns. */
    private static final Duration BREATH = Duration.ofMillis(60);

    private UnitFigures() {}

    private interface Accident {
        void befalls(String unit, long pid);
    }

    static List<Figure> stopped() {
        return measure(
                "unit-stopped",
                "unit stopped by someone (its process is gone) -> running again",
                (unit, pid) -> Thread.ofVirtual().start(() -> Guest.run("systemctl", "stop", "--no-block", unit)));
    }

    static List<Figure> killed() {
        return measure(
                "unit-killed",
                "process of a unit killed -> running again",
                (unit, pid) -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());
    }

    private static List<Figure> measure(String id, String what, Accident accident) {
        Scene.everything();
        times(WARM_UP, accident);
        return List.of(new Figure(id, what, "ms", times(TIMES, accident), Reach.of(10, 30)));
    }

    private static List<Double> times(int times, Accident accident) {
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            String unit = Declarations.unit(i % Declarations.UNITS);
            long before = Guest.processes(unit).getFirst();
            Path process = Path.of("/proc/" + before);
            accident.befalls(unit, before);
            Guest.spin(unit + " has lost its process", () -> !Files.exists(process));
            long start = System.nanoTime();
            Guest.spin(unit + " runs again", () -> {
                List<Long> now = Guest.processes(unit);
                return !now.isEmpty() && !now.contains(before);
            });
            samples.add(Guest.millis(System.nanoTime() - start));
            Guest.breathe(BREATH);
        }
        return samples;
    }
}
