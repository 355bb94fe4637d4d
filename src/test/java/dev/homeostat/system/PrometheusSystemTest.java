package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.system.Machine.Answer;
import dev.homeostat.telemetry.Exposition;
import dev.homeostat.telemetry.MetricsPage;
import dev.homeostat.telemetry.Queries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus, with the configuration and the alerts that come with the project, watches the installed daemon. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PrometheusSystemTest {
    private static final String UNIT = "test-prometheus.service";
    private static final String ADDRESS = "127.0.0.1:9465";
    private static final Path FILE = Path.of("/etc/prometheus-test/a");
    private static final String TWO_FILES = yaml("/etc/prometheus-test/a", "/etc/prometheus-test/b");

    @TempDir
    static Path folder;

    private static String yaml(String... files) {
        StringBuilder yaml = new StringBuilder("version: 1\npolicy: {metrics: {port: 9464}, resync: 1d}\nfiles:\n");
        for (String file : files) {
            yaml.append("  ").append(file).append(": {content: x}\n");
        }
        return yaml.toString();
    }

    @BeforeAll
    static void both() throws Exception {
        Machine.startAnew(TWO_FILES);
        awaitRight();
        // the same, only faster: a test cannot wait for minutes, and promtool's unit tests hold the durations
        Path config = folder.resolve("prometheus.yml");
        Files.writeString(
                config,
                Files.readString(Queries.PROMETHEUS.resolve("prometheus.yml"))
                        .replaceAll("_interval: 15s", "_interval: 1s"));
        Files.writeString(
                folder.resolve("alerts.yaml"),
                Files.readString(Queries.ALERTS).replaceAll("(?m)^( +for: ).*$", "$11s"));
        does(
                "systemd-run",
                "--quiet",
                "--collect",
                "--unit=" + UNIT,
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=" + ADDRESS);
        await("it has scraped", () -> value("up{job=\"homeostat\"}").equals("1"));
    }

    @AfterAll
    static void neither() throws Exception {
        run("systemctl", "stop", UNIT);
        declare("version: 1\n");
        Machine.stop();
    }

    /** Of a query with one series; empty if there is none. */
    private static String value(String query) {
        JsonNode result = ask(query);
        return result.size() == 1 ? result.get(0).get("value").get(1).asText() : "";
    }

    private static JsonNode ask(String query) {
        Answer answer = run(
                "curl",
                "-s",
                "--fail",
                "--get",
                "--data-urlencode",
                "query=" + query,
                "http://" + ADDRESS + "/api/v1/query");
        if (answer.output().isBlank()) {
            return Json.MAPPER.createArrayNode(); // it does not listen yet, or is not ready
        }
        JsonNode json = Json.read(answer.output(), JsonNode.class);
        assertThat(json.get("status").asText()).as("%s: %s", query, json).isEqualTo("success");
        return json.get("data").get("result");
    }

    private static Set<String> firing() {
        Set<String> names = new TreeSet<>();
        ask("ALERTS{alertstate=\"firing\"}")
                .forEach(alert -> names.add(alert.get("metric").get("alertname").asText()));
        return names;
    }

    private static void drift() throws IOException {
        Files.writeString(FILE, "drift");
        await("it is mended", () -> content(FILE).equals("x"));
    }

    private static String exposed() {
        return run("curl", "-s", "http://127.0.0.1:9464/metrics").output();
    }

    @Test
    void what_the_installed_daemon_exposes_is_what_the_page_says() throws Exception {
        drift();
        await(
                "a correction and a collection of garbage are told",
                () -> exposed().contains("origin=\"drift\"") && exposed().contains("jvm_gc_pause_seconds"));
        String text = exposed();
        MetricsPage.read().describes(Exposition.parse(text));
        Path file = Files.writeString(folder.resolve("metrics.txt"), text);
        Answer check = run("bash", "-c", "promtool check metrics < " + file);
        assertThat(check.output()).isEmpty();
        assertThat(check.exit()).isZero();
    }

    @Test
    void rules_and_configuration_pass_promtool() {
        String prometheus = Queries.PROMETHEUS.toString();
        assertThat(does("promtool", "check", "config", prometheus + "/prometheus.yml"))
                .contains("SUCCESS")
                .doesNotContain("FAILED");
        assertThat(does("promtool", "check", "rules", "--lint=all", "--lint-fatal", prometheus + "/alerts.yaml"))
                .contains(Queries.alerts().size() + " rules found");
        assertThat(does("promtool", "test", "rules", prometheus + "/alerts.test.yaml"))
                .contains("SUCCESS")
                .doesNotContain("FAILED");
    }

    @Test
    void queries_are_answered_with_what_is_true() throws Exception {
        String inSync = "homeostat_resources{kind=\"file\", condition=\"InSync\"}";
        await("two files", () -> value(inSync).equals("2"));
        declare(yaml("/etc/prometheus-test/a", "/etc/prometheus-test/b", "/etc/prometheus-test/c"));
        await("three files", () -> value(inSync).equals("3"));
        assertThat(value("sum(homeostat_resources)")).isEqualTo("3");
        String revision = does("bash", "-c", "homeostat status -o json | jq -r .revision.id")
                .substring(0, 12);
        await(
                "the revision",
                () -> value("homeostat_revision_info{revision=\"" + revision + "\"}")
                        .equals("1"));
        await("only that one", () -> value("count(homeostat_revision_info)").equals("1"));
        String corrections = "homeostat_converge_seconds_count{kind=\"file\", origin=\"drift\"}";
        String soFar = value(corrections);
        drift();
        int wanted = (soFar.isEmpty() ? 0 : Integer.parseInt(soFar)) + 1;
        await("the drift is counted", () -> value(corrections).equals(Integer.toString(wanted)));
        assertThat(Double.parseDouble(value("time() - homeostat_last_success_timestamp_seconds")))
                .isBetween(0.0, 60.0);
        assertThat(Double.parseDouble(value("time() - process_start_time_seconds{job=\"homeostat\"}")))
                .isBetween(0.0, 600.0);
        declare(TWO_FILES);
        await("two files again", () -> value(inSync).equals("2"));
    }

    @Test
    void every_panel_of_the_dashboard_shows_something() throws Exception {
        drift();
        await(
                "rates can be told",
                () -> ask("rate(homeostat_action_seconds_count[1m])").size() > 0);
        Map<String, Integer> shown = new TreeMap<>();
        await("all", () -> {
            shown.clear();
            Queries.dashboard()
                    .forEach((panel, query) -> shown.put(panel, ask(query).size()));
            return !shown.containsValue(0);
        });
        assertThat(shown).hasSizeGreaterThan(15);
    }

    @Test
    void an_alert_fires_when_it_should_and_no_other() throws Exception {
        awaitRight();
        await("it is quiet", () -> firing().isEmpty());
        declare("version: 1\nfils: {}\n");
        await("the mistake is told", () -> firing().contains("HomeostatDeclarationInvalid"));
        assertThat(firing()).containsExactly("HomeostatDeclarationInvalid");
        declare(TWO_FILES);
        await("it is over", () -> firing().isEmpty());
        Machine.stop();
        await("nobody answers", () -> firing().contains("HomeostatDown"));
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        await("somebody answers", () -> firing().isEmpty());
    }
}
