package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** The key {@code ai.mcp} as it is written; null where nothing is said. */
public record McpEntry(
        @JsonPropertyDescription("Whether programs are told of the servers at all. Not given: yes")
        Boolean enabled) {}
