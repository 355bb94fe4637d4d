package dev.homeostat.kind.generation.hardware;

import dev.homeostat.kind.generation.settings.MemorySettings;
import dev.homeostat.kind.generation.settings.Share;
import dev.homeostat.resource.Spec;

/**
 * One part of memory as it should be. Just one of the first three is not null.
 *
 * @param generated whether the system is generated, and has the same in its configuration
 */
public record MemorySpec(Share zswap, Share zram, MemorySettings.Swap swap, boolean generated) implements Spec {
    public MemorySpec {
        int parts = (zswap == null ? 0 : 1) + (zram == null ? 0 : 1) + (swap == null ? 0 : 1);
        if (parts != 1) {
            throw new IllegalArgumentException("expected one part of memory, found " + parts);
        }
    }
}
