package dev.homeostat.ai.mcp;

import static dev.homeostat.ai.mcp.ToolCalls.call;
import static dev.homeostat.ai.mcp.ToolCalls.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.sun.net.httpserver.HttpServer;
import dev.homeostat.ai.DaemonDoor;
import dev.homeostat.cli.ControlSocket;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server, asked by the SDK's own client, and by whoever means no good. */
@Timeout(120)
class McpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PLAN = "{\"hash\":\"3f2a\",\"items\":[{\"id\":\"file//etc/a\",\"origin\":\"drift\","
            + "\"differences\":[{\"path\":\"mode\"}],\"actions\":[]},{\"id\":\"file//etc/b\",\"differences\":[]}],\"troubles\":[]}";

    @TempDir
    Path folder;

    private Path socket;
    private DaemonDouble daemon;
    private HttpServer knowledge;
    private URI knowledgeUrl;

    @BeforeEach
    void others() throws Exception {
        socket = folder.resolve("control.sock");
        daemon = new DaemonDouble(socket);
        daemon.says(
                "GET /v1/status",
                200,
                "{\"right\":false,\"declaration\":{\"state\":\"in-force\"},\"resources\":[{\"id\":\"file//etc/a\",\"condition\":\"Drifted\"},{\"id\":\"file//etc/b\",\"condition\":\"InSync\"}]}");
        daemon.says("GET /v1/proposals", 200, "[]");
        daemon.says("GET /v1/plan", 200, PLAN);
        daemon.says("GET /v1/resources/file%2F%2Fetc%2Fa", 200, "{\"status\":{\"id\":\"file//etc/a\"}}");
        daemon.says("GET /v1/history?limit=10", 200, "[{\"id\":1}]");
        daemon.says("GET /v1/history?limit=3&resource=file%2F%2Fetc%2Fa&drift=true", 200, "[{\"id\":2}]");
        daemon.says(
                "POST /v1/proposals",
                200,
                "{\"proposal\":{\"hash\":\"0123456789ab\"},\"diff\":\"+x\",\"plan\":{\"hash\":\"1\"}}");
        knowledge = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        knowledge.createContext("/search", exchange -> {
            byte[] body = ("{\"hits\":[],\"asked\":"
                            + Json.write(exchange.getRequestURI().getRawQuery()) + "}")
                    .getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        knowledge.start();
        knowledgeUrl = URI.create("http://127.0.0.1:" + knowledge.getAddress().getPort());
    }

    @AfterEach
    void end() throws Exception {
        knowledge.stop(0);
        daemon.close();
    }

    private Protocol protocol() {
        Tools tools =
                new Tools(new DaemonDoor(new ControlSocket(socket)), new KnowledgeDoor(knowledgeUrl), new Options());
        return new Protocol(tools, "test", System.err);
    }

    private static McpSyncClient client(McpClientTransport transport) {
        return McpClient.sync(transport)
                .clientInfo(McpSchema.Implementation.builder("test client", "1").build())
                .requestTimeout(PATIENCE)
                .initializationTimeout(PATIENCE)
                .build();
    }

    /** The program in a process of its own, as the launcher starts it. */
    private McpSyncClient started() {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "HOMEOSTAT_SOCKET",
                socket.toString(),
                "HOMEOSTAT_KNOWLEDGE_URL",
                knowledgeUrl.toString(),
                "HOME",
                folder.toString()));
        ServerParameters parameters = ServerParameters.builder(
                        ProcessHandle.current().info().command().orElseThrow())
                .args("-cp", System.getProperty("java.class.path"), Mcp.class.getName())
                .env(environment)
                .build();
        return client(new StdioClientTransport(parameters, new JacksonMcpJsonMapper(Json.MAPPER)));
    }

    private static JsonNode json(McpSchema.CallToolResult result) {
        assertThat(result.isError()).as(text(result)).isNotEqualTo(Boolean.TRUE);
        JsonNode structured = Json.tree(result.structuredContent());
        assertThat(structured).isEqualTo(readTree(text(result)));
        return structured;
    }

    private static JsonNode readTree(String text) {
        return Json.read(text, JsonNode.class);
    }

    private void allTools(McpSyncClient client) {
        McpSchema.InitializeResult met = client.initialize();
        assertThat(met.serverInfo().name()).isEqualTo("homeostat");
        List<McpSchema.Tool> tools = client.listTools().tools();
        assertThat(tools)
                .extracting(McpSchema.Tool::name)
                .containsExactly(
                        "homeostat_status",
                        "homeostat_explain",
                        "homeostat_diff",
                        "homeostat_plan",
                        "homeostat_history",
                        "homeostat_search",
                        "homeostat_options",
                        "homeostat_propose");
        for (McpSchema.Tool tool : tools) {
            assertThat(tool.annotations().readOnlyHint()).isEqualTo(!tool.name().equals("homeostat_propose"));
            assertThat(tool.annotations().destructiveHint()).isFalse();
        }
        assertThat(json(call(client, "homeostat_status", Map.of())).path("resourcesNotInSync"))
                .singleElement()
                .satisfies(r -> assertThat(r.path("id").asText()).isEqualTo("file//etc/a"));
        assertThat(json(call(client, "homeostat_status", Map.of("all", true))).path("resources"))
                .hasSize(2);
        assertThat(json(call(client, "homeostat_explain", Map.of("id", "file//etc/a")))
                        .at("/status/id")
                        .asText())
                .isEqualTo("file//etc/a");
        assertThat(json(call(client, "homeostat_diff", Map.of("id", "file//etc/a")))
                        .path("resources"))
                .hasSize(1);
        assertThat(json(call(client, "homeostat_plan", Map.of())).path("hash").asText())
                .isEqualTo("3f2a");
        assertThat(json(call(client, "homeostat_history", Map.of()))
                        .at("/runs/0/id")
                        .asInt())
                .isEqualTo(1);
        Map<String, Object> some = Map.of("id", "file//etc/a", "drift", true, "limit", 3);
        assertThat(json(call(client, "homeostat_history", some))
                        .at("/runs/0/id")
                        .asInt())
                .isEqualTo(2);
        assertThat(json(call(client, "homeostat_search", Map.of("query", "a b&c", "tag", "x")))
                        .path("asked")
                        .asText())
                .isEqualTo("q=a+b%26c&limit=8&tag=x");
        assertThat(json(call(client, "homeostat_options", Map.of("query", "nvidia")))
                        .path("found")
                        .asInt())
                .isPositive();
        Map<String, Object> edit = Map.of("content", "version: 1\n", "why", "a test");
        JsonNode proposed = json(call(client, "homeostat_propose", edit));
        assertThat(proposed.path("hash").asText()).isEqualTo("0123456789ab");
        assertThat(proposed.path("next").asText()).contains("homeostat approve 0123456789ab");
        assertThat(daemon.requests)
                .allSatisfy(request ->
                        assertThat(request).containsPattern("Homeostat-Via: mcp homeostat_[a-z]+ test_client\r\n"));
        // nothing but what looks, and the one that proposes
        assertThat(daemon.requests)
                .allSatisfy(request -> assertThat(request).matches("(?s)(GET /v1/|POST /v1/proposals HTTP).*"));
    }

    @Test
    void a_client_uses_every_tool_over_standard_streams() {
        try (McpSyncClient client = started()) {
            allTools(client);
        }
    }

    @Test
    void a_client_uses_every_tool_over_http() throws Exception {
        try (LoopbackHttp server = overHttp()) {
            try (McpSyncClient client = client(HttpClientStreamableHttpTransport.builder(root(server))
                    .jsonMapper(new JacksonMcpJsonMapper(Json.MAPPER))
                    .requestBuilder(HttpRequest.newBuilder().header("Authorization", "Bearer " + token()))
                    .build())) {
                allTools(client);
            }
        }
    }

    @Test
    void without_a_daemon_each_tool_says_so_and_the_server_lives_on() throws Exception {
        daemon.close();
        Files.delete(socket);
        knowledge.stop(0);
        try (McpSyncClient client = started()) {
            client.initialize();
            for (String tool : List.of("homeostat_status", "homeostat_plan", "homeostat_status")) {
                McpSchema.CallToolResult result = call(client, tool, Map.of());
                assertThat(result.isError()).isTrue();
                assertThat(text(result)).contains("cannot be reached", "systemctl start homeostat");
            }
            McpSchema.CallToolResult search = call(client, "homeostat_search", Map.of("query", "x"));
            assertThat(search.isError()).isTrue();
            assertThat(text(search)).contains("knowledge base cannot be reached");
            assertThat(json(call(client, "homeostat_options", Map.of()))
                            .path("found")
                            .asInt())
                    .isPositive();
        }
    }

    @Test
    void the_problems_of_a_proposal_come_back_one_by_one() {
        daemon.says(
                "POST /v1/proposals",
                422,
                "{\"detail\":\"what is proposed is no valid declaration, 1 problems\",\"problems\":[{\"place\":{\"file\":\"machine.yaml\",\"line\":3,\"column\":1},\"key\":\"fils\",\"message\":\"is not known: files?\"}]}");
        try (McpSyncClient client = started()) {
            client.initialize();
            McpSchema.CallToolResult result =
                    call(client, "homeostat_propose", Map.of("content", "fils: {}\n", "why", "a test"));
            assertThat(result.isError()).isTrue();
            assertThat(text(result)).contains("machine.yaml:3: fils: is not known: files?");
        }
    }

    @Test
    void wrong_arguments_are_told_and_a_thousand_calls_are_answered() throws Exception {
        try (McpSyncClient client = started()) {
            client.initialize();
            Map<String, Map<String, Object>> wrong = Map.of(
                    "homeostat_explain", Map.of(),
                    "homeostat_diff", Map.of("id", 7),
                    "homeostat_history", Map.of("limit", 1_000_000),
                    "homeostat_search", Map.of("query", "x".repeat(1_001)),
                    "homeostat_plan", Map.of("unheard", "of"),
                    "homeostat_status", Map.of("all", "yes"),
                    "homeostat_propose", Map.of("content", "x".repeat(300_000), "why", "a test"));
            wrong.forEach((tool, arguments) -> {
                McpSchema.CallToolResult result = call(client, tool, arguments);
                assertThat(result.isError()).as(tool).isTrue();
                assertThat(text(result)).as(tool).hasSizeLessThan(500);
            });
            assertThatThrownBy(() -> call(client, "homeostat_approve", Map.of("hash", "x")))
                    .isInstanceOf(McpError.class);
            for (int i = 0; i < 1_000; i++) {
                assertThat(call(client, "homeostat_explain", Map.of("id", "file//etc/a"))
                                .isError())
                        .isNotEqualTo(Boolean.TRUE);
            }
        }
    }

    @Test
    void a_stack_that_is_not_declared_is_explained_by_how_to_have_one() {
        try (McpSyncClient client = started()) {
            client.initialize();
            JsonNode none = json(call(client, "homeostat_explain", Map.of("id", "ai")));
            assertThat(none.path("declared").asBoolean(true)).isFalse();
            assertThat(none.path("reason").asText())
                    .startsWith("no AI stack is declared; to have one, write into machine.yaml: ai: {enabled: true}");
            daemon.says("GET /v1/status", 200, "{\"resources\":[{\"id\":\"ai/anna@stack\"}]}");
            daemon.says("GET /v1/resources/ai", 200, "{\"status\":{\"id\":\"ai/anna@stack\"}}");
            assertThat(json(call(client, "homeostat_explain", Map.of("id", "ai")))
                            .at("/status/id")
                            .asText())
                    .isEqualTo("ai/anna@stack");
        }
    }

    @Test
    void lines_that_are_no_messages_are_answered_and_do_not_end_it() throws Exception {
        String initialize =
                "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"\\u001b[2J evil\\r\\nx: y\",\"version\":\"1\"}}}";
        String call =
                "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{\"name\":\"homeostat_plan\"}}";
        List<String> lines = new ArrayList<>(List.of(
                "not json",
                "",
                "[]",
                "null",
                "{}",
                "{\"jsonrpc\":\"2.0\",\"id\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"no/such\"}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":7}",
                "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"initialize\",\"params\":[]}",
                "[".repeat(100_000),
                "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"" + "x".repeat(3_000_000) + "\"}",
                "\u0000\u0001",
                initialize,
                call));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bad = {(byte) 0xc3, (byte) 0x28, '\n'};
        byte[] text = (String.join("\n", lines)).getBytes(UTF_8);
        InputStream in = new java.io.SequenceInputStream(new ByteArrayInputStream(bad), new ByteArrayInputStream(text));
        new StandardStreams(protocol(), in, out).serve();
        List<JsonNode> answers =
                out.toString(UTF_8).lines().map(McpTest::readTree).toList();
        assertThat(answers)
                .allSatisfy(a -> assertThat(a.path("jsonrpc").asText()).isEqualTo("2.0"));
        assertThat(answers).filteredOn(a -> a.path("id").asText().equals("i")).hasSize(1);
        assertThat(answers)
                .filteredOn(a -> a.path("id").asInt() == 9)
                .singleElement()
                .satisfies(
                        a -> assertThat(a.at("/result/structuredContent/hash").asText())
                                .isEqualTo("3f2a"));
        assertThat(answers).filteredOn(a -> a.has("error")).hasSizeGreaterThanOrEqualTo(10);
        assertThat(daemon.requests)
                .singleElement()
                .satisfies(r -> assertThat(r).contains("homeostat_plan __2J_evil__x__y\r\n"));
    }

    @Test
    void answers_are_cut_to_what_an_agent_can_take_in() throws Exception {
        StringBuilder runs = new StringBuilder("[");
        for (int i = 0; i < 5_000; i++) {
            runs.append(i == 0 ? "" : ",")
                    .append("{\"id\":")
                    .append(i)
                    .append(",\"cause\":\"")
                    .append("y".repeat(50));
            runs.append("\"}");
        }
        daemon.says("GET /v1/history?limit=10", 200, runs.append("]").toString());
        daemon.says(
                "GET /v1/resources/file%2F%2Fetc%2Fa",
                200,
                "{\"status\":{\"id\":\"file//etc/a\"},\"desired\":{\"content\":\"" + "\\u0001\\\"é".repeat(100_000)
                        + "\"}}");
        try (McpSyncClient client = started()) {
            client.initialize();
            JsonNode history = json(call(client, "homeostat_history", Map.of()));
            assertThat(Json.write(history).length()).isLessThanOrEqualTo(Bounded.LIMIT_CHARS);
            assertThat(history.path("cut").asText()).contains("ask for less");
            assertThat(history.at("/runs/0/id").asInt()).isZero();
            assertThat(history.path("runs").size()).isGreaterThan(300);
            JsonNode one = json(call(client, "homeostat_explain", Map.of("id", "file//etc/a")));
            assertThat(Json.write(one).length()).isLessThanOrEqualTo(Bounded.LIMIT_CHARS);
            assertThat(one.at("/status/id").asText()).isEqualTo("file//etc/a");
            assertThat(one.at("/desired/content").asText()).contains("more characters");
        }
    }

    @Test
    void every_schema_is_one() {
        var meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(com.networknt.schema.SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        Tools tools =
                new Tools(new DaemonDoor(new ControlSocket(socket)), new KnowledgeDoor(knowledgeUrl), new Options());
        for (Tool tool : tools.all()) {
            assertThat(meta.validate(Json.tree(tool.schema()))).as(tool.name()).isEmpty();
            assertThat(tool.about()).as(tool.name()).hasSizeBetween(40, 1_000);
        }
    }

    // ---- HTTP

    private Path tokenFile() {
        return Token.place(folder);
    }

    private String token() {
        try {
            return Files.readString(tokenFile()).strip();
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private LoopbackHttp overHttp() throws Trouble {
        return LoopbackHttp.start(new InetSocketAddress("127.0.0.1", 0), protocol(), Token.at(tokenFile()), System.err);
    }

    private static String root(LoopbackHttp server) {
        return server.address().toString().replace("/mcp", "");
    }

    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

    private HttpRequest.Builder post(LoopbackHttp server, String body) {
        return HttpRequest.newBuilder(server.address())
                .header("Authorization", "Bearer " + token())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private static int status(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }
    }

    @Test
    void over_http_only_who_has_the_token_and_is_no_page_from_elsewhere_is_answered() throws Exception {
        try (LoopbackHttp server = overHttp()) {
            assertThat(status(post(server, PING))).isEqualTo(200);
            assertThat(status(post(server, PING).header("Origin", "http://localhost:6274")))
                    .isEqualTo(200);
            assertThat(status(post(server, PING).header("Origin", "https://evil.example")))
                    .isEqualTo(403);
            assertThat(status(post(server, PING).header("Origin", "null"))).isEqualTo(403);
            assertThat(status(post(server, PING).header("Sec-Fetch-Site", "cross-site")))
                    .isEqualTo(403);
            assertThat(status(post(server, PING).setHeader("Host", "evil.example")))
                    .isEqualTo(421);
            assertThat(status(post(server, PING).setHeader("Authorization", "Bearer x")))
                    .isEqualTo(401);
            assertThat(status(HttpRequest.newBuilder(server.address()).POST(HttpRequest.BodyPublishers.ofString(PING))))
                    .isEqualTo(401);
            assertThat(status(HttpRequest.newBuilder(server.address())
                            .header("Authorization", "Bearer " + token())
                            .GET()))
                    .isEqualTo(405);
            assertThat(status(post(server, PING).setHeader("Content-Type", "text/plain")))
                    .isEqualTo(415);
            assertThat(status(post(server, PING).header("MCP-Protocol-Version", "1999-01-01")))
                    .isEqualTo(400);
            assertThat(status(post(server, PING).header("Mcp-Session-Id", "unheard-of")))
                    .isEqualTo(404);
            assertThat(status(post(server, "{\"half"))).isEqualTo(400);
            assertThat(status(post(server, "x".repeat(Protocol.MESSAGE_LIMIT_BYTES + 1))))
                    .isEqualTo(413);
            assertThat(status(post(server, PING).uri(URI.create(root(server) + "/other"))))
                    .isEqualTo(404);
            assertThat(status(post(server, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")))
                    .isEqualTo(202);
            assertThat(status(post(server, PING))).isEqualTo(200);
        }
    }

    @Test
    void of_clients_that_come_without_end_the_first_have_to_come_anew() throws Exception {
        String initialize =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                        + "\"capabilities\":{},\"clientInfo\":{\"name\":\"x\",\"version\":\"1\"}}}";
        try (LoopbackHttp server = overHttp();
                HttpClient client = HttpClient.newHttpClient()) {
            List<String> sessions = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                HttpResponse<String> answer =
                        client.send(post(server, initialize).build(), HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(200);
                sessions.add(answer.headers().firstValue("Mcp-Session-Id").orElseThrow());
            }
            assertThat(sessions).doesNotHaveDuplicates();
            assertThat(status(post(server, PING).header("Mcp-Session-Id", sessions.getFirst())))
                    .isEqualTo(404);
            assertThat(status(post(server, PING).header("Mcp-Session-Id", sessions.getLast())))
                    .isEqualTo(200);
            assertThat(status(HttpRequest.newBuilder(server.address())
                            .header("Authorization", "Bearer " + token())
                            .header("Mcp-Session-Id", sessions.getLast())
                            .DELETE()))
                    .isEqualTo(204);
            assertThat(status(post(server, PING).header("Mcp-Session-Id", sessions.getLast())))
                    .isEqualTo(404);
        }
    }

    @Test
    void it_listens_on_loopback_only() {
        assertThatThrownBy(() -> LoopbackHttp.start(
                        new InetSocketAddress("0.0.0.0", 0), protocol(), Token.at(tokenFile()), System.err))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("loopback only");
    }

    @Test
    void the_token_is_made_once_and_believed_only_if_nobody_else_could_have_it() throws Exception {
        Token token = Token.at(tokenFile());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tokenFile())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(tokenFile().getParent())))
                .isEqualTo("rwx------");
        String text = token();
        Token.at(tokenFile());
        assertThat(token()).isEqualTo(text);
        assertThat(token.isIn("Bearer " + text)).isTrue();
        assertThat(token.isIn(text)).isFalse();
        assertThat(token.isIn(null)).isFalse();
        Files.setPosixFilePermissions(tokenFile(), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> Token.at(tokenFile())).hasMessageContaining("only you can read");
        Path elsewhere = Files.move(tokenFile(), folder.resolve("elsewhere"));
        Files.createSymbolicLink(tokenFile(), elsewhere);
        assertThatThrownBy(() -> Token.at(tokenFile())).hasMessageContaining("only you can read");
    }

    // ---- options and templates

    @Test
    void options_are_those_of_the_page() throws Exception {
        List<Options.Option> all = new Options().all();
        long rows = Files.readAllLines(Path.of("docs/reference/templates.md")).stream()
                .dropWhile(line -> !line.equals("## NixOS"))
                .filter(line -> line.startsWith("| `"))
                .count();
        assertThat(all).hasSize((int) rows);
        assertThat(all).extracting(Options.Option::of).contains("NixOS", "Home Manager", "Other modules", "Catalogue");
        assertThat(all).allSatisfy(o -> assertThat(o.name()).matches("[a-zA-Z][^ |`]*"));
        assertThat(all).anySatisfy(o -> {
            assertThat(o.name()).isEqualTo("networking.hostName");
            assertThat(o.drivenBy()).isEqualTo("host.name");
        });
    }

    @Test
    void the_templates_in_the_program_are_those_of_the_folder() throws Exception {
        Path templates = Path.of("templates/mcp");
        for (Map.Entry<String, List<String>> language : NewServer.FILES.entrySet()) {
            Path root = templates.resolve(language.getKey());
            try (var files = Files.walk(root)) {
                assertThat(files.filter(Files::isRegularFile)
                                .map(f -> root.relativize(f).toString())
                                .sorted(Comparator.naturalOrder()))
                        .containsExactlyElementsOf(
                                language.getValue().stream().sorted().toList());
            }
        }
    }

    @Test
    void a_new_server_has_its_name_and_takes_nobodys_place() throws Exception {
        for (String language : List.of("ts", "python")) {
            NewServer made = NewServer.of("my-notes-" + language, "--lang", language, "--into", folder.toString());
            assertThat(made.write()).first().asString().contains("my-notes-" + language);
            Path root = folder.resolve("my-notes-" + language);
            try (var files = Files.walk(root)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(file).content().doesNotContain("example-server");
                }
            }
            assertThatThrownBy(made::write).isInstanceOf(Trouble.class).hasMessageContaining("is there already");
        }
        for (List<String> words : List.of(
                List.<String>of(),
                List.of("a"),
                List.of("a", "--lang", "cobol"),
                List.of("../a", "--lang", "ts"),
                List.of("A", "--lang", "ts"),
                List.of("a--b", "--lang", "ts"),
                List.of("a", "b", "--lang", "ts"),
                List.of("a", "--lang"),
                List.of("x".repeat(49), "--lang", "ts"))) {
            assertThatThrownBy(() -> NewServer.of(words.toArray(String[]::new)))
                    .isInstanceOf(NewServer.WrongWords.class);
        }
    }
}
