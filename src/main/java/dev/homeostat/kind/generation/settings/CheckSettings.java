package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.List;

/** One thing that has to be true: exactly one of unit, http, tcp, command and file says what. */
public record CheckSettings(
        @JsonPropertyDescription("A unit that has to be active, such as nginx.service") @Size(max = 255)
        String unit,

        @JsonPropertyDescription("An address that has to answer, such as http://127.0.0.1:8080/health")
        @Size(max = 2000)
        String http,

        @JsonPropertyDescription("The status that http has to answer with. Default 200") @Min(100) @Max(599)
        Integer status,

        @JsonPropertyDescription("A host and port that have to take connections, such as 127.0.0.1:5432")
        @Size(max = 300)
        String tcp,

        @JsonPropertyDescription("A program with its arguments that has to end with 0; run as root, without a shell")
        @Size(max = 100)
        List<@NotNull @Size(max = 4096) String> command,

        @JsonPropertyDescription("A path that has to exist") @Size(max = 4096)
        String file,

        @JsonPropertyDescription("For one try. Default 5s") Duration timeout) {
    /** A service that does not answer in that time does not work for those who use it. */
    private static final Duration USUAL = Duration.ofSeconds(5);

    public CheckSettings {
        command = command == null ? null : List.copyOf(command);
        timeout = timeout == null ? USUAL : timeout;
    }
}
