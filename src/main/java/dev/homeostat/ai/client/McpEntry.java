package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** The key {@code ai.mcp} as it is written; null where nothing is said. */
public record McpEntry(
        @JsonPropertyDescription("Whether programs are told of the servers at all. Not given: yes")
        Boolean enabled,

        @JsonPropertyDescription(
                "Port of 127.0.0.1 where Homeostat's own server answers over HTTP, too, to those who have its token. Not given: only over standard input and output")
        @Min(1024)
        @Max(65535)
        Integer http) {}
