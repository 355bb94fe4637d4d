package dev.homeostat.kind.volume;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.Map;

/** An entry of {@code volumes} as it is written. */
public record VolumeEntry(
        @JsonPropertyDescription(
                "Labels that the volume gets when it is made; those of one that is there cannot be changed")
        Map<
                        @Pattern(
                                regexp = "^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$",
                                message = "letters, digits and . _ / -, beginning with a letter or digit")
                        String,
                        @NotNull String>
                labels) {}
