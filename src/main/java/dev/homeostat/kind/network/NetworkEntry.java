package dev.homeostat.kind.network;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.Map;

/** An entry of {@code networks} as it is written; null where nothing is said. */
public record NetworkEntry(
        @JsonPropertyDescription("Addresses in CIDR notation, such as 10.90.0.0/24; podman picks some if not given")
        @Pattern(regexp = "^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$", message = "a subnet such as 10.89.1.0/24")
        String subnet,

        @JsonPropertyDescription("true: no way out of it") Boolean internal,

        @JsonPropertyDescription("Labels that the network gets when it is made")
        Map<
                        @Pattern(
                                regexp = "^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$",
                                message = "letters, digits and . _ / -, beginning with a letter or digit")
                        String,
                        @NotNull String>
                labels) {}
