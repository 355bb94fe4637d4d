package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Json;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Programs that can be told of servers: one row each. What is not here keeps its settings otherwise (Codex in TOML, Zed in a
 * file that is mostly comments) or has changed how lately (opencode).
 */
public enum ClientName {
    /** What several programs can be pointed to; nobody's own, so it is always there. */
    @JsonProperty("mcp")
    MCP("mcp", ".mcp/config.json", null, "mcpServers", Local.PLAIN, Remote.TYPE_HTTP),

    /** Its own state is in the file, too. The program makes it when it is first started. */
    @JsonProperty("claude-code")
    CLAUDE_CODE("claude-code", ".claude.json", ".claude.json", "mcpServers", Local.TYPE_STDIO, Remote.TYPE_HTTP),

    /** Takes servers that it starts, no others, from this file. */
    @JsonProperty("claude-desktop")
    CLAUDE_DESKTOP(
            "claude-desktop",
            ".config/Claude/claude_desktop_config.json",
            ".config/Claude",
            "mcpServers",
            Local.PLAIN,
            Remote.NONE),

    @JsonProperty("vscode")
    VSCODE("vscode", ".config/Code/User/mcp.json", ".config/Code/User", "servers", Local.TYPE_STDIO, Remote.TYPE_HTTP),

    @JsonProperty("vscodium")
    VSCODIUM(
            "vscodium",
            ".config/VSCodium/User/mcp.json",
            ".config/VSCodium/User",
            "servers",
            Local.TYPE_STDIO,
            Remote.TYPE_HTTP),

    @JsonProperty("cursor")
    CURSOR("cursor", ".cursor/mcp.json", ".cursor", "mcpServers", Local.PLAIN, Remote.URL),

    @JsonProperty("gemini")
    GEMINI("gemini", ".gemini/settings.json", ".gemini", "mcpServers", Local.PLAIN, Remote.HTTP_URL);

    /** The fields of an entry that are about the server itself. Others are settings of the program's, and its user's. */
    static final Set<String> FIELDS = Set.of("type", "command", "args", "env", "url", "httpUrl", "headers");

    private static final String TYPE = "type";

    private enum Local {
        PLAIN,
        TYPE_STDIO
    }

    private enum Remote {
        NONE,
        URL,
        HTTP_URL,
        TYPE_HTTP
    }

    private final String label;
    private final String file;
    private final String sign;
    private final String key;
    private final Local local;
    private final Remote remote;

    ClientName(String label, String file, String sign, String key, Local local, Remote remote) {
        this.label = label;
        this.file = file;
        this.sign = sign;
        this.key = key;
        this.local = local;
        this.remote = remote;
    }

    /** As it stands in the declaration and in ids. */
    String label() {
        return label;
    }

    Path file(Path home) {
        return home.resolve(file);
    }

    /** What is there if somebody uses the program; empty if it is nobody's own. */
    Optional<Path> sign(Path home) {
        return Optional.ofNullable(sign).map(home::resolve);
    }

    /** Under which the servers are. */
    String key() {
        return key;
    }

    /** How it writes the server; empty if it cannot use one of the sort. */
    Optional<ObjectNode> entry(Server server) {
        ObjectNode entry = Json.MAPPER.createObjectNode();
        if (server.url() == null) {
            if (local == Local.TYPE_STDIO) {
                entry.put(TYPE, "stdio");
            }
            entry.put("command", server.command());
            server.arguments().forEach(entry.putArray("args")::add);
            if (!server.environment().isEmpty()) {
                entry.set("env", Json.tree(server.environment()));
            }
            return Optional.of(entry);
        }
        switch (remote) {
            case NONE -> {
                return Optional.empty();
            }
            case TYPE_HTTP -> entry.put(TYPE, "http").put("url", server.url());
            case URL -> entry.put("url", server.url());
            case HTTP_URL -> entry.put("httpUrl", server.url());
        }
        if (!server.headers().isEmpty()) {
            entry.set("headers", Json.tree(server.headers()));
        }
        return Optional.of(entry);
    }
}
