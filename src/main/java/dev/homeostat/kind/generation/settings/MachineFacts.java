package dev.homeostat.kind.generation.settings;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is observed of the machine and decides what is generated.
 *
 * @param system Nix's name of the platform, such as x86_64-linux
 * @param ramBytes as the kernel reports it
 * @param bootLoader the one that is installed; null if it is neither of those known
 * @param daemon the daemon's own package in the Nix store, which the generated system then keeps; null if it was installed
 *     in another way
 * @param gpus who made the display controllers that are there, of those whose drivers are known
 * @param processor who made it; null if it is none of those that get microcode
 */
public record MachineFacts(
        String system,
        long ramBytes,
        HostSettings.BootLoader bootLoader,
        String daemon,
        Set<DeclaredElsewhere.Gpu.Vendor> gpus,
        Processor processor) {
    /** Who makes processors that are corrected at boot. */
    public enum Processor {
        @JsonProperty("amd")
        AMD,
        @JsonProperty("intel")
        INTEL;

        /**
         * @param vendor as the kernel has it
         * @return null if it is somebody else
         */
        public static Processor of(String vendor) {
            return switch (vendor) {
                case "GenuineIntel" -> INTEL;
                case "AuthenticAMD" -> AMD;
                default -> null;
            };
        }
    }

    /** Of a processor that gets no microcode. */
    public MachineFacts(
            String system,
            long ramBytes,
            HostSettings.BootLoader bootLoader,
            String daemon,
            Set<DeclaredElsewhere.Gpu.Vendor> gpus) {
        this(system, ramBytes, bootLoader, daemon, gpus, null);
    }

    /** @throws IllegalArgumentException if a value is not what it is called */
    public MachineFacts {
        if (!requireNonNull(system, "system is null").matches(Patterns.SYSTEM)) {
            throw new IllegalArgumentException("not a platform: " + system);
        }
        if (ramBytes <= 0) {
            throw new IllegalArgumentException("not an amount of memory: " + ramBytes);
        }
        gpus = new TreeSet<>(gpus);
        if (daemon != null && !daemon.matches(STORE_PATH)) {
            throw new IllegalArgumentException("not a path in the Nix store: " + daemon);
        }
    }

    private static final String STORE_PATH = "/nix/store/[0-9a-z]{32}-[A-Za-z0-9+._?=-]{1,211}";
}
