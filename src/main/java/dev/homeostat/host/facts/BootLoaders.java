package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Machine.BootLoader;
import dev.homeostat.host.facts.Machine.Firmware;
import dev.homeostat.resource.Trouble;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds the boot loader by what is installed. */
final class BootLoaders {
    /** Where the EFI system partition is mounted, by the boot loader specification, and where others have it. */
    private static final List<String> PARTITIONS = List.of("boot", "efi", "boot/efi");

    private static final List<String> ARCHITECTURES = List.of("x64", "aa64", "ia32", "riscv64");
    private static final List<String> GRUB = List.of("boot/grub/grub.cfg", "boot/grub2/grub.cfg");
    /** A variable by which the boot loader that ran tells its name (systemd's boot loader interface). */
    private static final String LOADER_INFO =
            "sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

    private static final int LOADER_INFO_LIMIT_BYTES = 1024;
    /** Attributes of the variable, before its content. */
    private static final int ATTRIBUTES_BYTES = 4;

    private BootLoaders() {}

    /** @throws Trouble if it depends on what the boot loader said of itself, and that cannot be read */
    static Optional<BootLoader> find(Path root, Firmware firmware) throws Trouble {
        boolean grub = GRUB.stream().anyMatch(config -> Files.exists(root.resolve(config)));
        boolean systemdBoot = firmware == Firmware.UEFI && hasSystemdBoot(root);
        if (grub && systemdBoot) { // one was left over when the machine went over to the other
            return whatRan(root);
        }
        if (systemdBoot) {
            return Optional.of(BootLoader.SYSTEMD_BOOT);
        }
        return grub ? Optional.of(BootLoader.GRUB) : Optional.empty();
    }

    private static boolean hasSystemdBoot(Path root) {
        return PARTITIONS.stream()
                .map(partition -> root.resolve(partition).resolve("EFI/systemd"))
                .anyMatch(folder -> ARCHITECTURES.stream()
                        .anyMatch(name -> Files.exists(folder.resolve("systemd-boot" + name + ".efi"))));
    }

    private static Optional<BootLoader> whatRan(Path root) throws Trouble {
        String name = SmallFile.bytes(root.resolve(LOADER_INFO), LOADER_INFO_LIMIT_BYTES)
                .filter(content -> content.length > ATTRIBUTES_BYTES)
                .map(content -> new String(
                        content, ATTRIBUTES_BYTES, content.length - ATTRIBUTES_BYTES, StandardCharsets.UTF_16LE))
                .orElse("");
        if (name.startsWith("systemd-boot ")) {
            return Optional.of(BootLoader.SYSTEMD_BOOT);
        }
        return name.startsWith("GRUB ") ? Optional.of(BootLoader.GRUB) : Optional.empty();
    }
}
