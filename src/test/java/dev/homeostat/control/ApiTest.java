package dev.homeostat.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import dev.homeostat.reconcile.Event;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(ControlProfile.class)
class ApiTest {
    @Inject
    EngineDouble engine;

    @BeforeEach
    void drifted() {
        engine.right = false;
        engine.stuck = false;
    }

    private static RequestSpecification given() {
        return OverSocket.given(ControlProfile.SOCKET);
    }

    private static void problem(Response response, int status, String type) {
        response.then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:homeostat:error:" + type))
                .body("status", equalTo(status))
                .body("title", not(equalTo("")))
                .body("detail", not(equalTo("")));
    }

    @Test
    void the_status_is_told() {
        given().get("/v1/status")
                .then()
                .statusCode(200)
                .body("right", equalTo(false))
                .body("summary", equalTo("1 in sync, 1 drifted"))
                .body("lastPassTook", equalTo("12ms"))
                .body("resources.id", contains("file//etc/motd", "service/cron.service"));
    }

    @Test
    void resources_can_be_picked_by_kind_and_condition() {
        given().get("/v1/resources?kind=file").then().body("id", contains("file//etc/motd"));
        given().get("/v1/resources?condition=InSync").then().body("id", contains("service/cron.service"));
        problem(given().get("/v1/resources?condition=Fine"), 400, "malformed");
    }

    @Test
    void an_id_with_slashes_is_one_id() throws Exception {
        try (SocketChannel channel = connect()) {
            send(channel, "GET /v1/resources/file//etc/motd HTTP/1.1\r\nhost: x\r\n\r\n");
            assertThat(read(channel, "history")).startsWith("HTTP/1.1 200").contains("file//etc/motd");
        }
        given().get("/v1/resources/file%2F%2Fetc%2Fmotd").then().statusCode(200).body("desired.mode", equalTo("0644"));
        problem(given().get("/v1/resources/file%2F%2Fetc%2Fpasswd"), 404, "not-found");
        problem(given().get("/v1/resources/nonsense"), 400, "malformed");
    }

    @Test
    void a_plan_has_a_hash_and_a_candidate_is_planned_too() {
        given().get("/v1/plan").then().statusCode(200).body("hash", equalTo(EngineDouble.HASH));
        given().contentType("application/yaml")
                .body("version: 1\n")
                .post("/v1/plan")
                .then()
                .statusCode(200);
        Response invalid =
                given().contentType("application/yaml").body("verzion: 1\n").post("/v1/plan?name=a.yaml");
        problem(invalid, 422, "invalid");
        invalid.then().body("problems[0].place.file", equalTo("a.yaml")).body("problems[0].place.line", equalTo(1));
    }

    @Test
    void a_candidate_is_validated() {
        given().contentType("application/yaml")
                .body("x")
                .post("/v1/validate")
                .then()
                .statusCode(200)
                .body("valid", equalTo(false));
        given().contentType("text/plain")
                .body("version: 1")
                .post("/v1/validate")
                .then()
                .body("valid", equalTo(true));
    }

    @Test
    void apply_is_carried_out_and_audited_with_who_asked() {
        given().contentType(ContentType.JSON)
                .body("{\"plan\":\"" + EngineDouble.HASH + "\",\"wait\":\"5s\",\"only\":[\"file//etc/motd\"]}")
                .post("/v1/apply")
                .then()
                .statusCode(200)
                .body("right", equalTo(true));
        given().get("/v1/audit?limit=1")
                .then()
                .body("[0].verb", equalTo("apply"))
                .body("[0].actor.pid", equalTo((int) ProcessHandle.current().pid()))
                .body("[0].outcome", equalTo("accepted"));
    }

    @Test
    void apply_of_a_plan_that_moved_is_refused_and_audited() {
        Response refused = given().contentType(ContentType.JSON)
                .body("{\"plan\":\"other\"}")
                .post("/v1/apply");
        problem(refused, 412, "moved");
        given().get("/v1/audit?limit=1").then().body("[0].outcome", containsString("refused: the plan is another"));
    }

