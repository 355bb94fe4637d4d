package dev.homeostat.ai;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * What a machine has for models, in plain numbers. Immutable.
 *
 * @param vramBytes of the largest graphics card; 0 if there is none or it does not tell
 * @param ramBytes as the kernel reports it
 * @param freeBytes for everybody, where models are kept; what it is not known of counts as enough: {@link Long#MAX_VALUE}
 * @param there ids of models that are in place already: they need no more room
 */
public record Means(Profile profile, long vramBytes, long ramBytes, long freeBytes, Set<String> there) {
    public Means {
        requireNonNull(profile, "profile is null");
        if (vramBytes < 0 || ramBytes < 0 || freeBytes < 0) {
            throw new IllegalArgumentException("less than nothing: " + vramBytes + ", " + ramBytes + ", " + freeBytes);
        }
        there = Set.copyOf(there);
    }
}
