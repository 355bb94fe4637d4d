package dev.homeostat.host.facts;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * All that is known of the machine, at one moment.
 *
 * @param nix empty if this machine has none, or if it does not answer
 * @param nixTrouble why Nix, although it is there, could not be asked
 */
public record Facts(Machine machine, Hardware hardware, Optional<NixFacts> nix, Optional<String> nixTrouble) {
    public Facts {
        requireNonNull(machine, "machine is null");
        requireNonNull(hardware, "hardware is null");
        requireNonNull(nix, "nix is null");
        requireNonNull(nixTrouble, "nixTrouble is null");
    }

    /**
     * Nix as it is installed.
     *
     * @param version such as {@code 2.26.3}
     * @param features experimental ones that its own configuration turns on
     */
    public record NixFacts(String version, SortedSet<String> features) {
        public NixFacts {
            requireNonNull(version, "version is null");
            features = new TreeSet<>(features);
        }
    }
}
