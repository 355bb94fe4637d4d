package dev.homeostat.control;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import dev.homeostat.control.Contract.Sample;
import dev.homeostat.reconcile.Event;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Problem;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import jakarta.inject.Inject;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every operation of the OpenAPI document is called, in every way in which it can go wrong; and what is answered is what the
 * document says. What needs another user or a real machine is in the system tests.
 */
@QuarkusTest
@TestProfile(ControlProfile.class)
class ContractTest {
    private static final String MOTD = "file%2F%2Fetc%2Fmotd";
    private static final String EVENTS = "GET /v1/events";
    private static final String CONSOLE = "POST /v1/console";

    private static final Map<String, Sample> SAMPLES = Map.ofEntries(
            entry("GET /v1/status", Sample.of("/v1/status")),
            entry("GET /v1/facts", Sample.of("/v1/facts")),
            entry("GET /v1/checks", Sample.of("/v1/checks")),
            entry("POST /v1/test", Sample.of("/v1/test")),
            entry("GET /v1/version", Sample.of("/v1/version")),
            entry("GET /v1/resources", Sample.of("/v1/resources?kind=file&condition=Drifted")),
            entry("GET /v1/resources/{id}", Sample.of("/v1/resources/" + MOTD)),
            entry("GET /v1/history", Sample.of("/v1/history?limit=5&resource=" + MOTD)),
            entry("GET /v1/audit", Sample.of("/v1/audit?limit=5")),
            entry("GET /v1/plan", Sample.of("/v1/plan")),
            entry("POST /v1/plan", Sample.yaml("/v1/plan?name=a.yaml", "version: 1\n")),
            entry("POST /v1/validate", Sample.yaml("/v1/validate?name=a.yaml", "verzion: 1\n")),
            entry("POST /v1/apply", Sample.json("/v1/apply", "{\"wait\":\"1s\"}")),
            entry("POST /v1/poll", Sample.of("/v1/poll")),
            entry("POST /v1/deploy", Sample.json("/v1/deploy", "{\"path\":\"" + OrdersDouble.PATH + "\"}")),
            entry("DELETE /v1/deploy", Sample.of("/v1/deploy")),
            entry("GET /v1/inputs", Sample.of("/v1/inputs")),
            entry("POST /v1/inputs/update", Sample.json("/v1/inputs/update", "{\"names\":[\"nixpkgs\"]}")),
            entry("POST /v1/inputs/restore", Sample.of("/v1/inputs/restore")),
            entry("POST /v1/reload", Sample.of("/v1/reload")),
            entry("POST /v1/retry/{id}", Sample.of("/v1/retry/file%2F%2Fetc%2Fmotd")),
            entry("GET /v1/revisions", Sample.of("/v1/revisions")),
            entry("GET /v1/revisions/{id}", Sample.of("/v1/revisions/abababab")),
            entry("POST /v1/rollback", Sample.json("/v1/rollback", "{\"revision\":\"abababab\"}")),
            entry("GET /v1/approvals", Sample.of("/v1/approvals")),
            entry("POST /v1/approve", Sample.json("/v1/approve", "{\"token\":\"" + EngineDouble.TOKEN + "\"}")),
            entry("POST /v1/decline", Sample.json("/v1/decline", "{\"token\":\"" + EngineDouble.TOKEN + "\"}")),
            entry("GET /v1/proposals", Sample.of("/v1/proposals")),
            entry(
                    "POST /v1/proposals",
                    Sample.json("/v1/proposals", "{\"content\":\"version: 1\\n\",\"why\":\"a test\"}")),
            entry("GET /v1/proposals/{hash}", Sample.of("/v1/proposals/" + EngineDouble.PROPOSED)),
            entry(
                    "POST /v1/proposals/{hash}/approve",
                    Sample.of("/v1/proposals/" + EngineDouble.PROPOSED + "/approve")),
            entry("DELETE /v1/proposals/{hash}", Sample.of("/v1/proposals/" + EngineDouble.PROPOSED)),
            entry("GET /v1/deployments", Sample.of("/v1/deployments?limit=5")),
            entry("POST /v1/confirm", Sample.json("/v1/confirm", "{\"resource\":\"generation/system\"}")),
            entry("GET /v1/pauses", Sample.of("/v1/pauses")),
            entry("PUT /v1/pauses/{id}", Sample.json("/v1/pauses/" + MOTD, "{\"reason\":\"a test\",\"for\":\"2h\"}")),
            entry("DELETE /v1/pauses/{id}", Sample.of("/v1/pauses/" + EngineDouble.PAUSED)),
            entry("GET /v1/schema", Sample.of("/v1/schema")),
            entry(EVENTS, Sample.of("/v1/events")),
            entry(CONSOLE, Sample.json("/v1/console", "{\"args\":[\"status\"],\"columns\":0,\"color\":false}")),
            entry("GET /v1/openapi", Sample.of("/v1/openapi")),
            entry("GET /q/metrics", Sample.of("/q/metrics")),
            entry("GET /q/health", Sample.of("/q/health")),
            entry("GET /q/health/live", Sample.of("/q/health/live")),
            entry("GET /q/health/ready", Sample.of("/q/health/ready")),
            entry("GET /q/health/started", Sample.of("/q/health/started")));