    @Test
    void what_is_malformed_is_said_with_its_place() {
        problem(given().contentType(ContentType.JSON).body("{\"plan\":").post("/v1/apply"), 400, "malformed");
        problem(given().contentType(ContentType.JSON).body("{\"plam\":\"x\"}").post("/v1/apply"), 400, "malformed");
        problem(
                given().contentType(ContentType.JSON)
                        .body("{\"wait\":\"soon\"}")
                        .post("/v1/apply"),
                400,
                "malformed");
        problem(given().contentType(ContentType.JSON).body("{\"wait\":\"1d\"}").post("/v1/apply"), 400, "malformed");
        problem(given().contentType(ContentType.JSON).post("/v1/apply"), 400, "malformed");
        problem(given().get("/v1/history?limit=0"), 400, "malformed");
        problem(given().contentType(ContentType.JSON).body("{}").put("/v1/pauses/nonsense"), 400, "malformed");
        problem(
                given().contentType(ContentType.JSON).body("{}").put("/v1/pauses/file%2F%2Fetc%2Fmotd"),
                400,
                "malformed");
    }

    @Test
    void what_is_not_there_or_not_so_is_a_problem_document_too() {
        problem(given().get("/v1/nothing"), 404, "not-found");
        problem(given().get("/elsewhere"), 404, "not-found");
        problem(given().get("/v1/revisions/ffffffff"), 404, "not-found");
        problem(given().delete("/v1/status"), 405, "method");
        problem(given().contentType("text/html").body("x").post("/v1/apply"), 415, "media-type");
        problem(given().accept("image/png").get("/v1/status"), 406, "not-acceptable");
        problem(given().delete("/v1/pauses/file%2F%2Fetc%2Fmotd"), 409, "conflict");
        problem(given().contentType(ContentType.JSON).body("{\"token\":\"x\"}").post("/v1/approve"), 404, "not-found");
    }

    @Test
    void a_body_that_is_too_large_is_refused() throws Exception {
        try (SocketChannel channel = connect()) {
            send(
                    channel,
                    "POST /v1/validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/yaml\r\ncontent-length: 10485760\r\n\r\n"
                            + "x".repeat(1000));
            assertThat(read(channel, "}")).startsWith("HTTP/1.1 413").contains("urn:homeostat:error:too-large");
        }
    }

    @Test
    void pauses_and_revisions_and_reload() {
        given().contentType(ContentType.JSON)
                .body("{\"reason\":\"trying things out\",\"for\":\"2h\"}")
                .put("/v1/pauses/file%2F%2Fetc%2Fmotd")
                .then()
                .statusCode(200)
                .body("id", equalTo("file//etc/motd"))
                .body("until", equalTo("2026-01-02T05:04:05Z"));
        given().get("/v1/revisions").then().body("inForce", hasItem(true));
        given().get("/v1/revisions/abababab").then().body("version", equalTo(1));
        given().contentType(ContentType.JSON)
                .body("{\"revision\":\"abababab\"}")
                .post("/v1/rollback")
                .then()
                .statusCode(200);
        int before = engine.reloads;
        given().post("/v1/reload").then().statusCode(202);
        assertThat(engine.reloads).isEqualTo(before + 1);
    }

    @Test
    void headers_say_nothing_about_who_asks() {
        given().header("X-Forwarded-For", "10.0.0.1")
                .header("Authorization", "Basic c3RyYW5nZXI6eA==")
                .header("X-Uid", "1002")
                .post("/v1/reload")
                .then()
                .statusCode(202);
        given().get("/v1/audit?limit=1").then().body("[0].actor.uid", equalTo(uid()));
    }

    @Test
    void the_api_describes_itself() {
        given().get("/v1/openapi?format=json")
                .then()
                .statusCode(200)
                .body("info.title", equalTo("Homeostat control API"))
                .body("paths.'/v1/status'.get.summary", equalTo("Is the machine right?"))
                .body("paths.'/v1/console'.post.summary", not(equalTo("")));
    }

