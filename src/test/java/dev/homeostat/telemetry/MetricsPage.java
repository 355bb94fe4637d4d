package dev.homeostat.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * docs/reference/metrics.md, held against what a daemon exposes.
 *
 * @param families as documented
 * @param closed labels whose values are listed, and these values
 */
public record MetricsPage(Map<String, Row> families, Map<String, Set<String>> closed) {
    private static final Path PAGE = Path.of("docs/reference/metrics.md");
    private static final Pattern FAMILY = Pattern.compile("^\\| `([a-z_0-9]+)` \\| (\\w+) \\| (.*?) \\| (.+) \\|$");
    private static final Pattern CLOSED = Pattern.compile("^\\| ((?:`[a-z]+`(?:, )?)+) \\| ([^|]+) \\|$");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    /** Prometheus' base units and what else a name may end with (prometheus.io/docs/practices/naming). */
    private static final List<String> SCALED_UNITS =
            List.of("_milliseconds", "_ms", "_minutes", "_hours", "_ns", "_kb", "_kilobytes", "_mb", "_percent");

    /** One line of a table of metrics. */
    public record Row(String type, String help, Set<String> labels) {}

    public static MetricsPage read() {
        Map<String, Row> families = new TreeMap<>();
        Map<String, Set<String>> closed = new TreeMap<>();
        try {
            for (String line : Files.readAllLines(PAGE)) {
                var family = FAMILY.matcher(line);
                var values = CLOSED.matcher(line);
                if (family.matches()) {
                    families.put(family.group(1), new Row(family.group(2), family.group(4), codes(family.group(3))));
                } else if (values.matches()) {
                    codes(values.group(1)).forEach(label -> closed.put(label, codes(values.group(2))));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new MetricsPage(families, closed);
    }

    private static Set<String> codes(String cell) {
        return CODE.matcher(cell).results().map(m -> m.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Both ways: nothing that is not documented, nothing documented that is not there, and all of it as documented. */
    public void describes(Exposition exposed) {
        Map<String, Row> seen = new TreeMap<>();
        exposed.families()
                .forEach((name, f) -> seen.put(
                        name,
                        new Row(f.type(), f.help(), new TreeSet<>(f.labels().keySet()))));
        assertThat(seen).isEqualTo(families);
        exposed.families().forEach((name, family) -> {
            family.labels().forEach((label, values) -> {
                if (closed.containsKey(label) && !closed.get(label).isEmpty()) {
                    assertThat(closed.get(label))
                            .as("values of %s that are documented, and those of %s", label, name)
                            .containsAll(values);
                }
            });
            assertThat(closed.keySet())
                    .as("labels that are documented, and those of %s", name)
                    .containsAll(family.labels().keySet());
            wellNamed(name, family);
        });
    }

    private static void wellNamed(String name, Exposition.Family family) {
        assertThat(family.help()).as("help of " + name).isNotBlank();
        assertThat(name.endsWith("_total"))
                .as("%s, a %s, ends with _total as counters do and others do not", name, family.type())
                .isEqualTo(family.type().equals("counter"));
        assertThat(Arrays.asList(name, name.replaceFirst("_total$", ""), name.replaceFirst("_max$", "")))
                .as("units are the base units")
                .noneMatch(part -> SCALED_UNITS.stream().anyMatch(part::endsWith));
        if (family.type().equals("histogram") || family.type().equals("summary")) {
            assertThat(name).matches(".*_(seconds|bytes)");
        }
        if (name.contains("timestamp")) {
            assertThat(name).endsWith("_timestamp_seconds");
        }
    }
}
