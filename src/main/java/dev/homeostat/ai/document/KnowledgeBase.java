package dev.homeostat.ai.document;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.ai.KnowledgeHttp;
import dev.homeostat.ai.KnowledgeHttp.Answer;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A knowledge base, as one that has documents to give. What it answers is checked. Thread-safe.
 */
final class KnowledgeBase {
    /** Its limit is 4 MiB. */
    static final int BATCH_LIMIT_BYTES = 3 << 20;

    private static final int BODY_LIMIT_BYTES = 4 << 20;
    /** Its limit is 500. Fewer share a commit, and more progress is told. */
    static final int BATCH_LIMIT = 100;

    private static final int PAGE = 500;
    /** 500 entries of a list with 32 long tags each. */
    private static final int ANSWER_LIMIT_BYTES = 8 << 20;

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
    /** It may wait for room for 20 s, and for a slow disk. */
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);

    /** A document as a list tells of it. */
    record Held(String id, String project, List<String> tags, String source, String sha256) {}

    private final KnowledgeHttp http;

    KnowledgeBase(URI address) {
        this.http = new KnowledgeHttp(address, CONNECT_LIMIT, ANSWER_LIMIT, ANSWER_LIMIT_BYTES);
    }

    URI address() {
        return http.address();
    }

    /** It does not take this, whenever it is asked. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * All documents with a tag, page by page.
     *
     * @throws Trouble transient, if it does not answer as it should
     */
    void each(String tag, Consumer<Held> use) throws Trouble {
        String after = "";
        do {
            JsonNode page = page(tag, after);
            JsonNode documents = page.path("documents");
            if (!documents.isArray()) {
                throw odd("a list without documents");
            }
            for (JsonNode document : documents) {
                use.accept(held(document));
            }
            String next = page.path("next").asText("");
            if (!next.isEmpty() && next.equals(after)) {
                throw odd("the same page again");
            }
            after = page.path("next").isNull() ? "" : next;
        } while (!after.isEmpty());
    }

    private JsonNode page(String tag, String after) throws Trouble {
        Answer answered = ask(
                "GET",
                "/documents?limit=" + PAGE + "&tag=" + KnowledgeHttp.encoded(tag) + "&after="
                        + KnowledgeHttp.encoded(after),
                null);
        if (answered.status() != 200) {
            throw passing(answered);
        }
        try {
            return answered.json();
        } catch (IllegalArgumentException e) {
            throw odd(e.getMessage());
        }
    }

    private Held held(JsonNode document) throws Trouble {
        List<String> tags = new ArrayList<>();
        document.path("tags").forEach(tag -> tags.add(tag.asText()));
        if (!document.path("id").isTextual()
                || !document.path("source").isTextual()
                || !document.path("project").isTextual()
                || !document.path("sha256").isTextual()) {
            throw odd("a document without id, project, source or sha256");
        }
        return new Held(
                document.get("id").asText(),
                document.get("project").asText(),
                tags,
                document.get("source").asText(),
                document.get("sha256").asText());
    }

    /** One document as it is sent. */
    static byte[] document(String id, String project, List<String> tags, String source, String sha256, String text) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", id);
        fields.put("project", project);
        fields.put("tags", tags);
        fields.put("source", source);
        fields.put("sha256", sha256);
        fields.put("text", text);
        return Json.write(fields).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Keeps them, all or none. When this returns they are kept for good.
     *
     * @param documents as {@link #document} makes them
     * @throws Refused if one of them is not taken
     * @throws Trouble transient, if it does not answer or cannot keep anything now
     */
    void put(List<byte[]> documents) throws Trouble, Refused {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("{\"documents\":[".getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < documents.size(); i++) {
            if (i > 0) {
                body.write(',');
            }
            body.writeBytes(documents.get(i));
        }
        body.writeBytes("]}".getBytes(StandardCharsets.US_ASCII));
        if (body.size() > BODY_LIMIT_BYTES) {
            throw new Refused("it has " + body.size() + " bytes as JSON; at most " + BODY_LIMIT_BYTES + " are taken");
        }
        Answer answered = ask("POST", "/documents", body.toByteArray());
        if (answered.isFine()) {
            return;
        }
        if (answered.status() / 100 == 4) {
            throw new Refused(answered.detail());
        }
        throw passing(answered);
    }

    /** Fine if there is none. */
    void remove(String id) throws Trouble {
        Answer answered = ask("DELETE", "/documents/" + id, null);
        if (answered.status() != 404 && !answered.isFine()) {
            throw passing(answered);
        }
    }

    private Answer ask(String method, String path, byte[] body) throws Trouble {
        try {
            return http.ask(method, path, body);
        } catch (IOException e) {
            throw Trouble.passing("the knowledge base at " + address() + " does not answer: " + e.getMessage(), e);
        }
    }

    private Trouble passing(Answer answered) {
        return Trouble.passing("the knowledge base at " + address() + " cannot do it now: " + answered.detail());
    }

    private Trouble odd(String what) {
        return Trouble.passing("what answers at " + address() + " is no knowledge base: " + what);
    }
}