    @Test
    void events_arrive_as_they_happen_and_leaving_is_noticed() throws Exception {
        int before = engine.listening();
        try (SocketChannel channel = connect()) {
            send(channel, "GET /v1/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n");
            await(() -> engine.listening() == before + 1);
            engine.tell(new Event(7, Instant.EPOCH, "noticed", Optional.of(EngineDouble.MOTD), "IN_MODIFY"));
            String seen = read(channel, "IN_MODIFY");
            assertThat(seen).contains("text/event-stream").contains("id:7").contains("event:noticed");
        }
        await(() -> engine.listening() == before);
    }

    @Test
    void a_reader_who_does_not_read_is_cut_off_and_blocks_nobody() throws Exception {
        int before = engine.listening();
        try (SocketChannel channel = connect()) {
            send(channel, "GET /v1/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n");
            await(() -> engine.listening() == before + 1);
            String text = "x".repeat(4096);
            long start = System.nanoTime();
            for (int i = 0; i < 5000; i++) {
                engine.tell(new Event(i, Instant.EPOCH, "noticed", Optional.empty(), text));
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            await(() -> engine.listening() == before);
        }
    }

    @Test
    void two_hundred_clients_are_served_at_once() throws Exception {
        List<SocketChannel> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                clients.add(connect());
            }
            for (SocketChannel client : clients) {
                send(client, "GET /v1/version HTTP/1.1\r\nhost: x\r\n\r\n");
            }
            for (SocketChannel client : clients) {
                assertThat(read(client, "\"api\"")).startsWith("HTTP/1.1 200");
            }
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @Test
    void what_is_not_http_is_refused() throws Exception {
        try (SocketChannel channel = connect()) {
            send(channel, "NONSENSE\r\n\r\n");
            assertThat(read(channel, "400")).startsWith("HTTP/1.0 400");
        }
        try (SocketChannel channel = connect()) {
            send(channel, "GET /v1/status HTTP/1.1\r\nhost: x\r\nx: " + "y".repeat(20_000) + "\r\n\r\n");
            assertThat(read(channel, "431")).startsWith("HTTP/1.1 431");
        }
    }

    @Test
    void the_socket_is_for_its_group_only() throws Exception {
        await(() -> mode().startsWith("rw-"));
        assertThat(mode()).matches("rw-(rw-|---)---");
    }

    @Test
    void health_tells_a_degraded_machine_from_a_stuck_loop() {
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health/started").then().statusCode(200);
        given().get("/q/health/ready").then().statusCode(200).body("checks.data.degraded", hasItem(true));
        engine.stuck = true;
        given().get("/q/health/live").then().statusCode(503);
        given().get("/q/health/ready").then().statusCode(503);
    }

    @Test
    void metrics_have_units_and_help() {
        given().get("/q/metrics").then().statusCode(200);
        String text = given().get("/q/metrics").then().statusCode(200).extract().asString();
        assertThat(text)
                .contains("# HELP homeostat_queue_depth Resources that wait to be looked at")
                .contains("# HELP homeostat_as_declared 1 if the whole machine is as declared")
                .contains("homeostat_declaration_valid 1.0")
                .contains("homeostat_last_pass_timestamp_seconds")
                .contains("homeostat_revision_info{revision=\"abababababab\"");
    }

    private static int uid() {
        try {
            return (Integer) Files.getAttribute(java.nio.file.Path.of("/proc/self"), "unix:uid");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String mode() {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(ControlProfile.SOCKET));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static SocketChannel connect() throws java.io.IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(ControlProfile.SOCKET));
        return channel;
    }

    static void send(SocketChannel channel, String text) throws java.io.IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    static String read(SocketChannel channel, String until) throws java.io.IOException {
        StringBuilder out = new StringBuilder();
        ByteBuffer bytes = ByteBuffer.allocate(8192);
        while (out.indexOf(until) < 0 && channel.read(bytes.clear()) >= 0) {
            out.append(StandardCharsets.UTF_8.decode(bytes.flip()));
        }
        return out.toString();
    }

    interface Fact {
        boolean holds() throws Exception;
    }

    static void await(Fact fact) throws Exception {
        long limit = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!fact.holds()) {
            assertThat(System.nanoTime()).as("not within 10 s").isLessThan(limit);
            Thread.onSpinWait();
        }
    }
}
