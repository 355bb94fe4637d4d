package dev.homeostat.ai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks servers of this machine by HTTP: no redirect is followed, no proxy asked, and of an answer not more read than fits.
 * Thread-safe.
 */
public final class JsonOverHttp {
    /** Of a list of models, or of some pages of text. */
    private static final int BODY_LIMIT_BYTES = 1024 * 1024;
    /** Of an answer that is no good, in a message. */
    private static final int SHOWN_CHARS = 200;

    private JsonOverHttp() {}

    /** What went wrong, for people. */
    public static final class Failed extends Exception {
        private static final long serialVersionUID = 1;
        /** Nobody listens, or it says itself that it is not ready: as of a server that is starting. */
        private final boolean notYet;

        Failed(String message, boolean notYet) {
            super(message);
            this.notYet = notYet;
        }

        public boolean isNotYet() {
            return notYet;
        }
    }

    /** It answered, and not as it should have. */
    public static Failed wrong(String message) {
        return new Failed(message, false);
    }

    /** @param limit for connection and answer together */
    public static JsonNode get(URI address, Duration limit) throws Failed {
        return ask(HttpRequest.newBuilder(address).GET(), address, limit);
    }

    /** @param limit for connection and answer together */
    public static JsonNode post(URI address, JsonNode body, Duration limit) throws Failed {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        return ask(request, address, limit);
    }

    private static JsonNode ask(HttpRequest.Builder request, URI address, Duration limit) throws Failed {
        // the client's own time-out ends with the head of the answer; the body is waited for as well
        FutureTask<Answer> task = new FutureTask<>(
                answer(request.header("user-agent", "homeostat").build(), limit));
        Thread thread = Thread.ofVirtual().name("ask " + address.getPort()).start(task);
        try {
            return read(address, task.get(limit.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            throw late(address, limit);
        } catch (ExecutionException e) {
            throw failed(address, limit, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed(address + " was not waited for", false);
        } finally {
            thread.interrupt();
        }
    }

    private record Answer(int status, byte[] body) {}

    private static Callable<Answer> answer(HttpRequest request, Duration limit) {
        return () -> {
            HttpClient client = HttpClient.newBuilder()
                    .version(
                            HttpClient.Version
                                    .HTTP_1_1) // no offer of another one, which simple servers do not understand
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .connectTimeout(limit)
                    .build();
            try {
                HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
                try (InputStream body = response.body()) {
                    return new Answer(response.statusCode(), body.readNBytes(BODY_LIMIT_BYTES + 1));
                }
            } finally {
                client.shutdownNow(); // not close(), which waits for what is endless
            }
        };
    }

    private static JsonNode read(URI address, Answer answer) throws Failed {
        if (answer.status() != 200) {
            throw new Failed(
                    address + " answered " + answer.status() + ": " + shown(answer.body()), answer.status() == 503);
        }
        if (answer.body().length > BODY_LIMIT_BYTES) {
            throw new Failed(address + " answered with more than " + BODY_LIMIT_BYTES + " bytes", false);
        }
        try {
            return Json.MAPPER.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new Failed(address + " answered with what is no JSON: " + shown(answer.body()), false);
        } catch (IOException e) {
            throw new Failed(address + " answered with what cannot be read: " + e.getMessage(), false);
        }
    }

    private static Failed failed(URI address, Duration limit, Throwable cause) {
        if (cause instanceof HttpTimeoutException) {
            return late(address, limit);
        }
        if (cause instanceof ConnectException) {
            return new Failed("nobody answers at " + address.getHost() + ":" + address.getPort(), true);
        }
        // a connection that is cut before the first byte: as of a server that is just ending or starting
        return new Failed(address + " did not answer: " + cause.getMessage(), cause instanceof IOException);
    }

    private static Failed late(URI address, Duration limit) {
        return new Failed(address + " did not answer within " + Durations.format(limit), true);
    }

    /** One line of it, for a message. */
    private static String shown(byte[] body) {
        String text = new String(body, 0, Math.min(body.length, SHOWN_CHARS), StandardCharsets.UTF_8)
                .replaceAll("\\p{C}", " ")
                .strip();
        return text.isEmpty() ? "nothing" : text;
    }
}
