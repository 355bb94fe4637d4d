package dev.homeostat.ai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Asks a knowledge base (docs/reference/knowledge-api.md), whoever made it: no redirect is followed, no proxy asked. By the
 * JDK's small client: the other one starts threads and takes some 10 MB, which processes that only wait do not have. Thread-safe.
 *
 * @param address what the paths of its API are added to
 * @param connect limit for the connection
 * @param pause limit for each wait for more of an answer
 * @param answerLimitBytes longer answers are not read
 */
public record KnowledgeHttp(URI address, Duration connect, Duration pause, int answerLimitBytes) {
    /** An answer of whatever status. */
    public record Answer(int status, byte[] body) {
        public boolean isFine() {
            return status / 100 == 2;
        }

        /** @throws IllegalArgumentException if it is no JSON */
        public JsonNode json() {
            return Json.read(new String(body, StandardCharsets.UTF_8), JsonNode.class);
        }

        /** What an error says of itself. */
        public String detail() {
            try {
                String detail = json().path("detail").asText("");
                return detail.isEmpty() ? "HTTP status " + status : detail;
            } catch (IllegalArgumentException e) {
                return "HTTP status " + status; // it is no knowledge base's error
            }
        }
    }

    /**
     * @param path from "/" on, with its query
     * @param body JSON; null for none
     * @throws IOException if nobody answers, or not in time, or too much
     */
    public Answer ask(String method, String path, byte[] body) throws IOException {
        URI target = URI.create(address.toString().replaceFirst("/$", "") + path);
        HttpURLConnection connection = (HttpURLConnection) target.toURL().openConnection(Proxy.NO_PROXY);
        connection.setRequestMethod(method);
        connection.setConnectTimeout((int) connect.toMillis());
        connection.setReadTimeout((int) pause.toMillis());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        if (body != null) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setFixedLengthStreamingMode(body.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
        }
        int status = connection.getResponseCode();
        try (InputStream in = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            byte[] content = in == null ? new byte[0] : in.readNBytes(answerLimitBytes + 1);
            if (content.length > answerLimitBytes) {
                connection.disconnect(); // the rest is not waited for
                throw new IOException("its answer is longer than " + answerLimitBytes + " bytes");
            }
            return new Answer(status, content);
        }
    }

    /** A value for a query. */
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
