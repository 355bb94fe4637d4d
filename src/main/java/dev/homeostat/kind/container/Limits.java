package dev.homeostat.kind.container;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.DataSize;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.math.BigDecimal;

/** What a container may use at most; null is no limit of ours. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Limits(
        @JsonPropertyDescription("Memory, such as 512M") @Pattern(regexp = DataSize.PATTERN, message = DataSize.FORM)
        DataSize memory,

        @JsonPropertyDescription("Processors, such as 1.5") @DecimalMin("0.01") @DecimalMax("8192")
        BigDecimal cpus,

        @JsonPropertyDescription("Processes and threads") @Min(1) @Max(4_194_304)
        Integer pids) {
    public Limits {
        if (cpus != null && cpus.scale() > 0) { // 1.50 is 1.5: no other container
            cpus = cpus.stripTrailingZeros();
            cpus = cpus.scale() < 0 ? cpus.setScale(0) : cpus;
        }
    }
}
