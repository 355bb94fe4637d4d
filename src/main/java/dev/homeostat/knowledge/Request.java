package dev.homeostat.knowledge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.sun.net.httpserver.HttpExchange;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** One request, checked at the door. */
final class Request {
    /** Some hundred documents of 4 kB, or one of the largest. */
    static final int BODY_LIMIT_BYTES = 4 << 20;
    /** Of all requests that are read or carried out: bounds the memory, whoever sends. Read as text they take several times. */
    private static final int ALL_BODIES_KIB = 12 << 10;
    /** How long a request waits for the others. */
    private static final int ROOM_LIMIT_SECONDS = 20;

    private static final int QUERY_STRING_LIMIT_CHARS = 8_192;
    private static final String JSON = "application/json";

    private static final Semaphore ROOM = new Semaphore(ALL_BODIES_KIB, true);

    private final HttpExchange exchange;
    private final Map<String, String> parameters = new HashMap<>();

    /** @throws Refused unless the parameters are known ones, each once */
    Request(HttpExchange exchange, Set<String> known) throws Refused {
        this.exchange = exchange;
        String query = exchange.getRequestURI().getRawQuery();
        if (query == null || query.isEmpty()) {
            return;
        }
        if (query.length() > QUERY_STRING_LIMIT_CHARS) {
            throw Refused.malformed("the parameters are longer than " + QUERY_STRING_LIMIT_CHARS + " characters");
        }
        for (String part : query.split("&")) {
            int equals = part.indexOf('=');
            String name = decoded(equals < 0 ? part : part.substring(0, equals));
            if (!known.contains(name)) {
                throw Refused.malformed("there is no parameter \"" + name + "\" here; there are: "
                        + String.join(", ", known.stream().sorted().toList()));
            }
            if (parameters.put(name, decoded(equals < 0 ? "" : part.substring(equals + 1))) != null) {
                throw Refused.malformed("the parameter " + name + " may be there once");
            }
        }
    }

    private static String decoded(String text) throws Refused {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Refused.malformed("the parameters are not encoded as they should be: " + e.getMessage());
        }
    }

    /** @return null if it is not there or empty */
    String parameter(String name) {
        String value = parameters.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    String project() throws Refused {
        String project = parameter("project");
        return project == null ? null : Document.project(project);
    }

    String tag() throws Refused {
        String tag = parameter("tag");
        return tag == null ? null : Document.tag(tag);
    }

    int number(String name, int otherwise, int most) throws Refused {
        String text = parameter(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw Refused.malformed(name + " is a number from 1 to " + most + ", not \"" + text + "\"");
        }
        throw Refused.malformed(name + " is a number from 1 to " + most + ", not " + text);
    }

    /** What is done with a body. */
    interface Use<T> {
        void with(T body) throws Refused, IOException, InterruptedException, java.sql.SQLException;
    }

    /** Reads the body and has it used, while there is room for it. */
    <T> void body(Class<T> type, Use<T> use) throws Refused, IOException, InterruptedException, java.sql.SQLException {
        int length = length();
        int kib = length / 1024 + 1;
        if (!ROOM.tryAcquire(kib, ROOM_LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new Refused(Problem.UNAVAILABLE, "too much is being sent at once; try again");
        }
        try {
            byte[] bytes = exchange.getRequestBody().readNBytes(length);
            if (bytes.length < length) {
                throw Refused.malformed("the body of the request did not come");
            }
            T value = Json.MAPPER.readValue(bytes, type);
            if (value == null) {
                throw Refused.malformed("not the JSON that is expected: null");
            }
            use.with(value);
        } catch (JsonProcessingException e) {
            throw Refused.malformed("not the JSON that is expected"
                    + (e.getLocation() == null
                            ? ""
                            : " at line " + e.getLocation().getLineNr() + ", column "
                                    + e.getLocation().getColumnNr())
                    + ": " + e.getOriginalMessage());
        } finally {
            ROOM.release(kib);
        }
    }

    private int length() throws Refused {
        String type = exchange.getRequestHeaders().getFirst("content-type");
        // no other: a page in a browser may send plain text anywhere without asking
        if (type == null || !type.split(";")[0].strip().equalsIgnoreCase(JSON)) {
            throw new Refused(Problem.MEDIA, "the content has to be " + JSON);
        }
        String length = exchange.getRequestHeaders().getFirst("content-length");
        if (length == null) {
            throw new Refused(Problem.LENGTH, "send the length of the body (Content-Length)");
        }
        try {
            long bytes = Long.parseLong(length);
            if (bytes < 0 || bytes > BODY_LIMIT_BYTES) {
                throw new Refused(Problem.TOO_LARGE, "a request may have a body of at most 4 MiB");
            }
            return (int) bytes;
        } catch (NumberFormatException e) {
            throw Refused.malformed("the length of the body is not a number");
        }
    }
}
