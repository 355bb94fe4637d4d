package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.host.facts.Hardware.Hibernation;
import dev.homeostat.resource.DataSize;
import jakarta.validation.constraints.Pattern;
import java.util.ArrayList;
import java.util.List;

/** {@code memory}: compressed memory and swap. What is not declared is left to the kernel and to the owner's modules. */
public record MemorySettings(
        @JsonPropertyDescription(
                "Compressed memory in front of the swap: auto (by memory: 15 % from 64 GiB, 20 % from 16 GiB, 25 % from 8 GiB, else 30 %), off, or its largest share of memory in percent, at most 50")
        Share zswap,

        @JsonPropertyDescription(
                "Compressed memory that is swapped to: auto (25 %), off, or its share of memory in percent")
        Share zram,

        @JsonPropertyDescription("A file that is made, and swapped to")
        Swap swap) {
    public static final MemorySettings DEFAULT = new MemorySettings(null, null, null);

    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    /** The kernel takes more, but then little is left of what is to be kept from swapping. */
    private static final int MOST_ZSWAP_PERCENT = 50;

    private static final int ZRAM_PERCENT = 25;
    /** mkswap takes less, but nothing fits in. */
    private static final long LEAST_SWAP_BYTES = 64 * MIB;

    /** More than any memory that could be swapped. */
    private static final long MOST_SWAP_BYTES = 4096 * GIB;

    /** A file that is swapped to. */
    public record Swap(
            @JsonPropertyDescription("Where it is. Default /var/lib/swapfile")
            @Pattern(regexp = Patterns.PATH, message = Patterns.PATH_FORM)
            String path,

            @JsonPropertyDescription(
                    "How large it is, in whole MiB; needed unless hibernation is true, which then decides")
            @Pattern(regexp = DataSize.PATTERN, message = DataSize.FORM)
            DataSize size,

            @JsonPropertyDescription(
                    "Whether the memory has to fit in. Without a size it is a quarter larger than the memory, and at least 4 GiB")
            Boolean hibernation) {
        static final String DEFAULT_PATH = "/var/lib/swapfile";

        public Swap {
            path = path == null ? DEFAULT_PATH : path;
            hibernation = hibernation != null && hibernation;
        }
    }

    /** What is wrong with it, whatever machine it is for. */
    public List<Settings.Fault> faults() {
        List<Settings.Fault> faults = new ArrayList<>();
        if (zswap != null && zswap.percent() != null && zswap.percent() > MOST_ZSWAP_PERCENT) {
            faults.add(new Settings.Fault(
                    "memory.zswap", "expected at most " + MOST_ZSWAP_PERCENT + ", found " + zswap.percent()));
        }
        if (zswap != null && zswap.on() && zram != null && zram.on()) {
            faults.add(new Settings.Fault(
                    "memory.zram",
                    "is on together with memory.zswap, which compresses everything twice: turn one off"));
        }
        if (swap != null) {
            swapFaults(faults);
        }
        return faults;
    }

    private void swapFaults(List<Settings.Fault> faults) {
        if (swap.size() == null) {
            if (!swap.hibernation()) {
                faults.add(new Settings.Fault(
                        "memory.swap",
                        "says no size: give size, or hibernation: true for one that the memory fits in"));
            }
            return;
        }
        long bytes = swap.size().bytes();
        if (bytes < LEAST_SWAP_BYTES || bytes > MOST_SWAP_BYTES || bytes % MIB != 0) {
            faults.add(new Settings.Fault(
                    "memory.swap.size",
                    "expected whole MiB from " + new DataSize(LEAST_SWAP_BYTES) + " to " + new DataSize(MOST_SWAP_BYTES)
                            + ", found " + swap.size()));
        }
    }

    /** @throws IllegalArgumentException if it cannot be on a machine of that much memory */
    public DeclaredElsewhere.Memory forRam(long ramBytes) {
        return new DeclaredElsewhere.Memory(
                zswap == null ? null : zswap.percent() == null ? pool(ramBytes) : zswap.percent(),
                zram == null ? null : zram.percent() == null ? Integer.valueOf(ZRAM_PERCENT) : zram.percent(),
                swap == null ? List.of() : List.of(file(ramBytes)));
    }

    private static Integer pool(long ramBytes) {
        if (BuildSettings.isAtLeast(ramBytes, 64 * GIB)) {
            return 15;
        }
        if (BuildSettings.isAtLeast(ramBytes, 16 * GIB)) {
            return 20;
        }
        return BuildSettings.isAtLeast(ramBytes, 8 * GIB) ? 25 : 30;
    }

    private DeclaredElsewhere.SwapFile file(long ramBytes) {
        Hibernation hibernation = Hibernation.of(ramBytes, List.of());
        if (swap.size() == null) {
            return new DeclaredElsewhere.SwapFile(swap.path(), Math.ceilDiv(hibernation.recommendedBytes(), MIB));
        }
        long bytes = swap.size().bytes();
        if (swap.hibernation() && (bytes < hibernation.leastBytes() || bytes > hibernation.mostBytes())) {
            throw new IllegalArgumentException("memory.swap.size: expected " + mib(hibernation.leastBytes()) + " to "
                    + mib(hibernation.mostBytes()) + " to hibernate with this machine's memory, found " + swap.size());
        }
        return new DeclaredElsewhere.SwapFile(swap.path(), bytes / MIB);
    }

    private static String mib(long bytes) {
        return Math.ceilDiv(bytes, MIB) + "M";
    }
}
