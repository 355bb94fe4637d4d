package dev.homeostat.kind.devshell;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;

/** An entry of {@code keptShells} as it is written; null where nothing is said. */
public record ShellEntry(
        @JsonPropertyDescription("Absolute path of the folder of its flake (a user's own may begin with ~/)")
        @NotNull
        @Pattern(
                regexp = "^~?(/[A-Za-z0-9_+=.@-]{1,255}){1,64}$",
                message = "an absolute path of letters, digits and _+=.@- (a user's may begin with ~/)")
        String flake,

        @JsonPropertyDescription("Its name in the flake: devShells.SYSTEM.NAME. The name of the entry if not given")
        @Pattern(
                regexp = "^[A-Za-z_][A-Za-z0-9_'-]{0,100}$",
                message = "letters, digits and _ ' -, beginning with a letter or _")
        String shell,

        @JsonPropertyDescription("After which a build of it is ended. Default 2h")
        Duration limit) {}
