package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code python}: the user's Python, and corrections of packages that do not build as they are. */
public record PythonSettings(
        @JsonPropertyDescription("Package of the interpreter, such as python313. Default python3")
        @Pattern(regexp = "^(python|pypy)3[0-9]{0,2}$", message = "an interpreter such as python313")
        String interpreter,

        @JsonPropertyDescription("Python packages that it can import, such as requests")
        List<@NotNull @Pattern(regexp = Patterns.ATTRIBUTE, message = Patterns.ATTRIBUTE_FORM) String> packages,

        @JsonPropertyDescription("Corrections by Python package; they hold wherever nixpkgs uses that package")
        Map<@Pattern(regexp = Patterns.ATTRIBUTE, message = Patterns.ATTRIBUTE_FORM) String, @NotNull PackageOverride>
                overrides) {

    private static final String INTERPRETER = "python3";

    public PythonSettings {
        interpreter = interpreter == null ? INTERPRETER : interpreter;
        packages = packages == null ? List.of() : List.copyOf(packages);
        overrides = overrides == null ? new TreeMap<>() : new TreeMap<>(overrides);
    }

    /** How one package is built differently. */
    public record PackageOverride(
            @JsonPropertyDescription("Whether its tests are left out. Default false")
            Boolean skipTests,

            @JsonPropertyDescription("Tests that are left out, by name")
            List<@NotNull @Pattern(regexp = Patterns.LINE, message = Patterns.LINE_FORM) String> disabledTests,

            @JsonPropertyDescription("Dependencies whose version bounds are ignored")
            List<@NotNull @Pattern(regexp = Patterns.LINE, message = Patterns.LINE_FORM) String> relaxDependencies) {
        public PackageOverride {
            skipTests = skipTests == null ? Boolean.FALSE : skipTests;
            disabledTests = disabledTests == null ? List.of() : List.copyOf(disabledTests);
            relaxDependencies = relaxDependencies == null ? List.of() : List.copyOf(relaxDependencies);
        }
    }
}
