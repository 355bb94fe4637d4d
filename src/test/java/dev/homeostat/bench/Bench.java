package dev.homeostat.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Measures the installed daemon on the machine it runs on; {@code deploy/bench} is its door. Everything is measured from
 * outside: the machine is looked at, not the daemon asked.
 */
public final class Bench {
    private static final String USAGE =
            "usage: bench --disk DIR [--json FILE] [--only ID[,ID...]]; ids: " + String.join(" ", ids());

    /** Figures that are taken together because they need the same machine. */
    private interface Measure {
        List<Figure> take();
    }

    private record Group(Set<String> ids, Measure measure) {}

    private Bench() {}

    public static void main(String... args) throws IOException {
        Path json = null;
        Path disk = Path.of("/var/tmp");
        Set<String> only = Set.of();
        for (int i = 0; i < args.length; i += 2) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            switch (value.isEmpty() ? "" : args[i]) {
                case "--json" -> json = Path.of(value);
                case "--disk" -> disk = Path.of(value);
                case "--only" -> only = Set.of(value.split(","));
                default -> usage();
            }
        }
        if (!ids().containsAll(only)) {
            usage();
        }
        List<Figure> figures = new ArrayList<>();
        for (Group group : groups(disk)) {
            Set<String> meant = new HashSet<>(group.ids());
            if (!only.isEmpty()) {
                meant.retainAll(only);
            }
            if (!meant.isEmpty()) {
                for (Figure figure : group.measure().take()) {
                    if (meant.contains(figure.id())) {
                        figures.add(figure);
                        System.err.println(
                                "bench: " + figure.id() + " " + Figure.number(figure.p50()) + " " + figure.unit());
                    }
                }
            }
        }
        print(figures, System.out);
        if (json != null) {
            Files.writeString(json, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json(figures)));
        }
    }

    private static void usage() {
        System.err.println(USAGE);
        System.exit(2);
    }

    private static List<Group> groups(Path disk) {
        return List.of(
                new Group(Set.of("start", "start-answer"), ProcessFigures::start),
                new Group(Set.of("file-drift"), FileFigures::drift),
                new Group(Set.of("mass-deletion"), FileFigures::massDeletion),
                new Group(Set.of("unit-stopped"), UnitFigures::stopped),
                new Group(Set.of("unit-killed"), UnitFigures::killed),
                new Group(Set.of("pass", "pass-cpu"), PassFigures::pass),
                new Group(Set.of("hardware-facts"), HardwareFigures::facts),
                new Group(Set.of("plan-ready"), PassFigures::planReady),
                new Group(Set.of("doctor-machine"), CheckFigures::doctor),
                new Group(Set.of("port-owners"), CheckFigures::owners),
                new Group(Set.of("status-process", "bare-jvm"), ProcessFigures::status),
                new Group(Set.of("container-killed", "podman-start"), ContainerFigures::killed),
                new Group(Set.of("memory-idle", "memory-anonymous", "memory-podman", "cpu-idle"), ProcessFigures::idle),
                new Group(Set.of("file-drift-disk", "disk-syncs"), () -> FileFigures.driftOnDisk(disk)),
                new Group(Set.of("scale-pass", "scale-memory"), PassFigures::scale),
                new Group(Set.of("knowledge-index", "knowledge-search", "knowledge-idle"), KnowledgeFigures::base),
                new Group(Set.of("documents-follow", "documents-idle"), KnowledgeFigures::follow),
                new Group(
                        Set.of("deploy-run", "deploy-own", "deploy-hand", "deploy-starts", "deploy-first"),
                        DeploymentFigures::run),
                new Group(Set.of("deploy-pass"), DeploymentFigures::pass),
                new Group(Set.of("deploy-adopted"), DeploymentFigures::adopted));
    }

    private static Set<String> ids() {
        Set<String> ids = new java.util.LinkedHashSet<>();
        groups(Path.of("/")).forEach(g -> ids.addAll(g.ids().stream().sorted().toList()));
        return ids;
    }

    private static void print(List<Figure> figures, PrintStream out) {
        out.printf(
                "| %-16s | %-64s | %-6s | %5s | %8s | %8s | %-22s | %-6s |%n",
                "id", "what", "unit", "n", "p50", "p99", "reach", "met");
        out.println("|---|---|---|---:|---:|---:|---|---|");
        for (Figure f : figures) {
            out.printf(
                    Locale.ROOT,
                    "| %-16s | %-64s | %-6s | %5d | %8s | %8s | %-22s | %-6s |%n",
                    f.id(),
                    f.what(),
                    f.unit(),
                    f.samples().size(),
                    Figure.number(f.p50()),
                    Figure.number(f.p99()),
                    f.reach(),
                    f.reach().toString().isEmpty() ? "" : f.met() ? "yes" : "no");
        }
    }

    private static ArrayNode json(List<Figure> figures) {
        ArrayNode all = Json.MAPPER.createArrayNode();
        for (Figure f : figures) {
            ObjectNode node = all.addObject();
            node.put("id", f.id());
            node.put("what", f.what());
            node.put("unit", f.unit());
            node.put("n", f.samples().size());
            node.put("p50", f.p50());
            node.put("p99", f.p99());
            node.put("reach", f.reach().toString());
            node.put("met", f.met());
        }
        return all;
    }
}
