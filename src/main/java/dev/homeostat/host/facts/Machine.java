package dev.homeostat.host.facts;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Optional;

/**
 * The machine without what is installed on it.
 *
 * @param os what /etc/os-release says
 * @param system Nix's name of the platform, such as {@code x86_64-linux}
 * @param processors logical ones that are online
 * @param vendor of the processor as the kernel has it: {@code GenuineIntel}, {@code AuthenticAMD}, on ARM the number of
 *     the implementer such as {@code 0x41}; empty if the kernel does not tell
 * @param ramBytes as the kernel reports it: a little less than what is plugged in
 * @param firmware what started the machine
 * @param bootLoader the one that is installed; empty if none of those known is, if both are and nobody says which of
 *     them is used, or if this process may not look
 * @param spaces of those folders that are there
 * @param gpus display controllers on the PCI bus, by slot
 */
public record Machine(
        OperatingSystem os,
        String system,
        int processors,
        Optional<String> vendor,
        long ramBytes,
        Firmware firmware,
        Optional<BootLoader> bootLoader,
        List<Space> spaces,
        List<Gpu> gpus) {
    public Machine {
        requireNonNull(os, "os is null");
        requireNonNull(system, "system is null");
        requireNonNull(vendor, "vendor is null");
        requireNonNull(firmware, "firmware is null");
        requireNonNull(bootLoader, "bootLoader is null");
        spaces = List.copyOf(spaces);
        gpus = List.copyOf(gpus);
    }

    /**
     * A distribution.
     *
     * @param id such as {@code nixos}
     * @param version such as {@code 25.11}; empty for one without releases
     */
    public record OperatingSystem(String id, Optional<String> version) {}

    /**
     * Room in the file system that a folder is in.
     *
     * @param path of the folder, absolute
     * @param freeBytes for everybody, without what is kept back for root
     * @param totalBytes of the file system
     */
    public record Space(String path, long freeBytes, long totalBytes) {}

    /**
     * A display controller: PCI class 03.
     *
     * @param slot its address, such as {@code 0000:00:02.0}
     * @param vendor four hexadecimal digits, such as {@code 8086}
     * @param device four hexadecimal digits
     * @param driver of the kernel that is bound to it; empty if none is
     */
    public record Gpu(String slot, String vendor, String device, Optional<String> driver) {}

    /** What started the machine. */
    public enum Firmware {
        UEFI("uefi"),
        /** A PC without UEFI. */
        BIOS("bios"),
        /** Neither: most boards that are no PC. */
        OTHER("other");

        private final String label;

        Firmware(String label) {
            this.label = label;
        }

        /** As people and programs read it. */
        @JsonValue
        public String label() {
            return label;
        }
    }

    /** What starts the kernel. */
    public enum BootLoader {
        SYSTEMD_BOOT("systemd-boot"),
        GRUB("grub");

        private final String label;

        BootLoader(String label) {
            this.label = label;
        }

        /** As people and programs read it. */
        @JsonValue
        public String label() {
            return label;
        }
    }
}
