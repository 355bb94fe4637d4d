package dev.homeostat.knowledge;

import static dev.homeostat.knowledge.KnowledgeContract.ids;
import static dev.homeostat.knowledge.KnowledgeContract.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.homeostat.knowledge.KnowledgeClient.Answer;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to our own: its doors, and the endpoint that makes vectors. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class KnowledgeServerTest {
    @TempDir
    Path folder;

    private KnowledgeServer server;
    private HttpServer endpoint;

    private KnowledgeClient start(String... options) throws Exception {
        String[] all = new String[options.length + 4];
        System.arraycopy(
                new String[] {
                    "--listen", "127.0.0.1:0", "--state", folder.resolve("s").toString()
                },
                0,
                all,
                0,
                4);
        System.arraycopy(options, 0, all, 4, options.length);
        server = KnowledgeServer.start(Settings.of(Map.of(), all), new StandardLog(System.out, "knowledge", false));
        return new KnowledgeClient(server.address());
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        if (endpoint != null) {
            endpoint.stop(0);
        }
    }

    /** An HTTP request as it is written, since clients do not let one choose the header Host. */
    private String raw(String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
    }

    @Test
    void a_name_that_is_not_this_machine_is_refused() throws Exception {
        start();
        String tail = "\r\nConnection: close\r\n\r\n";
        for (String host : List.of("localhost", "localhost:8091", "127.0.0.1:1", "[::1]:8091", "127.1.2.3")) {
            assertThat(raw("GET /health HTTP/1.1\r\nHost: " + host + tail))
                    .as(host)
                    .startsWith("HTTP/1.1 200");
        }
        for (String host :
                List.of("evil.example", "localhost.evil.example:8091", "127.0.0.1.evil.example", "", "10.0.0.1")) {
            assertThat(raw("GET /health HTTP/1.1\r\nHost: " + host + tail))
                    .as(host)
                    .startsWith("HTTP/1.1 421");
        }
    }

    @Test
    void a_page_from_elsewhere_may_neither_ask_nor_send() throws Exception {
        KnowledgeClient client = start();
        refused(client.send(client.request("/search?q=x").header("Origin", "https://evil.example")), 403);
        refused(client.send(client.request("/search?q=x").header("Origin", "null")), 403);
        assertThat(client.send(client.request("/search?q=x").header("Origin", "http://localhost:3001"))
                        .status())
                .isEqualTo(200);
        Answer plain = client.send(client.request("/documents")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{\"id\": \"x\", \"text\": \"x\"}")));
        refused(plain, 415);
    }

    @Test
    void a_body_that_is_too_large_or_of_unknown_length_is_not_read() throws Exception {
        start();
        String head = "POST /documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        assertThat(raw(head + "Content-Length: 5000000000\r\n\r\n")).startsWith("HTTP/1.1 413");
        assertThat(raw(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")).startsWith("HTTP/1.1 411");
    }

    @Test
    void only_loopback_is_listened_on() {
        assertThatThrownBy(() -> Settings.of(Map.of(), "--listen", "0.0.0.0:8091"))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("not a loopback address");
        assertThatThrownBy(() -> Settings.of(Map.of(), "--listen", "8091")).isInstanceOf(Trouble.class);
        assertThatThrownBy(() -> Settings.of(Map.of(), "--port", "8091")).hasMessageContaining("--port");
        assertThatThrownBy(() -> Settings.of(Map.of(), "--embeddings", "http://localhost:8000/v1"))
                .hasMessageContaining("model");
        assertThatThrownBy(() -> Settings.of(Map.of(), "--embeddings", "file:///etc", "--model", "m"))
                .isInstanceOf(Trouble.class);
    }

    @Test
    void a_folder_follows_the_environment() throws Exception {
        assertThat(Settings.of(Map.of("HOME", "/home/a")).state())
                .isEqualTo(Path.of("/home/a/.local/share/ai-optimizer/knowledge"));
        assertThat(Settings.of(Map.of("HOME", "/home/a", "STATE_DIRECTORY", "/var/lib/x"))
                        .state())
                .isEqualTo(Path.of("/var/lib/x"));
        assertThat(Settings.of(Map.of()).listen().getPort()).isEqualTo(8091);
    }

    @Test
    void a_taken_port_is_said() throws Exception {
        start();
        String taken = "127.0.0.1:" + server.address().getPort();
        assertThatThrownBy(() -> KnowledgeServer.start(
                        Settings.of(
                                Map.of(),
                                "--listen",
                                taken,
                                "--state",
                                folder.resolve("other").toString()),
                        new StandardLog(System.out, "knowledge", false)))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining(taken);
    }

    @Test
    void parts_of_names_stems_and_accents_are_found() throws Exception {
        KnowledgeClient client = start();
        client.store("a", "Look at /etc/systemd/system/homeostat-knowledge.service, it restarts after failures. Café.");
        for (String query : List.of("homeostat", "knowledge.service", "restarting", "FAILURE", "cafe", "etc systemd")) {
            assertThat(ids(client.search(query))).as(query).containsExactly("a");
        }
        assertThat(ids(client.search("\"AND (( *:* [x TO y] ~ \\")))
                .as("no query language")
                .isEmpty();
    }

    @Test
    void without_an_endpoint_words_are_enough_and_vectors_say_what_is_missing() throws Exception {
        KnowledgeClient client = start();
        refused(client.post("/vector/embed", Map.of("texts", List.of("x"))), 503);
        assertThat(client.post("/vector/embed", Map.of("texts", List.of("x"))).text())
                .contains("--embeddings");
        client.store("a", "words");
        assertThat(client.search("words").json().get("ranking").asText()).isEqualTo("words");
    }

    // ---- with an endpoint

    /** Meaning as this endpoint sees it: animals one way, machines another. */
    private static double[] meaning(String text) {
        double[] vector = {0.01, 0.01, 0.01};
        for (String word : text.toLowerCase(java.util.Locale.ROOT).split("\\W+")) {
            switch (word) {
                case "cat", "dog", "animal", "pet" -> vector[0]++;
                case "engine", "motor", "machine" -> vector[1]++;
                default -> vector[2] += 0.1;
            }
        }
        return vector;
    }

    private String endpoint(AtomicReference<String> answer) throws IOException {
        return endpoint(answer, 0);
    }

    /** @param port 0 for any that is free */
    private String endpoint(AtomicReference<String> answer, int port) throws IOException {
        endpoint = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        endpoint.createContext("/v1/embeddings", exchange -> {
            JsonNode asked = Json.MAPPER.readTree(exchange.getRequestBody());
            ObjectNode whole = Json.MAPPER.createObjectNode();
            ArrayNode data = whole.putArray("data");
            for (int i = 0; i < asked.get("input").size(); i++) {
                ObjectNode item = data.addObject().put("index", i);
                ArrayNode numbers = item.putArray("embedding");
                for (double number : meaning(asked.get("input").get(i).asText())) {
                    numbers.add(number);
                }
            }
            byte[] body = (answer.get() == null ? whole.toString() : answer.get()).getBytes(StandardCharsets.UTF_8);
            boolean refused = false;
            for (JsonNode text :
                    asked.get("input")) { // as a model that takes 1000 tokens, and one of llama.cpp's faults
                refused |= text.asText().length() > 1000 || text.asText().contains("poison");
            }
            if (refused) {
                body = "{\"error\": {\"message\": \"input is too large\"}}".getBytes(StandardCharsets.UTF_8);
                refusals.incrementAndGet();
            }
            exchange.sendResponseHeaders(refused ? 500 : 200, body.length);
            try (exchange) {
                exchange.getResponseBody().write(body);
            }
        });
        endpoint.start();
        return "http://127.0.0.1:" + endpoint.getAddress().getPort() + "/v1/";
    }

    private final AtomicInteger refusals = new AtomicInteger();

    private static void awaitVectors(KnowledgeClient client, int count) throws Exception {
        while (!client.get("/metrics").text().contains("\nhomeostat_knowledge_vectors " + count + "\n")) {
            Thread.sleep(20); // bounded by the class' limit
        }
    }

    @Test
    void where_an_endpoint_answers_meaning_counts_too() throws Exception {
        KnowledgeClient client = start("--embeddings", endpoint(new AtomicReference<>()), "--model", "m");
        client.store("cat", "The cat sleeps");
        client.store("engine", "The engine runs");
        awaitVectors(client, 2);
        Answer found = client.search("pet");
        assertThat(found.json().get("ranking").asText()).isEqualTo("hybrid");
        assertThat(ids(found).getFirst()).isEqualTo("cat");
        Answer near = client.post("/vector/search", Map.of("text", "a motor", "limit", 1));
        assertThat(ids(near)).containsExactly("engine");
        Answer embedded = client.post("/vector/embed", Map.of("texts", List.of("dog", "machine")));
        assertThat(embedded.json().get("dimensions").asInt()).isEqualTo(3);
        assertThat(embedded.json().get("vectors")).hasSize(2);
        client.store("cat", "The dog barks at the cat");
        awaitVectors(client, 2);
        server.close();
        KnowledgeClient again = start();
        assertThat(ids(again.post("/vector/search", Map.of("model", "m", "vector", List.of(1, 0, 0), "limit", 1))))
                .as("vectors are kept")
                .containsExactly("cat");
    }

    @Test
    void a_text_that_the_model_does_not_take_keeps_no_other_from_its_vector() throws Exception {
        KnowledgeClient client = start("--embeddings", endpoint(new AtomicReference<>()), "--model", "m");
        client.store("poisoned", "poison for the endpoint, " + "and much of it ".repeat(100));
        client.store("long", "cat " + "and so on ".repeat(400));
        client.store("short", "engine");
        awaitVectors(client, 2);
        assertThat(ids(client.post("/vector/search", Map.of("text", "pet", "limit", 1))))
                .as("by its beginning")
                .containsExactly("long");
        assertThat(ids(client.search("poison"))).startsWith("poisoned");
        int before = refusals.get();
        client.store("later", "dog");
        awaitVectors(client, 3);
        client.store("short", "motor");
        client.store("last", "pet");
        awaitVectors(client, 4);
        assertThat(refusals.get()).as("asked again for what is refused").isEqualTo(before);
    }

    @Test
    void an_endpoint_that_starts_after_the_documents_are_there_gives_them_vectors_soon() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        KnowledgeClient client = start("--embeddings", "http://127.0.0.1:" + port + "/v1", "--model", "m");
        client.store("cat", "The cat sleeps");
        while (client.get("/readyz").json().get("embeddings").asText().isEmpty()) {
            Thread.onSpinWait(); // bounded by the class' limit
        }
        endpoint(new AtomicReference<>(), port);
        long began = System.nanoTime();
        awaitVectors(client, 1);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
    }

    @Test
    void an_endpoint_that_answers_nonsense_is_said_and_words_go_on() throws Exception {
        AtomicReference<String> answer = new AtomicReference<>();
        KnowledgeClient client = start("--embeddings", endpoint(answer), "--model", "m");
        client.store("a", "a cat");
        awaitVectors(client, 1);
        for (String nonsense : List.of(
                "no JSON",
                "[]",
                "{\"data\": []}",
                "{\"data\": [{\"embedding\": [0, 0, 0]}]}",
                "{\"data\": [{\"embedding\": [\"x\"]}]}",
                "{\"data\": [{\"index\": 7, \"embedding\": [1]}]}")) {
            answer.set(nonsense);
            refused(client.post("/vector/embed", Map.of("texts", List.of("x"))), 503);
        }
        Answer found = client.search("cat");
        assertThat(ids(found)).containsExactly("a");
        assertThat(found.json().get("ranking").asText()).isEqualTo("words");
        assertThat(client.get("/readyz").json().get("embeddings").asText()).isNotEmpty();
        assertThat(client.get("/readyz").status()).isEqualTo(200);
    }

    @Test
    void two_lists_are_fused_by_their_places() {
        Index.Ranking words = new Index.Ranking(
                2, List.of(new Index.Found("a", 9), new Index.Found("b", 8), new Index.Found("c", 1)));
        Index.Ranking vectors = new Index.Ranking(2, List.of(new Index.Found("b", 0.9f), new Index.Found("d", 0.8f)));
        assertThat(Library.fused(words, vectors).found())
                .extracting(Index.Found::id)
                .containsExactly("b", "a", "d", "c");
    }
}
