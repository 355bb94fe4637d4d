package dev.homeostat.control.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.control.ControlProfile;
import dev.homeostat.control.EngineDouble;
import dev.homeostat.resource.Json;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Other users of the machine at the control socket. Runs as root where there is a user app without special groups. */
@Tag("system")
@QuarkusTest
@TestProfile(ControlProfile.class)
class StrangersSystemTest {
    @Inject
    EngineDouble engine;

    private static String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=app",
                "--regid=app",
                "--init-groups",
                "curl",
                "-s",
                "-w",
                "%{http_code}",
                "--unix-socket",
                ControlProfile.SOCKET.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out;
    }

    private static void mode(Path path, String mode) throws Exception {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    @BeforeEach
    void the_way_is_open() throws Exception {
        mode(ControlProfile.FOLDER, "rwxr-xr-x");
    }

    @Test
    void without_the_right_mode_nobody_else_connects() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw----");
        assertThat(curl("http://localhost/v1/status")).isEqualTo("000");
    }

    @Test
    void who_may_only_read_reads_and_changes_nothing() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        assertThat(curl("http://localhost/v1/status")).endsWith("200");
        int before = engine.reloads;
        String refused = curl("-X", "POST", "http://localhost/v1/reload");
        assertThat(refused).contains("urn:homeostat:error:not-permitted").endsWith("403");
        String forged = curl(
                "-X",
                "POST",
                "-H",
                "X-Uid: 0",
                "-H",
                "X-Forwarded-User: root",
                "-H",
                "Forwarded: for=root",
                "http://localhost/v1/reload");
        assertThat(forged).endsWith("403");
        assertThat(engine.reloads).isEqualTo(before);
        assertThat(engine.audit(1).getFirst().outcome()).isEqualTo("refused: not permitted");
        assertThat(engine.audit(1).getFirst().actor().uid()).isNotZero();
    }

    @Test
    void the_console_knows_who_asks_too() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        String answer = curl(
                "-H",
                "content-type: application/json",
                "-d",
                "{\"args\":[\"reload\"],\"columns\":0,\"color\":false}",
                "http://localhost/v1/console");
        assertThat(answer).contains("may not reload").contains("x 4");
    }

    @Test
    void a_candidate_would_show_any_file_so_a_reader_may_not_have_one_planned() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        String candidate = "version: 1\nfiles: {/etc/shadow: {content: x}}";
        assertThat(curl(
                        "-X",
                        "POST",
                        "-H",
                        "content-type: application/yaml",
                        "--data-binary",
                        candidate,
                        "http://localhost/v1/plan"))
                .contains("urn:homeostat:error:not-permitted")
                .endsWith("403");
        assertThat(curl("http://localhost/v1/plan")).endsWith("200");
    }

    private static final List<String> FORGED = List.of(
            "X-Uid: 0",
            "X-Forwarded-User: root",
            "X-Forwarded-For: 127.0.0.1",
            "X-Real-IP: 127.0.0.1",
            "X-Original-URL: /v1/status",
            "X-HTTP-Method-Override: GET",
            "Forwarded: for=root;by=root",
            "Authorization: Basic cm9vdDo=",
            "Cookie: uid=0",
            "Host: root",
            "Via: 1.1 root");
    /** What a reader may ask although it is no GET: it changes nothing. */
    private static final Set<String> READING = Set.of("/v1/validate", "/v1/console");

    /** Every route that the server itself says it has, so that a new one is tried, too. */
    @Test
    void no_route_lets_a_reader_change_anything_whatever_the_headers_say() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        String answer = curl("http://localhost/v1/openapi?format=json");
        assertThat(answer).endsWith("200");
        JsonNode api = Json.MAPPER.readTree(answer.substring(0, answer.length() - "200".length()));
        int before = engine.changes.get();
        int changing = 0;
        for (Map.Entry<String, JsonNode> path : api.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                String method = operation.getKey().toUpperCase(Locale.ROOT);
                String url = "http://localhost"
                        + path.getKey()
                                .replaceAll("\\{hash}", "0123456789ab")
                                .replaceAll("\\{[^}]*}", "file//etc/motd");
                if (method.equals("GET") && path.getKey().equals("/v1/events")) {
                    continue; // never ends
                }
                List<String> request = new ArrayList<>(List.of("-X", method, url));
                FORGED.forEach(header -> request.addAll(List.of("-H", header)));
                body(api, operation.getValue(), request);
                String said = curl(request.toArray(new String[0]));
                if (!method.equals("GET") && !READING.contains(path.getKey())) {
                    changing++;
                    assertThat(said)
                            .as(method + " " + url)
                            .contains("not-permitted")
                            .endsWith("403");
                }
            }
        }
        assertThat(changing).as("routes that change something").isGreaterThanOrEqualTo(8);
        assertThat(engine.changes.get()).isEqualTo(before);
        assertThat(engine.audit(1000))
                .filteredOn(entry -> entry.actor().uid() != 0)
                .allMatch(entry -> entry.outcome().startsWith("refused"));
    }

    /** A body that would be accepted of others, made of what the API says of itself. */
    private static void body(JsonNode api, JsonNode operation, List<String> request) {
        JsonNode content = operation.at("/requestBody/content");
        if (content.has("application/json")) {
            JsonNode schema = content.at("/application~1json/schema");
            String name = schema.path("$ref").asText().replaceAll(".*/", "");
            ObjectNode body = Json.MAPPER.createObjectNode();
            for (Map.Entry<String, JsonNode> property :
                    api.at("/components/schemas/" + name + "/properties").properties()) {
                boolean plain = property.getValue().path("type").asText().equals("string");
                JsonNode example = property.getValue().at("/examples/0");
                if (!example.isMissingNode()) {
                    body.set(property.getKey(), example);
                } else if (plain) {
                    body.put(property.getKey(), "abababab");
                }
            }
            request.addAll(List.of("-H", "content-type: application/json", "-d", body.toString()));
        } else if (content.has("application/yaml")) {
            request.addAll(List.of("-H", "content-type: application/yaml", "--data-binary", "version: 1"));
        }
    }

    @Test
    void no_command_lets_a_reader_change_anything() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        int before = engine.changes.get();
        List<String> commands = console("--help")
                .lines()
                .filter(line -> line.matches("o   ?[a-z]+ .*"))
                .map(line -> line.substring(2).strip().split(" ")[0])
                .toList();
        assertThat(commands).hasSizeGreaterThan(15).contains("apply", "pause", "approve", "status");
        int refused = 0;
        for (String command : commands) {
            if (command.equals("watch")) {
                continue; // never ends
            }
            for (String argument : List.of("", "file//etc/motd", EngineDouble.REVISION)) {
                String said = console(argument.isEmpty() ? new String[] {command} : new String[] {command, argument});
                refused += said.contains(" may not ") ? 1 : 0;
            }
        }
        assertThat(refused).as("commands that were refused for who asks").isGreaterThanOrEqualTo(7);
        assertThat(engine.changes.get()).isEqualTo(before);
    }

    private static String console(String... words) throws Exception {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ArrayNode args = body.putArray("args");
        for (String word : words) {
            args.add(word);
        }
        body.put("columns", 0).put("color", false);
        return curl("-H", "content-type: application/json", "-d", body.toString(), "http://localhost/v1/console");
    }

    @Test
    void a_host_that_is_none_is_the_askers_mistake() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        assertThat(curl("-H", "Host: root@localhost", "http://localhost/v1/status"))
                .endsWith("400");
        assertThat(curl("-H", "Host:", "http://localhost/v1/status")).endsWith("400");
    }

    @Test
    void a_flood_of_refused_attempts_does_not_fill_the_audit_log() throws Exception {
        mode(ControlProfile.SOCKET, "rw-rw-rw-");
        long before = engine.audit(100_000).size();
        // one curl, many requests: its glob
        curl("-X", "DELETE", "http://localhost/v1/pauses/file//etc/[1-300]");
        assertThat(engine.audit(100_000).size() - before).isLessThanOrEqualTo(20);
        assertThat(engine.audit(100_000)).anyMatch(e -> e.outcome().startsWith("refused: not permitted"));
    }
}
