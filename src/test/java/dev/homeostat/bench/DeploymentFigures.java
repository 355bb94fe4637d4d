package dev.homeostat.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.bench.Figure.Reach;
import dev.homeostat.system.LabSystem;
import dev.homeostat.system.LabSystem.Wanted;
import dev.homeostat.system.NixStarts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Deploying a generated system. */
final class DeploymentFigures {
    private static final int ROUNDS = 3;
    private static final int WARM_UP = 4;
    /** In each round, by the daemon and by hand. */
    private static final int RUNS = 8;

    private static final int PASSES = 50;
    private static final int ADOPTIONS = 7;
    private static final Duration BREATH = Duration.ofMillis(100);
    private static final Duration LOOK = Duration.ofMillis(2);
    /** {@code beside}, {@code mine.nix} and the system. */
    private static final int RESOURCES = 3;

    private static final String GENERATION = "generation/system";
    private static final Path STATE = Path.of("/var/lib/homeostat");
    private static final Path REPORT = STATE.resolve("deployment/report.json");
    private static final Path TREE = STATE.resolve("flake");
    private static final Path PROFILE = Path.of("/nix/var/nix/profiles/system");
    private static final Path GO = Path.of("/run/lab-go");
    private static final String SYSTEM = "#nixosConfigurations.\"lab\".config.system.build.toplevel";
    /** Two systems that differ in one value, in turns. */
    private static final List<Wanted> TWO =
            List.of(Wanted.good("bench"), Wanted.good("bench").locale("POSIX"));

    private DeploymentFigures() {}

    /** What is on the machine afterwards is what was before. */
    private interface Taking {
        List<Figure> take(NixStarts nix) throws IOException;
    }

