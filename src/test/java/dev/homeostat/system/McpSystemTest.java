package dev.homeostat.system;

import static dev.homeostat.ai.mcp.ToolCalls.call;
import static dev.homeostat.ai.mcp.ToolCalls.text;
import static dev.homeostat.system.Machine.DECLARATION;
import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.system.Machine.Answer;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The installed server for agents with the installed daemon: by the SDK's client, by the inspector from npm, as a declared
 * unit; and what a person does with what was proposed. What npm needs is in /srv/npm, see deploy/check.
 */
@Tag("system")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class McpSystemTest {
    private static final Path NPM = Path.of("/srv/npm/node_modules");
    private static final String INSPECTOR = NPM.resolve(".bin/mcp-inspector").toString();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path FILE = Path.of("/etc/agents");
    private static final String ONE = "version: 1\nfiles:\n  /etc/agents: {content: \"one\\n\"}\n";
    private static final String TWO = ONE.replace("one", "two");
    private static final int PORT = 18092;

    @BeforeEach
    void start() throws Exception {
        Machine.startAnew(ONE);
        awaitRight();
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        Machine.stop();
        Files.deleteIfExists(DECLARATION);
        Files.deleteIfExists(FILE);
    }

    private static McpSyncClient client(McpClientTransport transport) {
        McpSyncClient client = McpClient.sync(transport)
                .clientInfo(McpSchema.Implementation.builder("an-agent", "1").build())
                .requestTimeout(PATIENCE)
                .initializationTimeout(PATIENCE)
                .build();
        client.initialize();
        return client;
    }

    private static McpSyncClient overStreams(String... command) {
        ServerParameters parameters = ServerParameters.builder(command[0])
                .args(List.of(command).subList(1, command.length))
                .env(Map.of("HOME", "/root"))
                .build();
        return client(new StdioClientTransport(parameters, new JacksonMcpJsonMapper(Json.MAPPER)));
    }

    private static JsonNode json(McpSchema.CallToolResult result) {
        assertThat(result.isError()).as(text(result)).isNotEqualTo(Boolean.TRUE);
        return Json.read(text(result), JsonNode.class);
    }

    private static String proposed(String content) {
        try (McpSyncClient client = overStreams("/usr/bin/homeostat", "mcp")) {
            Map<String, Object> edit = Map.of("content", content, "why", "two is better");
            JsonNode answer = json(call(client, "homeostat_propose", edit));
            assertThat(answer.path("diff").asText()).contains("+  /etc/agents");
            assertThat(answer.at("/plan/items/0/id").asText()).isEqualTo("file//etc/agents");
            return answer.path("hash").asText();
        }
    }

    @Test
    void an_agent_looks_and_proposes_and_only_a_person_puts_it_in_place() throws Exception {
        try (McpSyncClient client = overStreams("/usr/bin/homeostat", "mcp")) {
            assertThat(json(call(client, "homeostat_status", Map.of()))
                            .path("right")
                            .asBoolean())
                    .isTrue();
            assertThat(json(call(client, "homeostat_explain", Map.of("id", "file//etc/agents")))
                            .at("/status/condition")
                            .asText())
                    .isEqualTo("InSync");
            assertThat(json(call(client, "homeostat_history", Map.of())).path("runs"))
                    .isNotEmpty();
            McpSchema.CallToolResult wrong =
                    call(client, "homeostat_propose", Map.of("content", ONE + "fils: {}\n", "why", "a mistake"));
            assertThat(wrong.isError()).isTrue();
            assertThat(text(wrong)).contains("machine.yaml:4: ", "\"fils\" is not a known key");
        }
        String hash = proposed(TWO);
        assertThat(content(DECLARATION)).isEqualTo(ONE);
        assertThat(homeostat("status").output()).contains("An edit of", "homeostat approve " + hash);
        assertThat(homeostat("approve").output()).contains(hash, "two is better", "via mcp (an-agent)");
        assertThat(homeostat("audit").output())
                .contains("via mcp (an-agent)", "look", "propose", "GET /v1/status")
                .doesNotContain("\"two");

        // not through a program, root's neither
        Answer forged = run(
                "curl",
                "-s",
                "-X",
                "POST",
                "-H",
                "Homeostat-Via: mcp x y",
                "--unix-socket",
                "/run/homeostat/control.sock",
                "http://localhost/v1/proposals/" + hash + "/approve");
        assertThat(forged.output()).contains("\"status\":403", "a person does that on the command line");
        Answer console = run(
                "curl",
                "-s",
                "-X",
                "POST",
                "-H",
                "Homeostat-Via:",
                "-H",
                "homeostat-via: a",
                "-H",
                "content-type: application/json",
                "-d",
                "{\"args\":[\"approve\",\"" + hash + "\",\"--yes\"],\"columns\":0,\"color\":false}",
                "--unix-socket",
                "/run/homeostat/control.sock",
                "http://localhost/v1/console");
        assertThat(console.output()).contains("may not approve");
        assertThat(content(DECLARATION)).isEqualTo(ONE);

        Answer shown = homeostat("approve", hash);
        assertThat(shown.exit()).isEqualTo(2);
        assertThat(shown.output()).contains("-  /etc/agents", "+  /etc/agents", "two is better", "--yes");
        assertThat(content(DECLARATION)).isEqualTo(ONE);
        Answer placed = homeostat("approve", hash, "--yes");
        assertThat(placed.exit()).as(placed.output()).isZero();
        assertThat(content(DECLARATION)).isEqualTo(TWO);
        await("it is in force", () -> content(FILE).equals("two\n"));
        awaitRight();
        String back = placed.output()
                .substring(placed.output().indexOf("homeostat rollback") + 10)
                .strip();
        assertThat(homeostat(back.split(" ")).exit()).isZero();
        await("it is as before", () -> content(FILE).equals("one\n"));
        String log = run("journalctl", "-u", "homeostat", "-b", "--no-pager").output();
        assertThat(log).contains("proposal " + hash + " is in place").doesNotContain("content: \"two");
    }

    @Test
    void what_was_proposed_survives_a_kill_and_is_refused_after_an_edit() throws Exception {
        String hash = proposed(TWO);
        does("systemctl", "kill", "--signal=KILL", "homeostat.service");
        await("it is there again", () -> homeostat("approve").output().contains(hash));
        declare(ONE + "# mine\n");
        Answer late = homeostat("approve", hash, "--yes");
        assertThat(late.exit()).isEqualTo(4);
        assertThat(late.output()).contains("made for another state");
        assertThat(content(DECLARATION)).endsWith("# mine\n");
        assertThat(homeostat("decline", hash).exit()).isZero();
        assertThat(homeostat("approve").output()).doesNotContain(hash);
    }

    @Test
    void approved_and_killed_in_the_middle_it_is_either_in_place_or_still_waits() throws Exception {
        String before = ONE;
        for (int i = 0; i < 8; i++) {
            String after = ONE.replace("one", "round " + i);
            String hash = proposed(after);
            Process approve = new ProcessBuilder("/usr/bin/homeostat", "approve", hash, "--yes")
                    .redirectErrorStream(true)
                    .start();
            // somewhere within the milliseconds that it takes, another moment each time
            TimeUnit.MILLISECONDS.sleep(20L * i);
            run("systemctl", "kill", "--signal=KILL", "homeostat.service");
            approve.getInputStream().readAllBytes();
            approve.waitFor();
            await("the daemon is back", () -> homeostat("approve").exit() == 0);
            String now = content(DECLARATION);
            assertThat(now).isIn(before, after);
            if (now.equals(before)) {
                assertThat(homeostat("approve", hash, "--yes").exit()).isZero();
            } else {
                homeostat("approve", hash, "--yes"); // may be listed still, and then finds it done
            }
            assertThat(content(DECLARATION)).isEqualTo(after);
            assertThat(homeostat("approve").output()).doesNotContain(hash);
            before = after;
            run("systemctl", "reset-failed", "homeostat.service");
        }
        awaitRight();
    }

    @Test
    void a_link_is_not_written_through() throws Exception {
        Path checkout = Files.createDirectories(Path.of("/root/checkout")).resolve("machine.yaml");
        Files.writeString(checkout, ONE);
        Files.delete(DECLARATION);
        Files.createSymbolicLink(DECLARATION, checkout);
        try {
            String hash = proposed(TWO);
            assertThat(homeostat("approve", hash).output()).contains("is a link to " + checkout);
            Answer refused = homeostat("approve", hash, "--yes");
            assertThat(refused.exit()).isNotZero();
            assertThat(content(checkout)).isEqualTo(ONE);
        } finally {
            Files.delete(DECLARATION);
            does("rm", "-r", checkout.getParent().toString());
        }
    }

    @Test
    void the_inspector_lists_and_calls() throws Exception {
        JsonNode tools = inspected("--method", "tools/list", "--strict");
        assertThat(tools.path("tools")).hasSize(8);
        JsonNode status = inspected("--method", "tools/call", "--tool-name", "homeostat_status");
        assertThat(status.at("/structuredContent/right").asBoolean()).isTrue();
        JsonNode options =
                inspected("--method", "tools/call", "--tool-name", "homeostat_options", "--tool-arg", "query=hostName");
        assertThat(options.at("/structuredContent/found").asInt()).isPositive();
        assertThat(homeostat("audit").output()).contains("via mcp (inspector");
    }

    private static JsonNode inspected(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("node", INSPECTOR, "--cli", "/usr/bin/homeostat", "mcp"));
        command.addAll(List.of(words));
        return output(command);
    }

    /** Standard output alone: the inspector also talks. */
    private static JsonNode output(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        return Json.read(out.substring(Math.max(0, out.indexOf('{'))), JsonNode.class);
    }

    @Test
    void it_starts_soon() throws Exception {
        String initialize =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"x\",\"version\":\"1\"}}}\n";
        List<Duration> took = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            Answer answer = run(List.of("/usr/bin/homeostat", "mcp"), initialize);
            took.add(Duration.ofNanos(System.nanoTime() - start));
            assertThat(answer.output()).startsWith("{\"jsonrpc\"").doesNotContain("WARN");
        }
        took.sort(null);
        System.out.println("seen: homeostat mcp answers initialize and ends: "
                + took.get(2).toMillis() + " ms");
        assertThat(took.get(2)).isLessThan(Duration.ofSeconds(5));
        assertThat(Path.of("/usr/lib/homeostat/mcp.aot")).exists();
    }

    @Test
    void declared_over_http_it_is_a_unit_of_the_user_and_asks_for_the_token() throws Exception {
        declare(ONE + "ai: {enabled: true, user: app, profile: \"off\", mcp: {http: " + PORT + "}}\n");
        Path token = Path.of("/home/app/.config/ai-optimizer/mcp-token");
        try {
            await(
                    "the unit runs",
                    PATIENCE,
                    () -> asApp("systemctl", "--user", "is-active", "homeostat-mcp.service")
                            .line()
                            .equals("active"));
            await("it has a token", () -> Files.exists(token) && !content(token).isBlank());
            String url = "http://127.0.0.1:" + PORT;
            await("it listens", () -> run("curl", "-s", url + "/mcp").exit() == 0);
            assertThat(run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", url + "/mcp")
                            .line())
                    .isEqualTo("401");
            assertThat(does("stat", "-c", "%a %U", token.toString())).isEqualTo("600 app");
            try (McpSyncClient client = client(HttpClientStreamableHttpTransport.builder(url)
                    .jsonMapper(new JacksonMcpJsonMapper(Json.MAPPER))
                    .requestBuilder(HttpRequest.newBuilder()
                            .header("Authorization", "Bearer " + content(token).strip()))
                    .build())) {
                assertThat(client.listTools().tools()).hasSize(8);
                assertThat(json(call(client, "homeostat_options", Map.of()))
                                .path("found")
                                .asInt())
                        .isPositive();
                // app is no member: the socket does not let it in
                McpSchema.CallToolResult refused = call(client, "homeostat_status", Map.of());
                assertThat(refused.isError()).isTrue();
                assertThat(text(refused)).contains("membership of the group homeostat");
            }
        } finally {
            declare(ONE);
            await(
                    "it is gone",
                    () -> !asApp("systemctl", "--user", "is-active", "homeostat-mcp.service")
                            .line()
                            .equals("active"));
        }
    }

    @Test
    void a_new_typescript_server_is_built_and_driven() throws Exception {
        Path into = Files.createTempDirectory("mcp-new");
        String out = does("/usr/bin/homeostat", "mcp", "new", "my-notes", "--lang", "ts", "--into", into.toString());
        Path server = into.resolve("my-notes");
        assertThat(out).contains("npm run build", server.toString());
        Files.createSymbolicLink(server.resolve("node_modules"), NPM); // what npm install would bring
        does("npm", "--prefix", server.toString(), "run", "build");
        Files.writeString(server.resolve("note.txt"), "a note\n");
        try (McpSyncClient client =
                overStreams("node", server.resolve("dist/server.js").toString(), server.toString())) {
            drives(client);
        }
    }

    @Test
    void a_new_python_server_compiles_and_is_driven_where_its_sdk_is() throws Exception {
        Path into = Files.createTempDirectory("mcp-new");
        does("/usr/bin/homeostat", "mcp", "new", "my-notes", "--lang", "python", "--into", into.toString());
        Path server = into.resolve("my-notes");
        does("python3", "-m", "py_compile", server.resolve("server.py").toString());
        Files.writeString(server.resolve("note.txt"), "a note\n");
        if (run("python3", "-c", "import mcp").exit() == 0) {
            try (McpSyncClient client =
                    overStreams("python3", server.resolve("server.py").toString(), server.toString())) {
                drives(client);
            }
        }
    }

    private static void drives(McpSyncClient client) {
        assertThat(client.listTools().tools())
                .extracting(McpSchema.Tool::name)
                .containsExactlyInAnyOrder("list_files", "read_file");
        assertThat(text(call(client, "list_files", Map.of()))).contains("note.txt");
        assertThat(text(call(client, "read_file", Map.of("file", "note.txt")))).contains("a note");
        McpSchema.CallToolResult outside = call(client, "read_file", Map.of("file", "../../../etc/passwd"));
        assertThat(outside.isError()).isTrue();
        assertThat(text(outside)).contains("outside").doesNotContain("root:");
    }
}
