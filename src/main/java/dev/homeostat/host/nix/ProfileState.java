package dev.homeostat.host.nix;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A profile as its links say.
 *
 * @param current number that the profile points to; empty if there is no profile. Its link may be gone
 * @param generations those that are there, oldest first
 */
public record ProfileState(OptionalInt current, List<Generation> generations) {
    public static final ProfileState NONE = new ProfileState(OptionalInt.empty(), List.of());

    public ProfileState {
        generations = List.copyOf(generations);
    }

    /** Empty if there is no such generation, or not any more. */
    public Optional<Generation> generation(int number) {
        return generations.stream().filter(g -> g.number() == number).findFirst();
    }

    /** What the profile points to; empty if there is no profile, or it points to nothing. */
    public Optional<Generation> currentGeneration() {
        return current.isEmpty() ? Optional.empty() : generation(current.getAsInt());
    }

    /** Whether that is what the profile points to. */
    public boolean isAt(StorePath target) {
        return currentGeneration().filter(g -> g.target().equals(target)).isPresent();
    }
}
