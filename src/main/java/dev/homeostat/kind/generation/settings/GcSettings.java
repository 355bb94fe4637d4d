package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.DataSize;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/** {@code deployment.gc}: when the Nix store's garbage is collected after a deployment. */
public record GcSettings(
        @JsonPropertyDescription(
                "With less than this free for the store, garbage is collected until so much is, such as 20G")
        @NotNull
        @Pattern(regexp = DataSize.PATTERN, message = DataSize.FORM)
        DataSize below) {}
