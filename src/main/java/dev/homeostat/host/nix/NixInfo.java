package dev.homeostat.host.nix;

import java.util.List;
import java.util.SortedSet;

/**
 * Nix as this machine has it.
 *
 * @param version such as {@code 2.26.3}
 * @param features experimental ones that its own configuration turns on
 * @param system what it builds for, such as {@code x86_64-linux}
 * @param substituters caches that are asked, in order
 * @param maxJobs builds at once
 * @param cores of one build, 0 for all
 */
public record NixInfo(
        String version,
        SortedSet<String> features,
        String system,
        List<String> substituters,
        long maxJobs,
        long cores) {
    public NixInfo {
        substituters = List.copyOf(substituters);
    }

    /** Whether its own configuration lets everybody use flakes. */
    public boolean hasFlakes() {
        return features.contains("flakes") && features.contains("nix-command");
    }
}
