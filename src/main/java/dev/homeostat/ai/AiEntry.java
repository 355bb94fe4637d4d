package dev.homeostat.ai;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.ai.client.McpEntry;
import dev.homeostat.ai.document.DocumentsEntry;
import dev.homeostat.ai.document.KnowledgeEntry;
import dev.homeostat.ai.model.ModelsEntry;
import dev.homeostat.ai.server.ServerEntry;
import dev.homeostat.ai.skill.SkillsEntry;
import dev.homeostat.resource.Scope;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.Map;
import java.util.Optional;

/** The key {@code ai} as it is written; null where nothing is said. */
public record AiEntry(
        @JsonPropertyDescription("Whether there is a local AI stack at all. Not given: no")
        Boolean enabled,

        @JsonPropertyDescription("Whose it is: a user of this machine. Not given: the only one under users")
        @Pattern(regexp = Scope.USER_PATTERN, message = "the name of a user")
        String user,

        @JsonPropertyDescription(
                "How large the models may be. auto (the default): by the memory of graphics card and machine; off: no models and no server for them")
        Wish profile,

        @JsonPropertyDescription("Models that are there, and which of them are served")
        ModelsEntry models,

        @JsonPropertyDescription("The server that answers with models")
        ServerEntry server,

        @JsonPropertyDescription("The knowledge base that documents are found in")
        KnowledgeEntry knowledge,

        @JsonPropertyDescription("Servers of the Model Context Protocol, and the programs that are told of them")
        McpEntry mcp,

        @JsonPropertyDescription("Skills for agents") SkillsEntry skills,

        @JsonPropertyDescription("Folders whose documents follow into the knowledge base, by a name of your choice")
        Map<
                        @Pattern(regexp = "^[a-z][a-z0-9-]{0,47}$", message = "lower-case letters, digits and -")
                        String,
                        @NotNull DocumentsEntry>
                documents,

        @JsonPropertyDescription("Whether the stack is watched by Prometheus and shown by Grafana. Not given: no")
        Boolean observability) {

    /** Port where the server for agents answers over HTTP, too. */
    public Optional<Integer> mcpHttp() {
        return Optional.ofNullable(mcp).map(McpEntry::http);
    }

    /** What is asked for. */
    public enum Wish {
        @JsonProperty("auto")
        AUTO,
        @JsonProperty("gpu")
        GPU,
        @JsonProperty("cpu_full")
        CPU_FULL,
        @JsonProperty("cpu_slim")
        CPU_SLIM,
        @JsonProperty("off")
        OFF
    }
}
