package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Stack;
import dev.homeostat.resource.Json;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code ai.mcp.http}: a unit of the user's that keeps the server for agents answering on loopback. */
@ApplicationScoped
public class McpServerPart implements Part {
    private static final String UNIT = "homeostat-mcp.service";
    private static final String HTTP = "mcp.http";
    /** Above what it was measured to need, below what would hurt. */
    private static final String MEMORY_LIMIT = "384M";

    @Override
    public void read(Stack stack, Contribution out) {
        stack.entry()
                .mcpHttp()
                .ifPresent(port ->
                        out.hand(stack.scope(), "services", UNIT, entry(port), HTTP, Set.of(stack.id("ai", "stack"))));
    }

    /** As it would stand in the file. */
    static JsonNode entry(int port) {
        return Json.tree(Map.of(
                "state",
                "running",
                "startup",
                "enabled",
                "unit",
                Map.of(
                        "Unit",
                        Map.of("Description", "Homeostat's server for agents (Model Context Protocol)"),
                        "Service",
                        Map.of(
                                // found as the user finds it: it is elsewhere on NixOS
                                "ExecStart",
                                "/usr/bin/env homeostat mcp --http 127.0.0.1:" + port,
                                "Restart",
                                "on-failure",
                                "RestartSec",
                                5,
                                "MemoryMax",
                                MEMORY_LIMIT,
                                "NoNewPrivileges",
                                true),
                        "Install",
                        Map.of("WantedBy", List.of("default.target")))));
    }
}
