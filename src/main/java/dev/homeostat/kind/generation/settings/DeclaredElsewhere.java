package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.systemd.UnitFile;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** What other sections of the declaration, and the hardware, ask of the generated system. Immutable. */
public record DeclaredElsewhere(
        Services services,
        Containers containers,
        HardwareSettings hardware,
        MemorySettings memory,
        Virtualization virtualization,
        Ai ai,
        Catalog catalog) {
    public static final DeclaredElsewhere NOTHING = new DeclaredElsewhere(
            new Services(Map.of()),
            new Containers(false, Set.of()),
            HardwareSettings.DEFAULT,
            MemorySettings.DEFAULT,
            new Virtualization(false),
            new Ai(false),
            new Catalog(Map.of()));

    public DeclaredElsewhere {
        // systems that were recorded before there was a catalogue
        catalog = catalog == null ? new Catalog(Map.of()) : catalog;
    }

    /** Without a catalogue. */
    public DeclaredElsewhere(
            Services services,
            Containers containers,
            HardwareSettings hardware,
            MemorySettings memory,
            Virtualization virtualization,
            Ai ai) {
        this(services, containers, hardware, memory, virtualization, ai, new Catalog(Map.of()));
    }

    /**
     * Units that become part of the generation.
     *
     * @param units by name with ending (.service, .socket, .timer, .path or .target); then section, key, values, in
     *     systemd's own syntax and checked as {@link UnitFile} checks
     */
    public record Services(Map<String, Map<String, Map<String, List<String>>>> units) {
        private static final String NAME =
                "[A-Za-z0-9_][A-Za-z0-9:_.@\\\\-]{0,199}\\.(service|socket|timer|path|target)";

        /** @throws IllegalArgumentException if a name or value cannot be written safely; the message names it */
        public Services {
            units = new TreeMap<>(units);
            units.forEach((name, sections) -> {
                if (!name.matches(NAME)) {
                    throw new IllegalArgumentException("not a unit that can be part of a generation: " + name);
                }
                UnitFile.of(sections);
            });
        }
    }

    /** @param rootlessUsers whose containers run without anybody logged in */
    public record Containers(boolean enable, Set<String> rootlessUsers) {
        public Containers {
            rootlessUsers = new TreeSet<>(rootlessUsers);
            for (String user : rootlessUsers) {
                if (!user.matches(Patterns.USER)) {
                    throw new IllegalArgumentException("not the name of a user: " + user);
                }
            }
        }
    }

    /** @param vendors whose drivers are needed; empty is software rendering */
    public record Gpu(Set<Vendor> vendors) {
        public Gpu {
            vendors = new TreeSet<>(vendors);
        }

        /** Who made it, by PCI vendor id. */
        public enum Vendor {
            @JsonProperty("amd")
            AMD("amd"),
            @JsonProperty("intel")
            INTEL("intel"),
            @JsonProperty("nvidia")
            NVIDIA("nvidia");

            private final String label;

            Vendor(String label) {
                this.label = label;
            }

            /** As people and programs read it. */
            public String label() {
                return label;
            }
        }
    }

    /**
     * @param zswapPoolPercent share of memory for compressed pages on their way to swap; 0: off; null: the kernel's default
     * @param zramPercent share of memory that may be swapped into compressed memory; 0: off; null: nothing is said
     */
    public record Memory(Integer zswapPoolPercent, Integer zramPercent, List<SwapFile> swapFiles) {
        public Memory {
            check("zswapPoolPercent", zswapPoolPercent, 50);
            check("zramPercent", zramPercent, 200);
            swapFiles = List.copyOf(swapFiles);
        }

        private static void check(String name, Integer percent, int limit) {
            if (percent != null && (percent < 0 || percent > limit)) {
                throw new IllegalArgumentException(name + ": expected 0 to " + limit + ", found " + percent);
            }
        }
    }

    /** A file that is made, and swapped to. */
    public record SwapFile(String path, long sizeMebibytes) {
        public SwapFile {
            if (!path.matches(Patterns.PATH)) {
                throw new IllegalArgumentException("not an absolute path: " + path);
            }
            if (sizeMebibytes <= 0) {
                throw new IllegalArgumentException("not a size: " + sizeMebibytes);
            }
        }
    }

    /** Virtual machines, by libvirt. */
    public record Virtualization(boolean libvirt) {}

    /**
     * What entries of the catalogue ask for, with a precedence below that of the owner's own modules.
     *
     * @param options by entry, then by the option's dotted name
     */
    public record Catalog(Map<String, Map<String, JsonNode>> options) {
        /** The name of an option: attributes with dots between them, of which none needs quotes in Nix. */
        private static final String OPTION = "[a-zA-Z_][A-Za-z0-9_-]*(\\.[a-zA-Z_][A-Za-z0-9_-]*){1,11}";

        /** @throws IllegalArgumentException if a name is none of an option */
        public Catalog {
            SortedMap<String, Map<String, JsonNode>> sorted = new TreeMap<>();
            options.forEach((entry, values) -> {
                values.keySet().stream().filter(name -> !name.matches(OPTION)).forEach(name -> {
                    throw new IllegalArgumentException("not the name of an option of NixOS: " + name);
                });
                sorted.put(entry, new TreeMap<>(values));
            });
            options = sorted;
        }
    }

    /** The AI stack: what it needs of the system below it. */
    public record Ai(boolean enable) {}
}
