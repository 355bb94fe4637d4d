package dev.homeostat.host.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server that is as bad as podman can be. */
class PodmanClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String HEALTH =
            "{\"Type\":\"container\",\"Action\":\"health_status\",\"HealthStatus\":\"%s\",\"Actor\":{\"ID\":\"1\",\"Attributes\":{\"name\":\"web\"}}}\n";

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final AtomicInteger asked = new AtomicInteger();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Path socket() {
        return folder.resolve("podman.sock");
    }

    private PodmanClient client() {
        return new PodmanClient(vertx.createHttpClient(), socket(), "enable podman.socket", () -> {});
    }

    private HttpServer serve(Consumer<HttpServerRequest> answer) {
        return vertx.createHttpServer()
                .requestHandler(request -> {
                    asked.incrementAndGet();
                    answer.accept(request);
                })
                .listen(SocketAddress.domainSocketAddress(socket().toString()))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @Test
    void nobody_listens() {
        assertThatThrownBy(() -> client().get("/version", LIMIT)).isInstanceOfSatisfying(Trouble.class, t -> {
            assertThat(t.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
            assertThat(t.sentence())
                    .isEqualTo("podman's API socket " + socket() + " is not there; enable podman.socket");
        });
    }

    @Test
    void a_socket_that_was_left_behind_is_opened_anew() throws Exception {
        try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(socket()).exists();
        AtomicInteger opened = new AtomicInteger();
        PodmanClient client = new PodmanClient(vertx.createHttpClient(), socket(), "", () -> {
            opened.incrementAndGet();
            socket().toFile().delete();
            serve(r -> r.response().end("{}"));
        });
        client.get("/version", LIMIT);
        client.get("/version", LIMIT);
        assertThat(opened).hasValue(1);
    }

    @Test
    void what_podman_says_is_passed_on() {
        serve(r -> r.response()
                .setStatusCode(500)
                .end("{\"cause\":\"x\",\"message\":\"no space left on device\",\"response\":500}"));
        assertThatThrownBy(() -> client().get("/version", LIMIT))
                .hasMessage("podman answered GET /version with status 500: no space left on device");
    }

    @Test
    void an_answer_that_does_not_come_is_given_up() {
        serve(r -> {});
        assertThatThrownBy(() -> client().get("/version", Duration.ofMillis(200)))
                .hasMessage("podman at " + socket() + " did not answer GET /version within 200ms");
    }

    @Test
    void an_answer_that_is_too_long_is_cut_off() {
        serve(r -> r.response()
                .setChunked(true)
                .write("[\"" + "x".repeat(33 << 20) + "\"]")
                .onComplete(w -> r.response().end()));
        assertThatThrownBy(() -> client().get("/images/json", LIMIT))
                .hasMessageContaining("longer than 33554432 bytes");
    }

    @Test
    void a_connection_that_ends_under_a_question_is_asked_once_more() throws Trouble {
        serve(r -> {
            if (asked.get() == 1) {
                r.connection().close();
            } else {
                r.response().putHeader("Server", "Libpod/4.3.1 (linux)").end("{}");
            }
        });
        PodmanClient client = client();
        client.get("/containers/json", LIMIT);
        assertThat(asked).hasValue(2);
        assertThat(client.version()).isEqualTo(new PodmanVersion(4, 3, 1));
    }

    @Test
    void a_lost_event_stream_is_opened_again_and_only_news_are_told() throws Exception {
        serve(r -> {
            r.response()
                    .setChunked(true)
                    .write(HEALTH.formatted("healthy") + HEALTH.formatted("healthy") + HEALTH.formatted("unhealthy"));
            if (asked.get() == 1) {
                vertx.setTimer(100, t -> r.connection().close());
            }
        });
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        PodmanEngine engine = new PodmanEngine(client());
        try (var _ = engine.listen(e -> told.add(e.name() + " " + e.health()), told::add)) {
            List<String> heard = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                heard.add(told.poll(10, TimeUnit.SECONDS));
            }
            assertThat(heard)
                    .containsExactly(
                            "podman's event stream begins",
                            "web healthy",
                            "web unhealthy",
                            "podman's event stream is back",
                            "web healthy",
                            "web unhealthy");
        }
        assertThat(engine.connectionsLost()).isEqualTo(1);
    }

    @Test
    void while_podman_gives_no_answer_only_one_waits_for_it_and_all_are_told_when_it_does() throws Exception {
        List<HttpServerRequest> unanswered = new CopyOnWriteArrayList<>();
        AtomicBoolean hangs = new AtomicBoolean(true);
        serve(r -> {
            if (hangs.get()) {
                unanswered.add(r);
            } else {
                r.response().end("[]");
            }
        });
        PodmanClient client = client();
        CountDownLatch again = new CountDownLatch(1);
        client.whenItAnswersAgain(again::countDown);
        assertThatThrownBy(() -> client.get("/containers/json", Duration.ofMillis(300)))
                .hasMessageContaining("did not answer GET /containers/json within 300ms");
        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> client.get("/images/json", LIMIT))
                    .hasMessageContaining("did not answer GET /containers/json within 300ms");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        hangs.set(false);
        assertThat(again.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(client.get("/images/json", LIMIT)).isEmpty();
        client.close();
    }

    @Test
    void a_socket_that_nobody_listens_at_is_brought_about() throws Exception {
        Files.createFile(socket()); // as one that was left behind
        PodmanClient client = new PodmanClient(vertx.createHttpClient(), socket(), "enable podman.socket", () -> {
            try {
                Files.deleteIfExists(socket());
            } catch (IOException e) {
                throw Trouble.passing("cannot remove it", e);
            }
            serve(r -> r.response().end("[]"));
        });
        assertThat(client.get("/containers/json", LIMIT)).isEmpty();
    }

    @Test
    void why_the_socket_cannot_be_brought_about_is_said() {
        PodmanClient client = new PodmanClient(vertx.createHttpClient(), socket(), "enable it", () -> {
            throw Trouble.passing("podman.socket is masked");
        });
        assertThatThrownBy(() -> client.get("/containers/json", LIMIT))
                .hasMessage("podman's API socket " + socket() + " is not there; podman.socket is masked");
    }

    @Test
    void podman_s_own_words_are_found_among_what_a_unit_wrote() {
        assertThat(QuadletResources.words(List.of(
                        "a3f5",
                        "Error: first",
                        "Error: preparing container for attach: bind: address already in use",
                        "bye")))
                .contains("preparing container for attach: bind: address already in use");
        assertThat(QuadletResources.words(List.of("a3f5"))).isEmpty();
    }
}
