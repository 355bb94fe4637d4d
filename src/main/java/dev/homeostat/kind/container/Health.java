package dev.homeostat.kind.container;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.Durations;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.List;

/** How a container shows that it works. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Health(
        @JsonPropertyDescription("Program and arguments, run in the container; exit status 0 means healthy")
        @NotNull
        @NotEmpty
        List<@NotNull String> command,

        @JsonPropertyDescription("Pause between two checks (30s)")
        @Pattern(regexp = Durations.PATTERN, message = Durations.FORM)
        Duration interval,

        @JsonPropertyDescription("A check that takes longer has failed (30s)")
        @Pattern(regexp = Durations.PATTERN, message = Durations.FORM)
        Duration timeout,

        @JsonPropertyDescription("So many failures in a row make it unhealthy, and it is restarted (3)")
        @Min(1)
        @Max(1000)
        Integer retries,

        @JsonPropertyDescription("Failures do not count for so long after its start (0s)")
        @Pattern(regexp = Durations.PATTERN, message = Durations.FORM)
        Duration start) {
    public Health {
        command = command == null ? List.of() : List.copyOf(command);
    }
}
