package dev.homeostat.ai.model;

import dev.homeostat.ai.Profile;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A model that is known. Immutable.
 *
 * @param file its name in the folder of models
 * @param profiles for which it may be chosen
 * @param needsVramBytes what the graphics card has to have for it to be chosen for {@link Profile#GPU}; 0 if any does
 * @param needsRamBytes the same of the machine, for the profiles without one
 * @param source where it is from
 */
record Registered(
        String id,
        String name,
        String runtime,
        String backend,
        List<String> tasks,
        Set<Profile> profiles,
        String file,
        long needsVramBytes,
        long needsRamBytes,
        ModelSource source) {
    static final String CHAT = "chat";
    static final String EMBEDDING = "embedding";

    Registered {
        tasks = List.copyOf(tasks);
        profiles = Set.copyOf(profiles);
    }

    boolean can(String task) {
        return tasks.contains(task);
    }

    /** What it needs of the memory that it would run in. */
    long needsBytes(Profile profile) {
        return profile == Profile.GPU ? needsVramBytes : needsRamBytes;
    }

    /** Length of its file, as far as it is declared. */
    Optional<Long> bytes() {
        return Optional.ofNullable(source.bytes());
    }
}
