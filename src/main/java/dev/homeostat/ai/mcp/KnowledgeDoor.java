package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.ai.KnowledgeHttp;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;

/** The knowledge base, asked over loopback. Thread-safe. */
final class KnowledgeDoor {
    private static final URI USUAL = URI.create("http://127.0.0.1:8091");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** A hundred hits with their snippets take less. */
    private static final int ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

    private final KnowledgeHttp http;

    KnowledgeDoor(URI base) {
        this.http = new KnowledgeHttp(base, PATIENCE, PATIENCE, ANSWER_LIMIT_BYTES);
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
        String target = "/search?q=" + KnowledgeHttp.encoded(query) + "&limit=" + limit
                + (project.isEmpty() ? "" : "&project=" + KnowledgeHttp.encoded(project))
                + (tag.isEmpty() ? "" : "&tag=" + KnowledgeHttp.encoded(tag));
        try {
            KnowledgeHttp.Answer answer = http.ask("GET", target, null);
            if (answer.status() == HttpURLConnection.HTTP_OK) {
                return answer.json();
            }
            throw Trouble.passing("the knowledge base says: " + answer.detail());
        } catch (IOException | IllegalArgumentException e) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "the knowledge base cannot be reached at " + http.address() + " (" + e.getMessage() + ")",
                    "it is optional; the machine's owner starts it with: systemctl start homeostat-knowledge",
                    e);
        }
    }
}
