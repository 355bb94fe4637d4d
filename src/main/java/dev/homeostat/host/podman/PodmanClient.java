package dev.homeostat.host.podman;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.parsetools.RecordParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * HTTP to one podman's socket: bounded in time and size, waiting in the caller's (virtual) thread. Thread-safe.
 *
 * <p>Podman's service ends when it was idle for a while, which may close a connection just as it is used: a request that
 * got no byte of an answer is sent a second time if it changes nothing.
 */
final class PodmanClient {
    /** The oldest API that all podmans with Quadlet speak, and the newest still do. */
    static final String API = "/v4.0.0/libpod";
    /** Far more than a thousand containers; a bound, so that a broken service cannot fill the memory. */
    private static final int ANSWER_LIMIT_BYTES = 32 << 20;
    /** A line of a stream (an event with labels, a pull message). */
    private static final int LINE_LIMIT_BYTES = 1 << 20;
    /** Of an error's text for people. */
    private static final int MESSAGE_LIMIT_CHARS = 500;

    private final HttpClient http;
    private final Path socket;
    private final String remedy;
    private final Opener opener;
    private final AtomicReference<PodmanVersion> version = new AtomicReference<>();
    private final Silence silence;

    /** Brings the socket about where nobody listens. */
    interface Opener {
        /** @throws Trouble why it cannot be */
        void open() throws Trouble;
    }

    /** @param remedy what to do if nobody listens at the socket */
    PodmanClient(HttpClient http, Path socket, String remedy, Opener opener) {
        this.http = requireNonNull(http, "http is null");
        this.socket = requireNonNull(socket, "socket is null");
        this.remedy = requireNonNull(remedy, "remedy is null");
        this.opener = requireNonNull(opener, "opener is null");
        this.silence = new Silence(socket.toString());
    }

    /** An answer. {@code body} is missing if there was none. */
    record Answer(int status, JsonNode body) {
        boolean isFine() {
            return status / 100 == 2;
        }
    }

    /** What is done with the beginning of an answer; it completes {@code done} in the end. */
    private interface Receiver {
        void receive(HttpClientResponse response, CompletableFuture<Answer> done);
    }

    Path socket() {
        return socket;
    }

    /** Of the podman that answered last; null if none has yet. */
    PodmanVersion version() {
        return version.get();
    }

    /** @param again called when podman answers that gave no answer before */
    void whenItAnswersAgain(Runnable again) {
        silence.whenOver(again);
    }

    /** Ends what goes on by itself. */
    void close() {
        silence.close();
    }

    /** A look. While podman gives no answer, all but one fail at once: nobody waits for what another waits for already. */
    JsonNode get(String path, Duration limit) throws Trouble {
        silence.refuse();
        try {
            return look(path, limit);
        } catch (Trouble t) {
            if (t.getCause() instanceof TimeoutException) {
                silence.begins(t, () -> look(path, limit));
            }
            throw t;
        }
    }

    private JsonNode look(String path, Duration limit) throws Trouble {
        Answer answer;
        try {
            answer = exchange(HttpMethod.GET, path, limit);
        } catch (Trouble first) {
            if (!(first.getCause() instanceof Closed)) {
                throw first;
            }
            answer = exchange(HttpMethod.GET, path, limit);
        }
        return require(answer, "GET " + path);
    }

    JsonNode require(Answer answer, String what) throws Trouble {
        if (answer.isFine()) {
            return answer.body();
        }
        throw Trouble.passing("podman answered " + what + " with status " + answer.status() + message(answer.body()));
    }

    /** One request, whatever the answer's status. */
    Answer exchange(HttpMethod method, String path, Duration limit) throws Trouble {
        return send(method, path, limit, this::collect);
    }

    /**
     * One request whose answer comes line by line; returns when it ends.
     *
     * @param started called when the answer begins
     * @param line called with each JSON line, one after the other
     */
    void stream(HttpMethod method, String path, Duration limit, Runnable started, Consumer<JsonNode> line)
            throws Trouble {
        Answer answer = send(method, path, limit, (response, done) -> {
            if (response.statusCode() / 100 == 2) {
                started.run();
                follow(response, line, done);
            } else {
                collect(response, done);
            }
        });
        require(answer, method + " " + path);
    }

    /** Where nobody listens, the socket is brought about and asked once more. */
    private Answer send(HttpMethod method, String path, Duration limit, Receiver receiver) throws Trouble {
        if (Files.exists(socket)) {
            try {
                return sendOnce(method, path, limit, receiver);
            } catch (Trouble t) {
                if (!(t.getCause() instanceof Unreached)) {
                    throw t;
                }
            }
        }
        Optional<Trouble> closed = open();
        try {
            return sendOnce(method, path, limit, receiver);
        } catch (Trouble t) {
            if (closed.isPresent() && t.getCause() instanceof Unreached) {
                throw new Trouble(
                        t.sort(), t.getMessage() + "; " + closed.get().getMessage(), t.remedy(), t.getCause());
            }
            throw t;
        }
    }

    private Optional<Trouble> open() {
        try {
            opener.open();
            return Optional.empty();
        } catch (Trouble t) {
            return Optional.of(t);
        }
    }

    private Answer sendOnce(HttpMethod method, String path, Duration limit, Receiver receiver) throws Trouble {
        Limit until = new Limit(limit);
        CompletableFuture<Answer> done = new CompletableFuture<>();
        AtomicReference<HttpClientRequest> sent = new AtomicReference<>();
        request(method, path).onComplete(made -> {
            if (made.failed()) {
                done.completeExceptionally(made.cause());
                return;
            }
            HttpClientRequest request = made.result();
            if (done.isDone()) { // given up while it waited for a connection: not sent any more
                request.reset();
                return;
            }
            sent.set(request);
            request.exceptionHandler(done::completeExceptionally);
            request.response().onComplete(got -> {
                if (got.failed()) {
                    done.completeExceptionally(got.cause());
                } else {
                    receiver.receive(got.result(), done);
                }
            });
            request.end();
        });
        return await(done, sent, until, method + " " + path);
    }

