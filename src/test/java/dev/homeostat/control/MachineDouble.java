package dev.homeostat.control;

import dev.homeostat.host.facts.Facts;
import dev.homeostat.host.facts.Facts.NixFacts;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A machine with a bit of everything, which is as wrong as the {@link EngineDouble} is told to be. */
@Alternative
@Singleton
public class MachineDouble implements MachineLook {
    private static final long GIB = 1L << 30;

    private final EngineDouble engine;
    /** Whatever may be absent is. */
    public volatile boolean bare;

    MachineDouble(EngineDouble engine) {
        this.engine = engine;
    }

    @Override
    public Machine machine() throws Trouble {
        if (engine.bug != null) {
            throw engine.bug;
        }
        if (engine.refusal != null) {
            throw Trouble.passing(engine.refusal.getMessage());
        }
        if (bare) {
            return new Machine(
                    new Machine.OperatingSystem("void", Optional.empty()),
                    "aarch64-linux",
                    1,
                    Optional.empty(),
                    GIB,
                    Machine.Firmware.OTHER,
                    Optional.empty(),
                    List.of(),
                    List.of());
        }
        return new Machine(
                new Machine.OperatingSystem("nixos", Optional.of("25.11")),
                "x86_64-linux",
                8,
                Optional.of("GenuineIntel"),
                16 * GIB,
                Machine.Firmware.UEFI,
                Optional.of(Machine.BootLoader.SYSTEMD_BOOT),
                List.of(new Machine.Space("/nix", 20 * GIB, 100 * GIB)),
                List.of(
                        new Machine.Gpu("0000:00:02.0", "8086", "9a49", Optional.of("i915")),
                        new Machine.Gpu("0000:01:00.0", "10de", "1f91", Optional.empty())));
    }

    @Override
    public Hardware hardware() {
        Hardware.Hibernation hibernation = new Hardware.Hibernation(16 * GIB, 20 * GIB, 32 * GIB, bare ? 0 : 8 * GIB);
        if (bare) {
            return new Hardware(
                    Optional.empty(), List.of(), Optional.empty(), Optional.empty(), List.of(), List.of(), hibernation);
        }
        return new Hardware(
                Optional.of("0xa6"),
                List.of(
                        new Hardware.Display(
                                "0000:00:02.0",
                                Hardware.Maker.INTEL,
                                Optional.of("i915"),
                                Optional.of("i915"),
                                Optional.empty()),
                        new Hardware.Display(
                                "0000:01:00.0",
                                Hardware.Maker.NVIDIA,
                                Optional.of("nvidia"),
                                Optional.of("nvidia"),
                                Optional.of("570.86.16"))),
                Optional.of(new Hardware.Nvidia(
                        Optional.of("570.86.16"),
                        List.of("570.133.07"),
                        List.of(new Hardware.ContainerDevices("/run/cdi/nvidia.yaml", List.of("570.133.07"))),
                        Optional.of("the kernel module is old: reboot"))),
                Optional.of(new Hardware.Zswap(true, "zstd", 20)),
                List.of(new Hardware.Zram("zram0", 4 * GIB, "zstd"), new Hardware.Zram("zram1", 0, "lzo")),
                List.of(new Hardware.Swap("/swapfile", "file", 8 * GIB, GIB, -2)),
                hibernation);
    }

    @Override
    public Facts facts() throws Trouble {
        if (bare) {
            return new Facts(machine(), hardware(), Optional.empty(), Optional.of("nix does not answer"));
        }
        return new Facts(
                machine(),
                hardware(),
                Optional.of(new NixFacts("2.26.3", new TreeSet<>(Set.of("flakes", "nix-command")))),
                Optional.empty());
    }
}
