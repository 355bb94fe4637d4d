package dev.homeostat.ai.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that behaves in every way that servers of models do. */
class EndpointKindTest {
    private static final ResourceId ID = new ResourceId("endpoint", Scope.of("app"), "model-server");
    private static final Instant START = Instant.parse("2026-06-10T12:00:00Z");
    private static final String MODELS = "{\"data\": [{\"id\": \"small\"}, {\"id\": \"large\"}]}";
    private static final String ANSWER =
            "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"yes\"}}]}";

    /** By path. */
    private final Map<String, Behaviour> paths = new ConcurrentHashMap<>();

    private final AtomicInteger conversations = new AtomicInteger();
    private volatile Instant now = START;
    private final EndpointKind kind = new EndpointKind(() -> now);
    private HttpServer server;

    private interface Behaviour {
        void answer(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void serve() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            Behaviour behaviour = paths.get(exchange.getRequestURI().getPath());
            if (behaviour == null) {
                says(404, "nothing here").answer(exchange);
            } else {
                behaviour.answer(exchange);
            }
        });
        server.start();
        paths.put("/v1/models", says(200, MODELS));
        paths.put("/v1/chat/completions", exchange -> {
            conversations.incrementAndGet();
            says(200, ANSWER).answer(exchange);
        });
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private static Behaviour says(int status, String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(status, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        };
    }

    private Desired<EndpointSpec> desired(String model) {
        return new Desired<>(
                ID,
                new EndpointSpec(
                        "http://127.0.0.1:" + server.getAddress().getPort() + "/v1",
                        EndpointSpec.Asks.COMPLETION,
                        model,
                        Duration.ofMinutes(10)),
                Set.of(),
                Place.NOWHERE);
    }

    private Sighting<EndpointSeen> look(String model) {
        return kind.observe(List.of(desired(model))).get(ID);
    }

    private static String answers(Sighting<EndpointSeen> sighting) {
        return sighting instanceof Sighting.Seen<EndpointSeen>(EndpointSeen seen) ? seen.answers() : "";
    }

    private static String trouble(Sighting<EndpointSeen> sighting) {
        assertThat(sighting).isInstanceOf(Sighting.Unclear.class);
        return ((Sighting.Unclear<EndpointSeen>) sighting).trouble().sentence();
    }

    @Test
    void a_model_that_answered_is_believed_for_a_while_and_asked_again_after_silence() {
        assertThat(answers(look("large"))).isEqualTo("large");
        now = START.plus(Duration.ofMinutes(9));
        assertThat(answers(look("large"))).isEqualTo("large");
        assertThat(conversations).hasValue(1);
        now = START.plus(Duration.ofMinutes(11));
        look("large");
        assertThat(conversations).hasValue(2);

        paths.put("/v1/models", says(503, "{\"error\": \"Loading model\"}"));
        assertThat(answers(look("large"))).isEmpty();
        paths.put("/v1/models", says(200, MODELS));
        look("large");
        assertThat(conversations).hasValue(3);

        look("small"); // what was said of another model says nothing of this one
        assertThat(conversations).hasValue(4);
        kind.watch(List.of(), new Nobody());
        look("small");
        assertThat(conversations).hasValue(5);
    }

    @Test
    void the_first_model_is_asked_where_none_is_named() {
        assertThat(answers(look(null))).isEqualTo("small");
    }

    @Test
    void a_server_that_loads_is_on_its_way_until_its_time_is_over() {
        paths.put("/v1/models", says(503, "{\"error\": \"Loading model\"}"));
        Sighting<EndpointSeen> sighting = look("large");
        assertThat(sighting).isInstanceOf(Sighting.Seen.class);
        Assessment assessment = kind.assess(desired("large"), ((Sighting.Seen<EndpointSeen>) sighting).observation());
        assertThat(assessment.converging()).isTrue();
        assertThat(assessment.actions()).isEmpty();
        assertThat(assessment.differences())
                .singleElement()
                .satisfies(d -> assertThat(d.observed()).contains("503", "Loading model"));
        now = START.plus(Duration.ofMinutes(10));
        assertThat(trouble(look("large"))).contains("503", "it has not answered for 10m");
    }

    @Test
    void so_is_one_that_does_not_listen_yet() {
        server.stop(0);
        assertThat(((Sighting.Seen<EndpointSeen>) look("large")).observation().silence())
                .startsWith("nobody answers at 127.0.0.1:");
    }

    @Test
    void what_is_wrong_is_told_at_once() {
        paths.put("/v1/models", says(200, "{\"data\": []}"));
        assertThat(trouble(look("large"))).endsWith("/v1 lists no models");
        paths.put("/v1/models", says(200, MODELS));
        assertThat(trouble(look("tiny"))).endsWith("/v1 has no model \"tiny\", but small, large");
        paths.put("/v1/models", says(200, "<html>"));
        assertThat(trouble(look("large"))).contains("what is no JSON: <html>");
        paths.put("/v1/models", says(302, ""));
        assertThat(trouble(look("large"))).contains("answered 302: nothing");
        paths.put("/v1/models", says(200, "[" + " ".repeat(2 * 1024 * 1024) + "]"));
        assertThat(trouble(look("large"))).contains("more than 1048576 bytes");
        paths.put("/v1/models", says(200, MODELS));
        paths.put("/v1/chat/completions", says(500, "out of memory"));
        assertThat(trouble(look("large"))).contains("answered 500: out of memory");
        paths.put("/v1/chat/completions", says(200, "{\"choices\": []}"));
        assertThat(trouble(look("large"))).endsWith("answered a conversation with no text");
    }

    @Test
    void an_answer_without_an_end_is_given_up() {
        paths.put("/v1/models", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                for (int i = 0; i < 100; i++) {
                    out.write(' ');
                    out.flush();
                    Thread.sleep(100); // a slow answer is what is tried here
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(((Sighting.Seen<EndpointSeen>) look("large")).observation().silence())
                .endsWith("did not answer within 3s");
    }

    /** Nobody is told. */
    private static final class Nobody implements LookAgain {
        @Override
        public void at(ResourceId id, String cause) {
            throw new AssertionError("an endpoint tells of nothing");
        }

        @Override
        public void all(String kind, String cause) {
            throw new AssertionError("an endpoint tells of nothing");
        }
    }
}
