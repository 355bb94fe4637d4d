package dev.homeostat.control.console.text;

import dev.homeostat.host.facts.Facts;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Machine;
import java.util.List;
import java.util.Locale;

/** What the machine is, a fact a row. */
public final class FactsText {
    private static final double BYTES_PER_GIB = 1L << 30;

    private FactsText() {}

    /** @param columns of the screen; 0 for none */
    public static List<String> of(Facts facts, int columns) {
        Machine machine = facts.machine();
        Table table = new Table("FACT", "FOUND");
        table.row(
                "system",
                machine.os().id() + machine.os().version().map(v -> " " + v).orElse("") + ", " + machine.system());
        table.row(
                "processors",
                machine.processors() + machine.vendor().map(v -> ", " + v).orElse(""));
        table.row("memory", gib(machine.ramBytes()));
        table.row("firmware", machine.firmware().label());
        table.row(
                "boot loader",
                machine.bootLoader().map(Machine.BootLoader::label).orElse("none of those known"));
        for (Machine.Space space : machine.spaces()) {
            table.row("room in " + space.path(), gib(space.freeBytes()) + " free of " + gib(space.totalBytes()));
        }
        for (Machine.Gpu gpu : machine.gpus()) {
            table.row(
                    "display " + gpu.slot(),
                    gpu.vendor() + ":" + gpu.device()
                            + gpu.driver().map(d -> ", driver " + d).orElse(", no driver"));
        }
        hardware(facts.hardware(), table);
        table.row("nix", nix(facts));
        return table.render(columns);
    }

    private static void hardware(Hardware hardware, Table table) {
        hardware.microcode().ifPresent(revision -> table.row("microcode", revision));
        for (Hardware.Display display : hardware.displays()) {
            display.module()
                    .ifPresent(module -> table.row(
                            "module " + display.slot(),
                            module + display.version().map(v -> " " + v).orElse("")));
        }
        hardware.nvidia()
                .ifPresent(nvidia -> table.row(
                        "nvidia driver",
                        nvidia.disagreement().map(Style.YELLOW::of).orElseGet(() -> agreed(nvidia))));
        table.row(
                "zswap",
                hardware.zswap()
                        .map(zswap -> zswap.enabled()
                                ? "on, " + zswap.compressor() + ", at most " + zswap.maxPoolPercent() + " % of memory"
                                : "off")
                        .orElse("not in this kernel"));
        for (Hardware.Zram zram : hardware.zrams()) {
            table.row(
                    zram.name(),
                    zram.sizeBytes() == 0 ? "not set up" : gib(zram.sizeBytes()) + ", " + zram.algorithm());
        }
        for (Hardware.Swap swap : hardware.swaps()) {
            table.row("swap " + swap.path(), gib(swap.usedBytes()) + " used of " + gib(swap.sizeBytes()));
        }
        Hardware.Hibernation hibernation = hardware.hibernation();
        table.row(
                "hibernation",
                (hibernation.fits() ? "has the swap it needs" : "needs a swap of " + gib(hibernation.leastBytes()))
                        + ", " + gib(hibernation.recommendedBytes()) + " are better");
    }

    private static String agreed(Hardware.Nvidia nvidia) {
        return nvidia.kernelModule()
                        .or(() -> nvidia.libraries().stream().findFirst())
                        .orElse("none")
                + (nvidia.kernelModule().isEmpty() ? ", no kernel module loaded" : "");
    }

    private static String nix(Facts facts) {
        return facts.nix()
                .map(nix -> nix.version() + (nix.features().isEmpty() ? "" : ", " + String.join(", ", nix.features())))
                .or(() -> facts.nixTrouble().map(Style.YELLOW::of))
                .orElse("none");
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / BYTES_PER_GIB);
    }
}
