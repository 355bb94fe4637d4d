package dev.homeostat.knowledge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An endpoint with OpenAI's embeddings API: texts to vectors. What it answers is checked. Thread-safe. */
final class Embeddings {
    /** Of one text: models of this size take some 2 000 tokens. What is behind it counts for the words only. */
    static final int TEXT_LIMIT_CHARS = 6_000;

    static final int BATCH_LIMIT = 32;
    /** 32 vectors of 1024 numbers of 24 characters are 1 MB. */
    private static final int ANSWER_LIMIT_BYTES = 4 << 20;

    /** HTTP status: asked too often, RFC 6585. */
    private static final int TOO_MANY = 429;

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);

    /** Of the words of an error, in a message. */
    private static final int WORDS_LIMIT_CHARS = 200;

    /** It works, and does not take these texts: they may be too long for its model. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        Refusal(String message) {
            super(message, null, false, false);
        }
    }

    private final Settings.Endpoint endpoint;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_LIMIT)
            .build();

    Embeddings(Settings.Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    String model() {
        return endpoint.model();
    }

    /** The beginning that counts. */
    static String cut(String text) {
        return text.substring(0, Math.min(text.length(), TEXT_LIMIT_CHARS));
    }

    /**
     * @throws Refusal if it does not take one of these texts
     * @throws Trouble transient, if no usable answer came in time
     */
    List<Store.Vector> of(List<String> texts, Duration limit) throws Trouble, Refusal, InterruptedException {
        List<String> cut = texts.stream().map(Embeddings::cut).toList();
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint.base() + "/embeddings"))
                .timeout(limit)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(Json.write(Map.of("model", endpoint.model(), "input", cut))))
                .build();
        try {
            HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                byte[] body = in.readNBytes(ANSWER_LIMIT_BYTES + 1);
                if (response.statusCode() != 200) {
                    String words =
                            endpoint.base() + " answered with HTTP status " + response.statusCode() + words(body);
                    // llama.cpp says 500 of a text that is too long for it
                    if (response.statusCode() / 100 == 4 && response.statusCode() != TOO_MANY
                            || response.statusCode() == 500) {
                        throw new Refusal(words);
                    }
                    throw Trouble.passing(words);
                }
                if (body.length > ANSWER_LIMIT_BYTES) {
                    throw Trouble.passing(
                            endpoint.base() + " answered with more than " + ANSWER_LIMIT_BYTES + " bytes");
                }
                return vectors(Json.MAPPER.readTree(body), texts.size());
            }
        } catch (JsonProcessingException e) {
            throw Trouble.passing(endpoint.base() + " did not answer with JSON", e);
        } catch (IOException e) {
            throw Trouble.passing("the embeddings endpoint " + endpoint.base() + " did not answer: " + e, e);
        }
    }

    /** Of an error as OpenAI's API has it; empty if it is none. */
    private static String words(byte[] body) {
        try {
            String message = Json.MAPPER
                    .readTree(body)
                    .path("error")
                    .path("message")
                    .asText("")
                    .replaceAll("\\p{Cntrl}", " ");
            String shown =
                    message.length() > WORDS_LIMIT_CHARS ? message.substring(0, WORDS_LIMIT_CHARS) + "..." : message;
            return message.isEmpty() ? "" : ": " + shown;
        } catch (IOException e) {
            return ""; // somebody else's error
        }
    }

    private List<Store.Vector> vectors(JsonNode answer, int count) throws Trouble {
        JsonNode data = answer.path("data");
        if (!data.isArray() || data.size() != count) {
            throw Trouble.passing(
                    endpoint.base() + " answered with " + data.size() + " vectors for " + count + " texts");
        }
        Store.Vector[] vectors = new Store.Vector[count];
        for (int i = 0; i < count; i++) {
            JsonNode item = data.get(i);
            int place = item.path("index").asInt(i);
            if (place < 0 || place >= count || vectors[place] != null) {
                throw Trouble.passing(endpoint.base() + " numbered its vectors wrongly");
            }
            try {
                vectors[place] = vector(model(), item.path("embedding"));
            } catch (Refused e) {
                throw Trouble.passing(
                        endpoint.base() + " answered with a vector that cannot be used: " + e.getMessage());
            }
        }
        return List.of(vectors);
    }

    /** @throws Refused if these are no numbers that have a direction */
    static Store.Vector vector(String model, JsonNode numbers) throws Refused {
        if (!numbers.isArray() || numbers.isEmpty() || numbers.size() > Index.DIMENSIONS_LIMIT) {
            throw Refused.malformed("a vector has 1 to " + Index.DIMENSIONS_LIMIT + " numbers");
        }
        List<Float> values = new ArrayList<>(numbers.size());
        double square = 0;
        for (JsonNode number : numbers) {
            float value = number.floatValue();
            if (!number.isNumber() || !Float.isFinite(value)) {
                throw Refused.malformed("a vector is made of numbers");
            }
            values.add(value);
            square += (double) value * value;
        }
        if (square < Float.MIN_NORMAL || !Float.isFinite((float) square)) {
            throw Refused.malformed("a vector may not be zero or too long: it has no direction then");
        }
        float[] array = new float[values.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = values.get(i);
        }
        return new Store.Vector(model, array);
    }
}
