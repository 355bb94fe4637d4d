package dev.homeostat.knowledge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** Whoever uses a knowledge base, by its HTTP API alone. */
public record KnowledgeClient(URI base, HttpClient http) {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    public KnowledgeClient(URI base) {
        this(base, HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
    }

    /** @param json missing if the answer is none */
    public record Answer(int status, String type, String text) {
        public JsonNode json() {
            return Json.read(text, JsonNode.class);
        }
    }

    public Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    public Answer delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    public Answer post(String path, Object body) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body instanceof String text ? text : Json.write(body))));
    }

    public Answer search(String query) throws IOException, InterruptedException {
        return get("/search?q=" + encoded(query));
    }

    public Answer store(String id, String text) throws IOException, InterruptedException {
        return post("/documents", Map.of("id", id, "text", text));
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(LIMIT);
    }

    public Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("content-type").orElse(""),
                response.body());
    }

    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
