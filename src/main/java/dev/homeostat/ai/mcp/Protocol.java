package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Caller;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpStatelessServerFeatures;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStatelessServerTransport;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * The protocol, by the SDK, behind any transport: a message in, a message out. Uses the SDK's server without sessions, because
 * nothing of ours is pushed to clients; the name of the client is remembered by whoever brings the messages. Thread-safe.
 */
final class Protocol implements McpStatelessServerTransport {
    /** A proposal of the largest size, written as JSON. */
    static final int MESSAGE_LIMIT_BYTES = 2 * 1024 * 1024;

    private static final String CLIENT = "client";
    private static final String UNKNOWN = "unknown";
    private static final int NAME_LIMIT_CHARS = 64;

    private static final String INSTRUCTIONS =
            "Looks at the NixOS machine that Homeostat keeps as its owner declared it in machine.yaml. Nothing here changes the"
                    + " machine: homeostat_propose keeps an edit for the owner, who alone can approve it on the command line.";

    /** Arguments are checked where they are used, with sentences that say what to do. */
    private static final JsonSchemaValidator CHECKED_BY_US =
            (schema, content) -> JsonSchemaValidator.ValidationResponse.asValid(null);

    private final McpJsonMapper mapper = new JacksonMcpJsonMapper(Json.MAPPER);
    private final PrintStream log;
    private McpStatelessServerHandler handler;

    Protocol(Tools tools, String version, PrintStream log) {
        this.log = log;
        List<McpStatelessServerFeatures.SyncToolSpecification> specifications =
                tools.all().stream().map(this::specification).toList();
        McpServer.sync(this)
                .serverInfo(McpSchema.Implementation.builder("homeostat", version)
                        .title("Homeostat")
                        .build())
                .instructions(INSTRUCTIONS)
                .capabilities(
                        McpSchema.ServerCapabilities.builder().tools(false).build())
                .jsonMapper(mapper)
                .jsonSchemaValidator(CHECKED_BY_US)
                .validateToolInputs(false)
                .immediateExecution(true) // each message has a thread of its own
                .tools(specifications)
                .build();
    }

    private McpStatelessServerFeatures.SyncToolSpecification specification(Tool tool) {
        McpSchema.ToolAnnotations annotations = McpSchema.ToolAnnotations.builder()
                .title(tool.title())
                .readOnlyHint(!tool.proposes())
                .destructiveHint(false)
                .idempotentHint(true)
                .openWorldHint(false)
                .build();
        McpSchema.Tool described = McpSchema.Tool.builder(tool.name(), tool.schema())
                .title(tool.title())
                .description(tool.about())
                .annotations(annotations)
                .build();
        return new McpStatelessServerFeatures.SyncToolSpecification(
                described, (context, request) -> call(tool, context, request));
    }

    private McpSchema.CallToolResult call(Tool tool, McpTransportContext context, McpSchema.CallToolRequest request) {
        Caller caller = new Caller("mcp", tool.name(), String.valueOf(context.get(CLIENT)));
        try {
            Arguments arguments =
                    new Arguments(request.arguments(), tool.takes().keySet());
            ObjectNode answer = Bounded.fit(tool.work().of(arguments, caller));
            return McpSchema.CallToolResult.builder()
                    .addTextContent(Json.write(answer))
                    .structuredContent(answer)
                    .isError(false)
                    .build();
        } catch (Trouble e) {
            return failed(e.sentence());
        } catch (RuntimeException e) {
            log.println("homeostat mcp: a mistake in " + tool.name());
            e.printStackTrace(log);
            return failed("the server made a mistake, which it has written to its standard error: " + e);
        }
    }

    private static McpSchema.CallToolResult failed(String sentence) {
        String text = sentence.length() <= Bounded.LIMIT_CHARS
                ? sentence
                : sentence.substring(0, Bounded.LIMIT_CHARS) + "… (cut)";
        return McpSchema.CallToolResult.builder()
                .addTextContent(text)
                .isError(true)
                .build();
    }

    /**
     * One message.
     *
     * @param introduction the name of the client, if this message tells it
     * @param reply JSON to send back; empty for what needs none
     * @param fault whether the message is not one of the protocol
     */
    record Outcome(Optional<String> introduction, Optional<String> reply, boolean fault) {}

    /** @param client as it introduced itself before */
    Outcome handle(byte[] message, String client) {
        McpSchema.JSONRPCMessage parsed;
        String introduction = null;
        try {
            JsonNode json = Json.MAPPER.readTree(message);
            if (!json.isObject()) {
                return fault(null, McpSchema.ErrorCodes.INVALID_REQUEST, "a message is one JSON object");
            }
            if (json.path("method").asText().equals(McpSchema.METHOD_INITIALIZE)) {
                introduction = name(json.at("/params/clientInfo/name").asText(UNKNOWN));
            }
            parsed = parsed(json);
        } catch (JsonProcessingException e) {
            return fault(null, McpSchema.ErrorCodes.PARSE_ERROR, "that is no JSON: " + e.getOriginalMessage());
        } catch (IOException | IllegalArgumentException e) {
            return fault(null, McpSchema.ErrorCodes.INVALID_REQUEST, "that is no message of the protocol");
        }
        String known = introduction == null ? client : introduction;
        McpTransportContext context = McpTransportContext.create(Map.of(CLIENT, known));
        return switch (parsed) {
            case McpSchema.JSONRPCRequest request ->
                new Outcome(Optional.ofNullable(introduction), Optional.of(answer(context, request)), false);
            case McpSchema.JSONRPCNotification notification -> {
                handler.handleNotification(context, notification).block();
                yield new Outcome(Optional.empty(), Optional.empty(), false);
            }
            // we ask clients nothing, so there is nothing that one could answer
            default -> new Outcome(Optional.empty(), Optional.empty(), true);
        };
    }

    private McpSchema.JSONRPCMessage parsed(JsonNode json) {
        Class<? extends McpSchema.JSONRPCMessage> type = !json.has("method")
                ? McpSchema.JSONRPCResponse.class
                : json.has("id") ? McpSchema.JSONRPCRequest.class : McpSchema.JSONRPCNotification.class;
        return mapper.convertValue(json, type);
    }

    private String answer(McpTransportContext context, McpSchema.JSONRPCRequest request) {
        try {
            return mapper.writeValueAsString(
                    handler.handleRequest(context, request).block());
        } catch (IOException | RuntimeException e) {
            // the SDK throws where parameters of a method are not of its shape
            return error(
                    Json.tree(request.id()),
                    McpSchema.ErrorCodes.INVALID_PARAMS,
                    "cannot be answered: its parameters are not of the form that " + name(request.method()) + " has");
        }
    }

    private static Outcome fault(JsonNode id, int code, String sentence) {
        return new Outcome(Optional.empty(), Optional.of(error(id, code, sentence)), true);
    }

    /** The SDK's own record cannot be without an id, which a message that cannot be read has not. */
    static String error(JsonNode id, int code, String sentence) {
        ObjectNode error = Json.MAPPER.createObjectNode();
        error.put("jsonrpc", McpSchema.JSONRPC_VERSION);
        error.set("id", id == null ? Json.MAPPER.nullNode() : id);
        error.putObject("error").put("code", code).put("message", sentence);
        return Json.write(error);
    }

    private static String name(String given) {
        return given.length() > NAME_LIMIT_CHARS ? given.substring(0, NAME_LIMIT_CHARS) : given;
    }

    @Override
    public void setMcpHandler(McpStatelessServerHandler mcpHandler) {
        this.handler = mcpHandler;
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.empty(); // whoever brings the messages ends
    }
}
