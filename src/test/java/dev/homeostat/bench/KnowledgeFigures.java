package dev.homeostat.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.bench.Figure.Reach;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The knowledge base in its unit, and what follows into it. */
final class KnowledgeFigures {
    private static final String BASE = "homeostat-knowledge.service";
    private static final String FOLLOWER = "bench-documents.service";
    private static final String ADDRESS = "http://127.0.0.1:8091";
    private static final int DOCUMENTS = 10_000;
    private static final int DOCUMENT_BYTES = 4_096;
    private static final int BATCH = 100;
    private static final int SEARCHES = 1_000;
    private static final int WARM_UP = 200;
    private static final int EDITS = 50;
    /** So many words, the first ones much more often: as texts have it. */
    private static final int WORDS = 20_000;

    private static final int FIXED = 42;
    /** Memory is given back after ten seconds of rest, of native code every thirty. */
    private static final Duration COOL_DOWN = Duration.ofSeconds(45);

    /** The index is committed after five seconds, and its parts are merged beside. */
    private static final Duration MERGED = Duration.ofSeconds(10);

    private static final double MEGABYTE = 1e6;
    private static final Path NOTES = Path.of("/srv/bench-notes");

    private KnowledgeFigures() {}

    static List<Figure> base() {
        Guest.run("systemctl", "start", BASE);
        awaitReady(0);
        Random random = new Random(FIXED);
        double seconds = index(random);
        Guest.breathe(MERGED);
        for (int i = 0; i < WARM_UP; i++) {
            search(random);
        }
        List<Double> searches = new ArrayList<>();
        for (int i = 0; i < SEARCHES; i++) {
            searches.add(search(random));
        }
        Guest.breathe(COOL_DOWN);
        double megabytes = memory(BASE);
        return List.of(
                new Figure(
                        "knowledge-index",
                        "10 000 documents of 4 kB sent, on the disk and findable",
                        "s",
                        Figure.numbers(seconds),
                        Reach.p50(30)),
                new Figure(
                        "knowledge-search", "search of two words in them, over HTTP", "ms", searches, Reach.of(20, 20)),
                new Figure(
                        "knowledge-idle",
                        "resident memory of the knowledge base with them, at rest",
                        "MB",
                        Figure.numbers(megabytes),
                        Reach.p50(120)));
    }

    /** Seconds until all can be found. */
    private static double index(Random random) {
        long start = System.nanoTime();
        for (int i = 0; i < DOCUMENTS; i += BATCH) {
            List<Map<String, Object>> batch = new ArrayList<>();
            for (int j = 0; j < BATCH; j++) {
                batch.add(Map.of("id", "bench" + (i + j), "project", "bench", "text", text(random)));
            }
            ask("POST", "/documents", Json.write(Map.of("documents", batch)));
        }
        awaitReady(DOCUMENTS);
        return (System.nanoTime() - start) / 1e9;
    }

    private static double search(Random random) {
        String query = word(random) + "+" + word(random);
        long start = System.nanoTime();
        ask("GET", "/search?q=" + query, null);
        return Guest.millis(System.nanoTime() - start);
    }

    private static String word(Random random) {
        double skew = random.nextDouble();
        return "word" + (int) (skew * skew * skew * WORDS);
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder(DOCUMENT_BYTES + 16);
        while (text.length() < DOCUMENT_BYTES) {
            text.append(word(random)).append(random.nextInt(12) == 0 ? ".\n" : " ");
        }
        return text.toString();
    }

    static List<Figure> follow() {
        Guest.run("systemctl", "start", BASE);
        awaitReady(0);
        try {
            Files.createDirectories(NOTES);
            Random random = new Random(FIXED);
            for (int i = 0; i < BATCH * 10; i++) {
                Scene.write(NOTES.resolve(i + ".md"), text(random));
            }
            Map<String, Object> folder = new LinkedHashMap<>();
            folder.put("path", NOTES.toString());
            folder.put("project", "followed");
            folder.put("tags", List.of());
            folder.put("include", List.of("*.md"));
            folder.put("exclude", List.of());
            folder.put("limit", DOCUMENTS);
            folder.put("optional", false);
            Path config = Path.of("/srv/bench-documents.json");
            Scene.write(
                    config,
                    Json.write(Map.of(
                            "knowledge",
                            ADDRESS,
                            "owner",
                            "bench",
                            "machine",
                            false,
                            "documents",
                            Map.of("n", folder))));
            Guest.run(
                    "systemd-run",
                    "--unit=" + FOLLOWER,
                    "--service-type=notify",
                    "/usr/bin/homeostat",
                    "knowledge",
                    "follow",
                    "--config",
                    config.toString());
            Guest.await(
                    "all follow",
                    Duration.ofMillis(50),
                    () -> hits("word0").path("total").asInt() > 0
                            && Guest.run("systemctl", "show", "-P", "StatusText", FOLLOWER)
                                    .startsWith("follows"));
            List<Double> samples = new ArrayList<>();
            for (int i = 0; i < EDITS; i++) {
                String word = "edited" + i;
                long start = System.nanoTime();
                Scene.write(NOTES.resolve("0.md"), word);
                Guest.await(
                        "found",
                        Duration.ofMillis(2),
                        () -> hits(word).path("total").asInt() > 0);
                samples.add(Guest.millis(System.nanoTime() - start));
            }
            Guest.breathe(COOL_DOWN);
            double megabytes = memory(FOLLOWER);
            return List.of(
                    new Figure("documents-follow", "file edited -> found by search", "ms", samples, Reach.of(200, 500)),
                    new Figure(
                            "documents-idle",
                            "resident memory of what follows 1000 files, at rest",
                            "MB",
                            Figure.numbers(megabytes),
                            Reach.p50(60)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            Guest.run("sh", "-c", "systemctl stop " + FOLLOWER + " || true");
        }
    }

    private static JsonNode hits(String word) {
        return Json.read(ask("GET", "/search?limit=1&q=" + word, null), JsonNode.class);
    }

    private static void awaitReady(int documents) {
        Guest.await("the knowledge base has " + documents, Duration.ofMillis(10), () -> {
            try {
                JsonNode ready = Json.read(ask("GET", "/readyz", null), JsonNode.class);
                return ready.path("documents").asInt() >= documents
                        && ready.path("behind").asInt() == 0;
            } catch (IllegalStateException e) {
                return false; // it is being started
            }
        });
    }

    private static String ask(String method, String path, String body) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(ADDRESS + path).toURL().openConnection(Proxy.NO_PROXY);
            connection.setRequestMethod(method);
            if (body != null) {
                byte[] bytes = body.getBytes(UTF_8);
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", "application/json");
                connection.setFixedLengthStreamingMode(bytes.length);
                connection.getOutputStream().write(bytes);
            }
            try (InputStream in = connection.getInputStream()) {
                return new String(in.readAllBytes(), UTF_8);
            }
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        }
    }

    private static double memory(String unit) {
        return Guest.processes(unit).stream()
                        .mapToLong(pid -> Guest.memoryBytes(pid, "Rss"))
                        .sum()
                / MEGABYTE;
    }
}
