package dev.homeostat.control;

import dev.homeostat.host.facts.Facts;
import dev.homeostat.host.facts.Facts.NixFacts;
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
    public Facts facts() throws Trouble {
        if (bare) {
            return new Facts(machine(), Optional.empty(), Optional.of("nix does not answer"));
        }
        return new Facts(
                machine(),
                Optional.of(new NixFacts("2.26.3", new TreeSet<>(Set.of("flakes", "nix-command")))),
                Optional.empty());
    }
}