    private static final Map<Refusal.Sort, Integer> STATUS = Map.of(
            Refusal.Sort.NOT_FOUND, 404,
            Refusal.Sort.CONFLICT, 409,
            Refusal.Sort.MOVED, 412,
            Refusal.Sort.INVALID, 422);
    private static final Problem PROBLEM = new Problem(new Place("machine.yaml", 1, 1), "version", "a test");

    /** Needs another user: a system test. */
    private static final int NOT_PERMITTED = 403;

    /** Of Quarkus' own making, and answered with 404. */
    private static final Set<String> SHADOWS = Set.of("/q/", "/v1/openapi.json", "/v1/openapi.yaml", "/v1/openapi.yml");

    private static final class Bug extends RuntimeException {
        private static final long serialVersionUID = 1;

        Bug() {
            super("thrown by a test", null, false, false); // no trace: it is logged for each operation
        }
    }

    @Inject
    EngineDouble engine;

    @Inject
    MachineDouble machine;

    @Inject
    OrdersDouble orders;

    @Inject
    Router router;

    private Contract contract;

    @BeforeEach
    void asUsual() {
        engine.right = false;
        engine.stuck = false;
        engine.refusal = null;
        engine.bug = null;
        machine.bare = false;
        orders.bare = false;
        contract = Contract.of(ControlProfile.SOCKET);
    }

    @Test
    void every_documented_answer_is_given_and_every_given_answer_is_documented() throws Exception {
        assertThat(SAMPLES.keySet()).isEqualTo(contract.operations());
        for (Map.Entry<String, Sample> operation : SAMPLES.entrySet()) {
            if (operation.getKey().equals(EVENTS)) {
                events();
            } else {
                Response fine = contract.send(operation.getKey(), operation.getValue(), "");
                assertThat(fine.statusCode()).as(operation.getKey()).isBetween(200, 299);
            }
            goesWrong(operation.getKey(), operation.getValue());
        }
        contract.send("GET /v1/openapi", Sample.of("/v1/openapi?format=json"), "");
        contract.send("GET /q/metrics", Sample.of("/q/metrics"), "text/plain");
        contract.send("GET /v1/schema", Sample.of("/v1/schema"), "application/schema+json");
        orders.bare = true;
        contract.send("GET /v1/inputs", Sample.of("/v1/inputs"), "");
        machine.bare = true;
        contract.send("GET /v1/facts", Sample.of("/v1/facts"), "");
        engine.stuck = true;
        contract.send("GET /q/health", Sample.of("/q/health"), "");
        contract.send("GET /q/health/live", Sample.of("/q/health/live"), "");
        contract.send("GET /q/health/ready", Sample.of("/q/health/ready"), "");
        engine.young = true;
        contract.send("GET /q/health/started", Sample.of("/q/health/started"), "");
        engine.young = false;
        Set<String> missing = contract.answers().stream()
                .filter(answer -> !answer.endsWith(" " + NOT_PERMITTED))
                .collect(Collectors.toCollection(TreeSet::new));
        missing.removeAll(contract.seen());
        assertThat(missing).as("documented and never seen").isEmpty();
        assertThat(contract.looseEnds()).isEmpty();
    }

    private void goesWrong(String operation, Sample sample) throws Exception {
        if (!sample.path().startsWith("/v1/") || sample.path().equals("/v1/openapi")) {
            return;
        }
        contract.send(operation, sample, "image/png");
        tooLarge(operation, sample);
        if (contract.takesABody(operation)) {
            contract.send(operation, sample.sent("text/html", "<html>"), "");
            contract.send(operation, sample.sent(sample.type(), "{\"half"), "");
            contract.send(operation, sample.sent(sample.type(), "{\"unheardOf\":1}"), "");
            contract.send(operation, sample.sent(sample.type(), "[]"), "");
        }
        if (operation.endsWith("{id}")) {
            contract.send(operation, sample.with(sample.path().replaceAll("[^/]*$", "nonsense")), "");
        }
        if (sample.path().contains("?") && sample.type().isEmpty()) {
            contract.send(operation, sample.with(sample.path().replaceAll("=[^&]*", "=-1")), "");
        }
        if (!operation.equals(EVENTS)) { // it would not end
            for (Map.Entry<Refusal.Sort, Integer> sort : STATUS.entrySet()) {
                if (contract.lists(operation, sort.getValue())) {
                    engine.refusal = new Refusal(sort.getKey(), "a test", List.of(PROBLEM));
                    assertThat(contract.send(operation, sample, "").statusCode())
                            .isEqualTo(sort.getValue());
                    engine.refusal = null;
                }
            }
            engine.bug = new Bug();
            contract.send(operation, sample, "");
            engine.bug = null;
        }
    }

