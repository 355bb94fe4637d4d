package dev.homeostat.kind.generation.hardware;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.facts.Hardware.Swap;
import dev.homeostat.host.facts.Hardware.Zram;
import dev.homeostat.host.facts.Hardware.Zswap;
import dev.homeostat.host.memory.SwapFiles;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.resource.Observation;
import java.util.List;

/**
 * What there is of memory.
 *
 * @param wanted what the declaration comes to with as much memory as there is
 * @param zswap null if the kernel has none
 * @param path of the declared swap, links followed; null if none is meant
 * @param file what is there; null if none is meant
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MemorySeen(
        long ramBytes,
        DeclaredElsewhere.Memory wanted,
        Zswap zswap,
        List<Zram> zrams,
        List<Swap> swaps,
        String path,
        SwapFiles.Found file)
        implements Observation {
    public MemorySeen {
        zrams = List.copyOf(zrams);
        swaps = List.copyOf(swaps);
    }

    /** Null if it is not in use. */
    Swap inUse(String what) {
        return swaps.stream()
                .filter(swap -> swap.path().equals(what))
                .findFirst()
                .orElse(null);
    }
}
