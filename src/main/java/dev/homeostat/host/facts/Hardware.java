package dev.homeostat.host.facts;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What drivers, compressed memory and swap there are, at one moment.
 *
 * @param microcode revision that the first processor runs, such as {@code 0xa6}; empty if the kernel does not tell
 * @param displays the display controllers of {@link Machine#gpus}, in the same order
 * @param nvidia empty without a controller or a kernel module of NVIDIA's
 * @param zswap empty if the kernel was built without it
 * @param zrams compressed memory that is used like a disk, by name
 * @param swaps what is swapped to, as the kernel lists it
 * @param hibernation how much swap it takes to hibernate
 */
public record Hardware(
        Optional<String> microcode,
        List<Display> displays,
        Optional<Nvidia> nvidia,
        Optional<Zswap> zswap,
        List<Zram> zrams,
        List<Swap> swaps,
        Hibernation hibernation) {
    public Hardware {
        requireNonNull(microcode, "microcode is null");
        displays = List.copyOf(displays);
        requireNonNull(nvidia, "nvidia is null");
        requireNonNull(zswap, "zswap is null");
        zrams = List.copyOf(zrams);
        swaps = List.copyOf(swaps);
        requireNonNull(hibernation, "hibernation is null");
    }

    /** Who made a display controller, by PCI vendor id. */
    public enum Maker {
        AMD("amd", "1002"),
        INTEL("intel", "8086"),
        NVIDIA("nvidia", "10de"),
        /** All others, those of virtual machines and of servers among them: pictures are made by the processor. */
        OTHER("other", "");

        private final String label;
        private final String vendor;

        Maker(String label, String vendor) {
            this.label = label;
            this.vendor = vendor;
        }

        /** @param vendor four hexadecimal digits */
        public static Maker of(String vendor) {
            for (Maker maker : values()) {
                if (maker.vendor.equals(vendor)) {
                    return maker;
                }
            }
            return OTHER;
        }

        /** As people and programs read it. */
        @JsonValue
        public String label() {
            return label;
        }
    }

    /**
     * A display controller and the kernel module that drives it.
     *
     * @param slot its address, such as {@code 0000:00:02.0}
     * @param driver that is bound to it; empty if none is
     * @param module that the driver is in; empty without a driver, or if it is built into the kernel
     * @param version of the module; most modules of the kernel's own have none
     */
    public record Display(
            String slot, Maker maker, Optional<String> driver, Optional<String> module, Optional<String> version) {}

    /**
     * The parts of NVIDIA's driver that have to be of one version.
     *
     * @param kernelModule that is loaded; empty if none is
     * @param libraries versions of those that programs load, without duplicates; empty if there are none
     * @param specifications for containers, by path
     * @param disagreement a sentence, if they are of different versions
     */
    public record Nvidia(
            Optional<String> kernelModule,
            List<String> libraries,
            List<ContainerDevices> specifications,
            Optional<String> disagreement) {
        public Nvidia {
            requireNonNull(kernelModule, "kernelModule is null");
            libraries = List.copyOf(libraries);
            specifications = List.copyOf(specifications);
            requireNonNull(disagreement, "disagreement is null");
        }

        /** The one version of what is loaded and what is loaded from; empty if there is none, or more than one. */
        public Optional<String> agreed() {
            Set<String> versions = new HashSet<>(libraries);
            kernelModule.ifPresent(versions::add);
            return versions.size() == 1 ? Optional.of(versions.iterator().next()) : Optional.empty();
        }

        /** Those that name other versions than that one; empty as long as there is no one version. */
        public List<ContainerDevices> stale() {
            return agreed().map(version -> specifications.stream()
                            .filter(s -> s.versions().stream().anyMatch(v -> !v.equals(version)))
                            .toList())
                    .orElse(List.of());
        }
    }

    /**
     * A specification of the Container Device Interface (CDI) that gives containers the driver.
     *
     * @param path of the file, absolute
     * @param versions of the libraries that it names, without duplicates
     */
    public record ContainerDevices(String path, List<String> versions) {
        public ContainerDevices {
            versions = List.copyOf(versions);
        }
    }

    /**
     * Compressed memory in front of the swap.
     *
     * @param compressor such as {@code zstd}
     * @param maxPoolPercent share of memory it may take
     */
    public record Zswap(boolean enabled, String compressor, int maxPoolPercent) {}

    /**
     * Compressed memory that is used like a disk.
     *
     * @param name such as {@code zram0}
     * @param sizeBytes what fits in, uncompressed; 0: not set up
     * @param algorithm such as {@code zstd}
     */
    public record Zram(String name, long sizeBytes, String algorithm) {}

    /**
     * Something that is swapped to.
     *
     * @param path of the file or device, absolute
     * @param type {@code file} or {@code partition}; a device of zram counts as a partition
     * @param priority higher is used first
     */
    public record Swap(String path, String type, long sizeBytes, long usedBytes, int priority) {
        private static final String ZRAM = "/dev/zram";

        /** Whether what is in there survives the loss of power. */
        boolean lasts() {
            return !path.startsWith(ZRAM);
        }
    }

    /**
     * How much swap it takes to write the memory to it, and read it back later.
     *
     * @param leastBytes the memory: less does not always do
     * @param recommendedBytes a quarter more than the memory, and at least 4 GiB more
     * @param mostBytes twice the memory, or what is recommended if that is more: the rest would lie idle
     * @param largestSwapBytes what there is now: the kernel writes to one swap only, and not to memory
     */
    public record Hibernation(long leastBytes, long recommendedBytes, long mostBytes, long largestSwapBytes) {
        private static final long GIB = 1L << 30;
        private static final long MARGIN_BYTES = 4 * GIB;

        /** @param swaps that there are now */
        public static Hibernation of(long ramBytes, List<Swap> swaps) {
            long recommended = Math.max(ramBytes + Math.ceilDiv(ramBytes, 4), ramBytes + MARGIN_BYTES);
            return new Hibernation(
                    ramBytes,
                    recommended,
                    Math.max(2 * ramBytes, recommended),
                    swaps.stream()
                            .filter(Swap::lasts)
                            .mapToLong(Swap::sizeBytes)
                            .max()
                            .orElse(0));
        }

        /** Whether what there is now is enough. */
        public boolean fits() {
            return largestSwapBytes >= leastBytes;
        }
    }
}
