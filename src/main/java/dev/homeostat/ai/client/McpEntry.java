package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;

/** The key {@code ai.mcp} as it is written; null where nothing is said. */
public record McpEntry(
        @JsonPropertyDescription("Whether programs are told of the servers at all. Not given: yes")
        Boolean enabled,

        @JsonPropertyDescription(
                "Servers by the name that programs show. homeostat and nixos are there unless they are turned off here")
        @Size(max = 64, message = "at most 64 servers")
        Map<String, @NotNull McpServerEntry> servers,

        @JsonPropertyDescription(
                "Programs that are told of them. Not given: all that are known and used on this machine, and ~/.mcp/config.json")
        @Size(max = 16, message = "at most 16 programs")
        List<@NotNull ClientName> clients,

        @JsonPropertyDescription(
                "Port of 127.0.0.1 where Homeostat's own server answers over HTTP, too, to those who have its token. Not given: only over standard input and output")
        @Min(value = 1024, message = "a port from 1024 to 65535")
        @Max(value = 65535, message = "a port from 1024 to 65535")
        Integer http) {}