    private Future<HttpClientRequest> request(HttpMethod method, String path) {
        try {
            return http.request(new RequestOptions()
                    .setServer(SocketAddress.domainSocketAddress(socket.toString()))
                    .setHost("podman")
                    .setMethod(method)
                    .setURI(API + path));
        } catch (IllegalStateException e) { // the daemon is ending, and its HTTP client was closed
            return Future.failedFuture(e);
        }
    }

    private void collect(HttpClientResponse response, CompletableFuture<Answer> done) {
        note(response);
        Buffer whole = Buffer.buffer();
        response.exceptionHandler(done::completeExceptionally);
        response.handler(part -> {
            if (whole.length() + part.length() > ANSWER_LIMIT_BYTES) {
                done.completeExceptionally(
                        new IOException("the answer is longer than " + ANSWER_LIMIT_BYTES + " bytes"));
                response.request().reset();
            } else {
                whole.appendBuffer(part);
            }
        });
        response.endHandler(end -> {
            try {
                done.complete(new Answer(response.statusCode(), Json.MAPPER.readTree(whole.getBytes())));
            } catch (IOException e) {
                // an error that is no JSON ("Method Not Allowed") is still an answer
                if (response.statusCode() / 100 == 2) {
                    done.completeExceptionally(e);
                } else {
                    done.complete(new Answer(
                            response.statusCode(), Json.MAPPER.getNodeFactory().textNode(whole.toString())));
                }
            }
        });
    }

    private void follow(HttpClientResponse response, Consumer<JsonNode> line, CompletableFuture<Answer> done) {
        note(response);
        RecordParser lines = RecordParser.newDelimited("\n").maxRecordSize(LINE_LIMIT_BYTES);
        lines.exceptionHandler(e -> {
            done.completeExceptionally(e);
            response.request().reset();
        });
        lines.handler(text -> {
            if (text.length() == 0) {
                return;
            }
            try {
                line.accept(Json.MAPPER.readTree(text.getBytes()));
            } catch (IOException e) {
                done.completeExceptionally(e);
                response.request().reset();
            }
        });
        response.exceptionHandler(done::completeExceptionally);
        response.endHandler(end -> done.complete(
                new Answer(response.statusCode(), Json.MAPPER.getNodeFactory().missingNode())));
        response.handler(lines);
    }

    /** Each answer says who gave it: {@code Server: Libpod/5.4.2 (linux)}. */
    private void note(HttpClientResponse response) {
        String server = response.getHeader("Server");
        if (server != null && server.startsWith("Libpod/")) {
            version.set(PodmanVersion.parse(server.substring("Libpod/".length())));
        }
    }

    private Answer await(
            CompletableFuture<Answer> done, AtomicReference<HttpClientRequest> sent, Limit until, String what)
            throws Trouble {
        try {
            return done.get(until.leftNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            done.cancel(false);
            reset(sent);
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "podman at " + socket + " did not answer " + what + " within " + Durations.format(until.limit),
                    "if it stays so, see what podman.service is doing, or restart it",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            done.cancel(false);
            reset(sent);
            throw Trouble.passing("interrupted while podman was asked for " + what);
        } catch (ExecutionException e) {
            throw failed(e.getCause(), sent.get() != null, what);
        }
    }

    private static void reset(AtomicReference<HttpClientRequest> sent) {
        HttpClientRequest request = sent.get();
        if (request != null) {
            request.reset();
        }
    }

    private Trouble failed(Throwable cause, boolean connected, String what) {
        if (cause instanceof JsonProcessingException e) {
            return Trouble.passing("podman's answer to " + what + " is not JSON: " + e.getOriginalMessage(), e);
        }
        if (connected) {
            return Trouble.passing("podman broke off " + what + ": " + cause.getMessage(), new Closed(cause));
        }
        if (!Files.exists(socket)) {
            return new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "podman's API socket " + socket + " is not there",
                    remedy,
                    new Unreached(cause));
        }
        return new Trouble(
                Trouble.Sort.TRANSIENT,
                "podman's API socket " + socket + " cannot be connected to: " + cause.getMessage(),
                remedy,
                new Unreached(cause));
    }

    static String message(JsonNode body) {
        String text = body.isTextual()
                ? body.asText().strip()
                : body.path("message").asText(body.path("cause").asText(""));
        String cut = text.length() > MESSAGE_LIMIT_CHARS ? text.substring(0, MESSAGE_LIMIT_CHARS) + "..." : text;
        return cut.isEmpty() ? "" : ": " + cut;
    }

    /** The connection ended before the answer did. */
    private static final class Closed extends IOException {
        private static final long serialVersionUID = 1;

        Closed(Throwable cause) {
            super(cause);
        }
    }

    /** Nobody listens at the socket. */
    private static final class Unreached extends IOException {
        private static final long serialVersionUID = 1;

        Unreached(Throwable cause) {
            super(cause);
        }
    }

    /** A time limit that runs from now. */
    private static final class Limit {
        final Duration limit;
        private final long startNanos = System.nanoTime();

        Limit(Duration limit) {
            this.limit = limit;
        }

        long leftNanos() {
            return Math.max(1, limit.toNanos() - (System.nanoTime() - startNanos));
        }
    }
}
