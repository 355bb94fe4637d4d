package dev.homeostat.ai.suggest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.homeostat.ai.mcp.DaemonDouble;
import dev.homeostat.cli.ExitCode;
import dev.homeostat.resource.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that suggests what is there already. */
class SuggestTest {
    private static final String ANSWER = "```yaml\nfiles:\n  /etc/motd: {content: hello}\n```\n";

    @TempDir
    Path folder;

    @Test
    void a_suggestion_with_which_nothing_would_change_is_told_so_and_no_proposal() throws Exception {
        HttpServer model = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        model.createContext("/v1/chat/completions", exchange -> {
            byte[] body = Json.write(Map.of("choices", List.of(Map.of("message", Map.of("content", ANSWER)))))
                    .getBytes(UTF_8);
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        model.start();
        PrintStream usual = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        Path socket = folder.resolve("control.sock");
        try (DaemonDouble daemon = new DaemonDouble(socket)) {
            daemon.says(
                    "GET /v1/status",
                    200,
                    "{\"resources\":[{\"id\":\"endpoint/anna@model-server\",\"condition\":\"InSync\"}]}");
            daemon.says(
                    "GET /v1/resources/endpoint%2Fanna%40model-server",
                    200,
                    "{\"desired\":{\"model\":\"parrot\",\"base\":\"http://127.0.0.1:"
                            + model.getAddress().getPort() + "/v1\"}}");
            daemon.says("GET /v1/schema", 200, "{\"properties\":{}}");
            daemon.says(
                    "POST /v1/proposals",
                    409,
                    "{\"detail\":\"nothing would change: all of that is declared already\"}");
            System.setErr(new PrintStream(told, true, UTF_8));
            assertThat(Suggest.run("--socket", socket.toString(), "a", "greeting"))
                    .isEqualTo(ExitCode.ERROR.number());
            assertThat(told.toString(UTF_8))
                    .contains("homeostat suggest: nothing would change: all of that is declared already");
            String request = daemon.requests.stream()
                    .filter(r -> r.startsWith("POST /v1/proposals"))
                    .findFirst()
                    .orElseThrow();
            JsonNode body = Json.read(request.substring(request.indexOf("\r\n\r\n") + 4), JsonNode.class);
            assertThat(body.path("onlyIfChanged").asBoolean()).isTrue();
            assertThat(body.path("content").asText()).contains("/etc/motd");
        } finally {
            System.setErr(usual);
            model.stop(0);
        }
    }
}
