package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The knowledge base, asked over loopback. Thread-safe. */
final class KnowledgeDoor {
    private static final URI USUAL = URI.create("http://127.0.0.1:8091");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** A hundred hits with their snippets take less. */
    private static final int ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

    private final URI base;

    KnowledgeDoor(URI base) {
        this.base = base;
    }

    /** Where it is unless the environment says otherwise. */
    static KnowledgeDoor usual(String url) throws Trouble {
        if (url == null || url.isBlank()) {
            return new KnowledgeDoor(USUAL);
        }
        try {
            URI base = URI.create(url);
            if ("http".equals(base.getScheme()) && base.getHost() != null) {
                return new KnowledgeDoor(base);
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw Trouble.invalid("HOMEOSTAT_KNOWLEDGE_URL is not the address of a knowledge base", "such as " + USUAL);
    }

    JsonNode search(String query, String project, String tag, int limit) throws Trouble {
        String target = "/search?q=" + encoded(query) + "&limit=" + limit
                + (project.isEmpty() ? "" : "&project=" + encoded(project))
                + (tag.isEmpty() ? "" : "&tag=" + encoded(tag));
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) base.resolve(target).toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout((int) PATIENCE.toMillis());
            connection.setReadTimeout((int) PATIENCE.toMillis());
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            int status = connection.getResponseCode();
            try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                byte[] body = in == null ? new byte[0] : in.readNBytes(ANSWER_LIMIT_BYTES + 1);
                if (body.length > ANSWER_LIMIT_BYTES) {
                    throw Trouble.passing(
                            "the knowledge base's answer is longer than " + ANSWER_LIMIT_BYTES + " bytes");
                }
                JsonNode answer = Json.MAPPER.readTree(body);
                if (status == HttpURLConnection.HTTP_OK) {
                    return answer;
                }
                throw Trouble.passing(
                        "the knowledge base says: " + answer.path("detail").asText("HTTP status " + status));
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "the knowledge base cannot be reached at " + base + " (" + e.getMessage() + ")",
                    "it is optional; the machine's owner starts it with: systemctl start homeostat-knowledge",
                    e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
