package dev.homeostat.ai.document;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A knowledge base by its HTTP API, docs/reference/knowledge-api.md; whoever made it. What it answers is checked. By the JDK's
 * small client: the other one starts threads and takes some 10 MB. Thread-safe.
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

    private static final String JSON = "application/json";

    /** A document as a list tells of it. */
    record Held(String id, String project, List<String> tags, String source, String sha256) {}

    private final URI address;

    KnowledgeBase(URI address) {
        this.address = address;
    }

    URI address() {
        return address;
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
            JsonNode page = answer(
                    "GET", "/documents?limit=" + PAGE + "&tag=" + encoded(tag) + "&after=" + encoded(after), null);
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
        Answered answered = ask("POST", "/documents", body.toByteArray());
        if (answered.status >= 200 && answered.status < 300) {
            return;
        }
        if (answered.status >= 400 && answered.status < 500) {
            throw new Refused(answered.detail());
        }
        throw passing(answered);
    }

    /** Fine if there is none. */
    void remove(String id) throws Trouble {
        Answered answered = ask("DELETE", "/documents/" + id, null);
        if (answered.status != 404 && (answered.status < 200 || answered.status >= 300)) {
            throw passing(answered);
        }
    }

    private JsonNode answer(String method, String path, byte[] body) throws Trouble {
        Answered answered = ask(method, path, body);
        if (answered.status != 200) {
            throw passing(answered);
        }
        try {
            return Json.read(new String(answered.body, StandardCharsets.UTF_8), JsonNode.class);
        } catch (IllegalArgumentException e) {
            throw odd(e.getMessage());
        }
    }

    private record Answered(int status, byte[] body) {
        /** What an error says of itself. */
        String detail() {
            try {
                String detail = Json.read(new String(body, StandardCharsets.UTF_8), JsonNode.class)
                        .path("detail")
                        .asText("");
                return detail.isEmpty() ? "HTTP status " + status : detail;
            } catch (IllegalArgumentException e) {
                return "HTTP status " + status; // it is no knowledge base's error
            }
        }
    }

    private Answered ask(String method, String path, byte[] body) throws Trouble {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(address + path).toURL().openConnection(Proxy.NO_PROXY);
            connection.setRequestMethod(method);
            connection.setConnectTimeout((int) CONNECT_LIMIT.toMillis());
            connection.setReadTimeout((int) ANSWER_LIMIT.toMillis());
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            if (body != null) {
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", JSON);
                connection.setFixedLengthStreamingMode(body.length);
                try (var out = connection.getOutputStream()) {
                    out.write(body);
                }
            }
            int status = connection.getResponseCode();
            return new Answered(status, content(status, connection));
        } catch (IOException e) {
            throw Trouble.passing("the knowledge base at " + address + " does not answer: " + e.getMessage(), e);
        }
    }

    private static byte[] content(int status, HttpURLConnection connection) throws IOException {
        try (InputStream in = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            if (in == null) {
                return new byte[0];
            }
            byte[] content = in.readNBytes(ANSWER_LIMIT_BYTES + 1);
            if (content.length > ANSWER_LIMIT_BYTES) {
                throw new IOException("its answer is longer than " + ANSWER_LIMIT_BYTES + " bytes");
            }
            return content;
        }
    }

    private Trouble passing(Answered answered) {
        return Trouble.passing("the knowledge base at " + address + " cannot do it now: " + answered.detail());
    }

    private Trouble odd(String what) {
        return Trouble.passing("what answers at " + address + " is no knowledge base: " + what);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
