package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An entry of {@code devShells}: what {@code nix develop .#NAME} offers. The ready-made ones are there without being
 * declared; what is declared for one of them is added to it.
 */
public record DevShellSettings(
        @JsonPropertyDescription("Packages in it")
        List<@NotNull @Pattern(regexp = Patterns.PACKAGE, message = Patterns.PACKAGE_FORM) String> packages,

        @JsonPropertyDescription("Environment variables in it")
        Map<
                        @Pattern(regexp = Patterns.VARIABLE, message = Patterns.VARIABLE_FORM) String,
                        @NotNull @Pattern(regexp = Patterns.LINE, message = Patterns.LINE_FORM) String>
                environment,

        @JsonPropertyDescription("Whether the declared Python with its packages is in it. Default false")
        Boolean python) {
    /** Their packages are in templates/dev-shells.nix. */
    public static final Set<String> READY_MADE = Set.of("pcb-design", "ic-design", "cad-cam", "ts-dev");

    public static final String NAME_PATTERN = Patterns.ATTRIBUTE;
    public static final String NAME_FORM = Patterns.ATTRIBUTE_FORM;

    public DevShellSettings {
        packages = packages == null ? List.of() : List.copyOf(packages);
        environment = environment == null ? Map.of() : Map.copyOf(environment);
        python = python == null ? Boolean.FALSE : python;
    }
}
