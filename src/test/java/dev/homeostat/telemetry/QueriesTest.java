package dev.homeostat.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Alerts and dashboard name only metrics and labels that there are: those of the reference page, which {@link MetricsTest} holds
 * against the server. The system tests let a real Prometheus evaluate them.
 */
class QueriesTest {
    private static final Pattern METRIC = Pattern.compile("\\b(?:homeostat|process|jvm)_[a-z0-9_]+");
    private static final Pattern MATCHER = Pattern.compile("([a-z]+)\\s*(?:=~|=|!=|!~)\\s*\"([^\"]*)\"");
    private static final Pattern BY = Pattern.compile("by \\(([^)]*)\\)");
    private static final Set<String> OF_SCRAPING = Set.of("instance", "job", "le");
    private static final int COLUMNS = 24;
    private static final Set<String> SEVERITIES = Set.of("critical", "warning", "info");

    private static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>(Queries.dashboard());
        Queries.alerts().forEach((name, rule) -> all.put(name, rule.get("expr").asText()));
        return all;
    }

    @Test
    void every_query_names_metrics_and_labels_that_exist() {
        MetricsPage page = MetricsPage.read();
        assertThat(all()).hasSizeGreaterThan(25);
        all().forEach((where, query) -> {
            Set<String> labels = new TreeSet<>(OF_SCRAPING);
            List<String> names =
                    METRIC.matcher(query).results().map(m -> m.group()).toList();
            assertThat(query.startsWith("up{") || !names.isEmpty()).as(where).isTrue();
            for (String name : names) {
                String family = family(name, page);
                assertThat(page.families()).as("%s: %s", where, query).containsKey(family);
                labels.addAll(page.families().get(family).labels());
            }
            MATCHER.matcher(query).results().forEach(m -> {
                assertThat(labels).as("%s: %s", where, query).contains(m.group(1));
                Set<String> closed = page.closed().getOrDefault(m.group(1), Set.of());
                assertThat(closed.isEmpty() || closed.contains(m.group(2)))
                        .as("%s: %s is a value of %s", where, m.group(2), m.group(1))
                        .isTrue();
            });
            BY.matcher(query)
                    .results()
                    .forEach(m ->
                            assertThat(labels).as(where).contains(m.group(1).split(",\\s*")));
        });
    }

    private static String family(String name, MetricsPage page) {
        for (String suffix : List.of("_bucket", "_count", "_sum")) {
            String family = name.replaceFirst(suffix + "$", "");
            if (!family.equals(name) && page.families().containsKey(family)) {
                assertThat(page.families().get(family).type())
                        .as(name)
                        .isIn("histogram", suffix.equals("_bucket") ? "histogram" : "summary");
                return family;
            }
        }
        return name;
    }

    @Test
    void every_alert_says_what_to_do_and_is_documented() throws IOException {
        String page = Files.readString(Path.of("docs/reference/metrics.md"), UTF_8);
        String tests = Files.readString(Queries.PROMETHEUS.resolve("alerts.test.yaml"), UTF_8);
        assertThat(Queries.alerts()).hasSizeGreaterThan(8);
        Queries.alerts().forEach((name, rule) -> {
            JsonNode texts = rule.get("annotations");
            assertThat(texts.path("summary").asText()).as(name).contains("{{ $labels.instance }}");
            assertThat(texts.path("description").asText())
                    .as("%s says what to look at or to do", name)
                    .containsPattern("homeostat [a-z]+|journalctl|df /");
            assertThat(rule.path("labels").path("severity").asText()).as(name).isIn(SEVERITIES);
            assertThat(page).contains("| `" + name + "` |");
            assertThat(tests).as("a unit test of its own").contains(name);
        });
        List<String> documented = Pattern.compile("^\\| `(Homeostat[A-Za-z]+)` \\|", Pattern.MULTILINE)
                .matcher(page)
                .results()
                .map(m -> m.group(1))
                .toList();
        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(Queries.alerts().keySet());
    }

    @Test
    void the_dashboard_can_be_imported() {
        JsonNode dashboard = Queries.json(Queries.DASHBOARD);
        assertThat(dashboard.get("uid").asText()).isEqualTo("homeostat");
        assertThat(dashboard.get("id").isNull()).as("Grafana gives the id").isTrue();
        assertThat(dashboard.get("title").asText()).isNotBlank();
        assertThat(dashboard.get("schemaVersion").asInt()).isGreaterThanOrEqualTo(36);
        Set<String> variables = new HashSet<>();
        dashboard
                .get("templating")
                .get("list")
                .forEach(v -> variables.add(v.get("name").asText()));
        assertThat(variables).containsExactlyInAnyOrder("datasource", "instance");
        Set<Integer> ids = new HashSet<>();
        List<String> cells = new ArrayList<>();
        for (JsonNode panel : dashboard.get("panels")) {
            String title = panel.get("title").asText();
            assertThat(ids.add(panel.get("id").asInt())).as(title).isTrue();
            JsonNode at = panel.get("gridPos");
            assertThat(at.get("x").asInt() + at.get("w").asInt()).as(title).isLessThanOrEqualTo(COLUMNS);
            for (int x = 0; x < at.get("w").asInt(); x++) {
                for (int y = 0; y < at.get("h").asInt(); y++) {
                    cells.add((at.get("x").asInt() + x) + "," + (at.get("y").asInt() + y));
                }
            }
            if (!panel.get("type").asText().equals("row")) {
                assertThat(panel.get("description").asText()).as(title).endsWith(".");
                assertThat(panel.get("datasource").get("uid").asText()).isEqualTo("${datasource}");
                assertThat(panel.get("fieldConfig").get("defaults").get("unit").asText())
                        .as(title)
                        .isNotBlank();
                assertThat(panel.get("targets")).as(title).isNotEmpty().allSatisfy(target -> {
                    assertThat(target.get("expr").asText()).contains("instance=~\"$instance\"");
                    assertThat(target.get("legendFormat").asText()).isNotBlank();
                });
            }
        }
        assertThat(cells).as("no panel covers another").doesNotHaveDuplicates();
    }

    @Test
    void the_stacks_dashboard_shows_what_the_knowledge_base_tells() throws IOException {
        String told = Files.readString(Path.of("src/main/java/dev/homeostat/knowledge/Gauges.java"), UTF_8);
        JsonNode panels = Queries.json(Path.of("deploy/grafana/ai-stack.json")).get("panels");
        Pattern name = Pattern.compile("homeostat_knowledge_\\(?([a-z_|]+)\\)?");
        Set<String> names = new TreeSet<>();
        panels.forEach(panel -> panel.path("targets")
                .forEach(target -> name.matcher(target.get("expr").asText())
                        .results()
                        .forEach(found -> names.addAll(List.of(found.group(1).split("\\|"))))));
        assertThat(names).contains("documents", "vectors", "index_behind", "search_seconds_sum");
        assertThat(names).allSatisfy(n -> assertThat(told).contains(n));
    }
}
