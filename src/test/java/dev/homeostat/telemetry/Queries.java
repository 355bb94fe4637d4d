package dev.homeostat.telemetry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The PromQL that comes with the project, each with where it stands. */
public final class Queries {
    public static final Path PROMETHEUS = Path.of("deploy/prometheus");
    public static final Path ALERTS = PROMETHEUS.resolve("alerts.yaml");
    public static final Path DASHBOARD = Path.of("deploy/grafana/homeostat.json");

    private Queries() {}

    /** By name of the alert. */
    public static Map<String, JsonNode> alerts() {
        Map<String, JsonNode> alerts = new LinkedHashMap<>();
        for (JsonNode group : yaml(ALERTS).get("groups")) {
            for (JsonNode rule : group.get("rules")) {
                if (alerts.put(rule.get("alert").asText(), rule) != null) {
                    throw new AssertionError(rule.get("alert") + " is there twice");
                }
            }
        }
        return alerts;
    }

    /** By title of the panel and letter of the query, with Grafana's variables filled in. */
    public static Map<String, String> dashboard() {
        Map<String, String> queries = new LinkedHashMap<>();
        for (JsonNode panel : json(DASHBOARD).get("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.put(
                        panel.get("title").asText() + " " + target.get("refId").asText(),
                        target.get("expr")
                                .asText()
                                .replace("$__rate_interval", "1m")
                                .replace("$instance", ".*"));
            }
        }
        return queries;
    }

    public static JsonNode json(Path file) {
        try {
            return Json.MAPPER.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode yaml(Path file) {
        try (var parser = new YAMLFactory().createParser(Files.readString(file))) {
            return Json.MAPPER.readTree(parser);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
