package dev.homeostat.kind.devshell;

import dev.homeostat.resource.Observation;
import java.util.List;

/**
 * What is there of a shell.
 *
 * @param key of the flake as it is now; empty if it was not looked at
 * @param built whether the shell of that key is in the store, and held there
 * @param others names of roots of former keys
 */
public record ShellSeen(String key, boolean built, List<String> others) implements Observation {
    public ShellSeen {
        others = List.copyOf(others);
    }
}
