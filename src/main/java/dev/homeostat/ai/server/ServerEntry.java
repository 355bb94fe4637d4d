package dev.homeostat.ai.server;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Durations;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.List;

/** The key {@code ai.server} as it is written; null where nothing is said. */
public record ServerEntry(
        @JsonPropertyDescription("Whether there is one. Not given: yes, unless the profile is off")
        Boolean enabled,

        @JsonPropertyDescription(
                "Base address of a server that is there already, by OpenAI's API: http://127.0.0.1:11434/v1. Then none is started")
        @Pattern(regexp = ServerEntry.URL, message = ServerEntry.URL_FORM)
        String url,

        @JsonPropertyDescription(
                "Name of the model as that server knows it; together with url. Not given: its first one")
        @Pattern(regexp = "^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$", message = "the name of a model, such as qwen2.5:7b")
        String model,

        @JsonPropertyDescription("Port on this machine. Not given: 8000") @Min(1) @Max(65535)
        Integer port,

        @JsonPropertyDescription("Port of the server that makes vectors of texts. Not given: 8001") @Min(1) @Max(65535)
        Integer embeddingPort,

        @JsonPropertyDescription("Another image of llama.cpp's server, or of one that takes the same arguments")
        String image,

        @JsonPropertyDescription("How many tokens a conversation may have. Not given: 8192") @Min(256) @Max(1_048_576)
        Integer context,

        @JsonPropertyDescription("More program arguments for the server")
        List<@NotNull String> arguments,

        @JsonPropertyDescription("Memory that the server may use at most, such as 12G")
        @Pattern(regexp = DataSize.PATTERN, message = DataSize.FORM)
        DataSize memory,

        @JsonPropertyDescription(
                "How long it may take from its start to the first answer, such as 5m: a large model is read from the disk. Not given: 10m")
        @Pattern(regexp = Durations.PATTERN, message = Durations.FORM)
        Duration start) {
    /** Loopback only: what is asked may be private, and nobody has to prove who he is. */
    static final String URL =
            "^http://(127\\.0\\.0\\.1|localhost|\\[::1\\])(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~-]{1,64}){0,4}/?$";

    static final String URL_FORM = "an address of this machine, such as http://127.0.0.1:11434/v1";
}
