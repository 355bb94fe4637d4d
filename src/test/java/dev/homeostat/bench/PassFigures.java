package dev.homeostat.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.bench.Figure.Reach;
import dev.homeostat.resource.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Looking at everything. */
final class PassFigures {
    private static final int PASSES = 50;
    private static final int WARM_UP = 20;
    private static final int EDITS = 30;
    private static final int FEW = 1_000;
    private static final int MANY = 10_000;
    private static final int TIMES_MORE = MANY / FEW;
    private static final Duration BREATH = Duration.ofMillis(20);

    private PassFigures() {}

    static List<Figure> pass() {
        Scene.everything();
        passes(WARM_UP);
        List<Double> wall = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        for (int i = 0; i < PASSES; i++) {
            long before = Guest.othersMicros();
            wall.add(onePass());
            processor.add((Guest.othersMicros() - before) / 1e3);
            Guest.breathe(BREATH);
        }
        return List.of(
                new Figure(
                        "pass",
                        "full pass with nothing to do over 500 files, 20 units, 10 containers",
                        "ms",
                        wall,
                        Reach.p50(50)),
                new Figure(
                        "pass-cpu",
                        "processor time of the whole machine for it (daemon, systemd, podman)",
                        "ms",
                        processor,
                        Reach.p50(50)));
    }

    private static void passes(int times) {
        for (int i = 0; i < times; i++) {
            onePass();
        }
    }

    /** @return milliseconds */
    private static double onePass() {
        JsonNode status = Guest.post("/v1/apply");
        if (!status.path("right").asBoolean()) {
            throw new IllegalStateException("there was something to do: " + status.path("summary"));
        }
        return millis(status.path("lastPassTook"));
    }

    /** The API writes durations to the millisecond. */
    private static double millis(JsonNode duration) {
        return Durations.parse(duration.asText()).toMillis();
    }

    static List<Figure> planReady() {
        int files = Declarations.FILES;
        Guest.declare(Declarations.yaml("ask", Scene.FOLDER, files, 0, 0, "right"));
        Guest.run("systemctl", "start", "homeostat");
        Scene.another();
        Guest.post("/v1/apply");
        Guest.settle(files);
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < EDITS; i++) {
            String yaml = Declarations.yaml("ask", Scene.FOLDER, files, 0, 0, "other" + i);
            long start = System.nanoTime();
            Guest.declare(yaml);
            Guest.spin("the edit is noticed", PassFigures::waiting);
            JsonNode plan = Guest.get("/v1/plan");
            samples.add(Guest.millis(System.nanoTime() - start));
            if (plan.path("items").size() != 1) {
                throw new IllegalStateException("expected a plan for one file: " + plan);
            }
            Guest.declare(Declarations.yaml("ask", Scene.FOLDER, files, 0, 0, "right"));
            Guest.await("the edit is taken back", BREATH, () -> !waiting());
        }
        return List.of(new Figure(
                "plan-ready", "machine.yaml with 500 resources edited -> plan ready", "ms", samples, Reach.p50(100)));
    }

    private static boolean waiting() {
        return Guest.get("/v1/status")
                .path("declaration")
                .path("state")
                .asText()
                .equals("waiting");
    }

    static List<Figure> scale() {
        double[] few = size(FEW);
        double[] many = size(MANY);
        Scene.files(1);
        return List.of(
                new Figure(
                        "scale-pass",
                        "full pass over 10 000 files, by the time over 1 000 (ms " + Figure.number(many[0]) + " / "
                                + Figure.number(few[0]) + ")",
                        "times",
                        Figure.numbers(many[0] / few[0]),
                        Reach.p50(TIMES_MORE)),
                new Figure(
                        "scale-memory",
                        "memory of 10 000 files, by that of 1 000 (MB " + Figure.number(many[1]) + " / "
                                + Figure.number(few[1]) + ")",
                        "times",
                        Figure.numbers(many[1] / few[1]),
                        Reach.p50(TIMES_MORE)));
    }

    /** @return median pass in milliseconds, memory in MB */
    private static double[] size(int files) {
        Scene.files(files);
        passes(WARM_UP);
        List<Double> wall = new ArrayList<>();
        for (int i = 0; i < WARM_UP; i++) {
            wall.add(onePass());
        }
        return new double[] {Figure.median(wall), ProcessFigures.daemonMegabytes()};
    }
}
