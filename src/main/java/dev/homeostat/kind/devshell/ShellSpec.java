package dev.homeostat.kind.devshell;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Spec;
import java.time.Duration;

/**
 * A development shell that should be built.
 *
 * @param flake folder of its flake
 * @param shell its name there
 * @param limit of a build
 * @param retired it has left the declaration: its root goes, and the next collection of garbage takes it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ShellSpec(String flake, String shell, Duration limit, boolean retired) implements Spec {
    ShellSpec retire() {
        return new ShellSpec(flake, shell, limit, true);
    }
}