    private static List<Figure> inLab(Taking taking) {
        Scene.another();
        try {
            Guest.run("systemctl", "stop", "homeostat");
            LabSystem.set();
            try (NixStarts nix = new NixStarts()) {
                Guest.declare(TWO.get(0).yaml(""));
                Guest.run("systemctl", "start", "homeostat");
                Guest.settle(RESOURCES);
                return taking.take(nix);
            } finally {
                Guest.run("systemctl", "stop", "homeostat");
                LabSystem.clear();
                Guest.run("rm", "-rf", STATE.resolve("deployment").toString(), TREE.toString());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- a run with nothing to build

    static List<Figure> run() {
        return inLab(nix -> {
            List<Path> trees = new ArrayList<>();
            List<Double> ours = new ArrayList<>();
            List<Double> theirs = new ArrayList<>();
            List<Double> first = new ArrayList<>();
            List<Double> starts = new ArrayList<>();
            for (int i = 1; i <= 2; i++) { // both are built, and what they are made from is kept for runs by hand
                deploy(TWO.get(i % 2));
                Path tree = LabSystem.FOLDER.resolve("tree-" + i % 2);
                Guest.run("cp", "-r", TREE.toString(), tree.toString());
                trees.addFirst(tree);
            }
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 1; i <= WARM_UP + RUNS; i++) {
                    Guest.breathe(BREATH);
                    nix.forget();
                    long start = System.nanoTime();
                    double took = deploy(TWO.get(i % 2));
                    if (i > WARM_UP) {
                        ours.add(took);
                        first.add(Guest.millis(nix.seen().getFirst() - start));
                        starts.add((double) nix.seen().size());
                    }
                }
                Guest.run("systemctl", "stop", "homeostat");
                for (int i = 1; i <= RUNS; i++) {
                    Guest.breathe(BREATH);
                    theirs.add(byHand(trees.get(i % 2)));
                }
                Guest.run("systemctl", "start", "homeostat");
                Guest.settle(RESOURCES);
            }
            double hand = Figure.median(theirs);
            return List.of(
                    new Figure(
                            "deploy-run",
                            "edit -> deployed and reported, nothing to build, by the p50 of deploy-hand",
                            "times",
                            ours.stream().map(ms -> ms / hand).toList(),
                            Reach.p50(1.2)),
                    new Figure(
                            "deploy-own",
                            "the same beyond the p50 of deploy-hand: it does not grow with the system",
                            "ms",
                            ours.stream().map(ms -> ms - hand).toList(),
                            Reach.none()),
                    new Figure(
                            "deploy-hand",
                            "parse, evaluate, build, dry run, set the profile, switch, compare: by hand",
                            "ms",
                            theirs,
                            Reach.none()),
                    new Figure(
                            "deploy-starts", "starts of Nix in such a run (by hand: 5)", "times", starts, Reach.none()),
                    new Figure(
                            "deploy-first",
                            "machine.yaml edited -> first process of Nix",
                            "ms",
                            first,
                            Reach.p50(200)));
        });
    }

    /** @return milliseconds until its report is written, which is the last thing that a run does */
    private static double deploy(Wanted wanted) {
        Object before = identity(REPORT);
        long start = System.nanoTime();
        Guest.declare(wanted.yaml(""));
        Guest.spin("it is deployed", () -> !identity(REPORT).equals(before));
        double took = Guest.millis(System.nanoTime() - start);
        Guest.settle(RESOURCES);
        return took;
    }

    private static Object identity(Path file) {
        try {
            return Files.getAttribute(file, "unix:ino") + " " + Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return ""; // it is not there yet
        }
    }

    /** The programs that no deployment can do without, one after the other. @return milliseconds of all of them */
    private static double byHand(Path tree) throws IOException {
        String before = PROFILE.toRealPath().toString();
        String flake = "path:" + tree + SYSTEM;
        double[] took = {0};
        nix(
                took,
                "nix-instantiate",
                "--parse",
                LabSystem.FOLDER.resolve("mine.nix").toString());
        nix(took, "nix", "eval", "--json", "--no-update-lock-file", flake + ".drvPath");
        nix(
                took,
                "nix",
                "build",
                "--json",
                "--no-update-lock-file",
                "--out-link",
                LabSystem.FOLDER.resolve("built").toString(),
                flake);
        String after = LabSystem.FOLDER.resolve("built").toRealPath().toString();
        if (after.equals(before)) {
            throw new IllegalStateException("there was nothing to deploy");
        }
        nix(took, after + "/bin/switch-to-configuration", "dry-activate");
        nix(took, "nix-env", "--profile", PROFILE.toString(), "--set", after);
        nix(took, after + "/bin/switch-to-configuration", "switch");
        nix(took, "nix", "path-info", "--json", "--recursive", before, after);
        return took[0];
    }

    /** In the environment that the daemon gives it. */
    private static void nix(double[] took, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Map<String, String> environment = new TreeMap<>(Map.of(
                "NIX_CONFIG",
                "extra-experimental-features = nix-command flakes\n",
                "NIX_REMOTE",
                "daemon",
                "HOME",
                "/root"));
        builder.environment().putAll(environment);
        long start = System.nanoTime();
        Process process = builder.start();
        process.getOutputStream().close();
        byte[] output = process.getInputStream().readAllBytes();
        try {
            int exit = process.waitFor();
            took[0] += Guest.millis(System.nanoTime() - start);
            if (exit != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + new String(output, UTF_8));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // ---- a pass without a change

    static List<Figure> pass() {
        return inLab(nix -> {
            List<Double> starts = new ArrayList<>();
            for (int i = 0; i < PASSES; i++) {
                nix.forget();
                JsonNode status = Guest.post("/v1/apply");
                if (!status.path("right").asBoolean()) {
                    throw new IllegalStateException("there was something to do: " + status.path("summary"));
                }
                Guest.breathe(BREATH);
                starts.add((double) nix.seen().size());
            }
            return List.of(new Figure(
                    "deploy-pass", "starts of Nix in a full pass without a change", "times", starts, Reach.of(0, 0)));
        });
    }

    // ---- killed in the middle

    static List<Figure> adopted() {
        return inLab(nix -> {
            List<Double> samples = new ArrayList<>();
            for (int i = 0; i < ADOPTIONS; i++) {
                Guest.run("systemctl", "restart", "homeostat"); // else systemd pauses longer each time
                Guest.settle(RESOURCES);
                int switches = Files.readAllLines(LabSystem.SWITCHES).size();
                Files.deleteIfExists(GO);
                Guest.declare(Wanted.good("bench-" + i).behaviour("wait").yaml(""));
                Guest.await("the switch is in its middle", LOOK, () -> Files.exists(GO));
                String before = pid();
                Guest.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "homeostat");
                Guest.await("it is started again", LOOK, () -> !pid().equals("0") && !pid().equals(before));
                Guest.await("the switch is adopted", LOOK, DeploymentFigures::isAdopted);
                samples.add(ProcessFigures.sinceStart());
                Files.writeString(GO, "go\n");
                Guest.settle(RESOURCES);
                if (Files.readAllLines(LabSystem.SWITCHES).size() != switches + 1) {
                    throw new IllegalStateException("it was switched more than once");
                }
            }
            return List.of(new Figure(
                    "deploy-adopted",
                    "daemon killed in the middle of a switch: its start -> the running switch is adopted",
                    "ms",
                    samples,
                    Reach.p50(1000)));
        });
    }

    private static String pid() {
        return Guest.run("systemctl", "show", "-P", "MainPID", "homeostat");
    }

    private static boolean isAdopted() {
        for (JsonNode resource : Guest.get("/v1/status").path("resources")) {
            if (resource.path("id").asText().equals(GENERATION)) {
                for (JsonNode difference : resource.path("differences")) {
                    if (difference.path("path").asText().equals("switch")) {
                        return resource.path("condition").asText().equals("Converging");
                    }
                }
            }
        }
        return false;
    }
}
