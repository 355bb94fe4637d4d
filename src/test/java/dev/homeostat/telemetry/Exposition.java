package dev.homeostat.telemetry;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Metrics as Prometheus' text format 0.0.4 has them.
 *
 * @param families by name, sorted
 * @param series every series once, with its labels, and its value
 */
public record Exposition(Map<String, Family> families, Map<String, Double> series) {
    private static final Pattern SERIES = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{.*})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    /** What a histogram has beyond what is documented of it. */
    private static final String BUCKET = "le";

    /**
     * One metric.
     *
     * @param labels and the values seen of each; without {@code le}
     */
    public record Family(String type, String help, Map<String, Set<String>> labels) {}

    public static Exposition parse(String text) {
        Map<String, String> helps = new HashMap<>();
        Map<String, Family> families = new TreeMap<>();
        Map<String, Double> series = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                helps.put(words[2], words.length > 3 ? words[3] : "");
            } else if (line.startsWith("# TYPE ")) {
                families.put(words[2], new Family(words[3], helps.getOrDefault(words[2], ""), new TreeMap<>()));
            } else if (!line.isBlank()) {
                add(line, families, series);
            }
        });
        return new Exposition(families, series);
    }

    private static void add(String line, Map<String, Family> families, Map<String, Double> series) {
        Matcher parts = SERIES.matcher(line);
        if (!parts.matches()) {
            throw new AssertionError("not a line of metrics: " + line);
        }
        String name = parts.group(1);
        Family family = families.get(name);
        for (String suffix : Arrays.asList("_bucket", "_count", "_sum")) {
            if (family == null && name.endsWith(suffix)) {
                family = families.get(name.substring(0, name.length() - suffix.length()));
            }
        }
        if (family == null) {
            throw new AssertionError("no # TYPE before " + line);
        }
        String labels = parts.group(2) == null ? "" : parts.group(2);
        Family owner = family;
        LABEL.matcher(labels)
                .results()
                .filter(m -> !m.group(1).equals(BUCKET))
                .forEach(m -> owner.labels()
                        .computeIfAbsent(m.group(1), key -> new TreeSet<>())
                        .add(m.group(2)));
        series.put(
                name + labels.replace(",}", "}"),
                Double.parseDouble(parts.group(3).replace("+Inf", "Infinity")));
    }

    /** Of the series with this name and all these {@code label="value"}, the first. */
    public double value(String name, String... labels) {
        return series.entrySet().stream()
                .filter(e -> e.getKey().equals(name) || e.getKey().startsWith(name + "{"))
                .filter(e -> Arrays.stream(labels).allMatch(e.getKey()::contains))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + Arrays.toString(labels)))
                .getValue();
    }
}