    /** The head of a request is enough for it to be refused. */
    private void tooLarge(String operation, Sample sample) throws IOException {
        String type = sample.type().isEmpty() ? "" : "content-type: " + sample.type() + "\r\n";
        try (SocketChannel channel = ApiTest.connect()) {
            ApiTest.send(
                    channel,
                    operation.split(" ")[0] + " " + sample.path() + " HTTP/1.1\r\nhost: x\r\n" + type
                            + "content-length: 10485760\r\n\r\n");
            String[] answer = ApiTest.read(channel, "]}").split("\r\n\r\n", 2);
            assertThat(answer[0]).as(operation).startsWith("HTTP/1.1 413");
            contract.check(operation, 413, header(answer[0], "content-type"), answer[1]);
        }
    }

    private void events() throws Exception {
        try (SocketChannel channel = ApiTest.connect()) {
            ApiTest.send(channel, "GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n");
            ApiTest.await(() -> engine.listening() > 0);
            engine.tell(new Event(7, Instant.EPOCH, "step", Optional.of(EngineDouble.MOTD), "write"));
            String[] answer = ApiTest.read(channel, "write").split("\r\n\r\n", 2);
            contract.check(EVENTS, 200, header(answer[0], "content-type"), answer[1]);
        }
    }

    private static String header(String head, String name) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    @Test
    void a_method_that_a_path_does_not_have_is_refused_in_the_same_way() {
        Set<String> paths = contract.operations().stream()
                .map(operation -> operation.split(" ")[1])
                .collect(Collectors.toCollection(TreeSet::new));
        for (String path : paths) {
            OverSocket.given(ControlProfile.SOCKET)
                    .request("PATCH", path.replace("{id}", MOTD).replace("{hash}", EngineDouble.PROPOSED))
                    .then()
                    .statusCode(405)
                    .contentType("application/problem+json")
                    .body("type", equalTo("urn:homeostat:error:method"));
        }
    }

    @Test
    void what_is_not_documented_is_not_served_either() {
        for (String path : List.of("/q/health/group", "/q/health/well", "/v1/openapi.yaml", "/q/", "/q/dev", "/v1/")) {
            OverSocket.given(ControlProfile.SOCKET)
                    .get(path)
                    .then()
                    .statusCode(404)
                    .body("type", equalTo("urn:homeostat:error:not-found"));
        }
    }

    @Test
    void every_route_is_documented() throws Exception {
        Set<String> ours = new TreeSet<>();
        for (Class<?> api : apis()) {
            String root = api.getAnnotation(Path.class).value();
            for (Method method : api.getDeclaredMethods()) {
                for (Annotation annotation : method.getAnnotations()) {
                    HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
                    if (verb != null) {
                        Path path = method.getAnnotation(Path.class);
                        ours.add(verb.value() + " "
                                + (path == null
                                        ? root
                                        : root + "/" + path.value().replaceAll(": [^}]*", "")));
                    }
                }
            }
        }
        assertThat(ours).hasSizeGreaterThan(20);
        assertThat(contract.operations()).containsAll(ours);
        Set<String> documented = contract.operations().stream()
                .map(operation -> operation.split(" ")[1])
                .collect(Collectors.toSet());
        Set<String> others = router.getRoutes().stream()
                .map(Route::getPath)
                .filter(path -> path != null && !path.equals("/"))
                .collect(Collectors.toCollection(TreeSet::new));
        documented.addAll(SHADOWS);
        assertThat(documented).containsAll(others);
    }

    /** The classes of the API, as compiled: a new one cannot be forgotten. */
    private static Set<Class<?>> apis() throws Exception {
        Set<Class<?>> apis = new LinkedHashSet<>();
        String room = "dev.homeostat.control.api";
        try (Stream<java.nio.file.Path> files =
                Files.list(java.nio.file.Path.of("target/classes", room.replace('.', '/')))) {
            for (java.nio.file.Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith("Api.class")) {
                    apis.add(Class.forName(room + "." + name.substring(0, name.length() - ".class".length())));
                }
            }
        }
        return apis;
    }
}
