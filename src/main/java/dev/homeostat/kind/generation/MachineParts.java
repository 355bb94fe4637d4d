package dev.homeostat.kind.generation;

import dev.homeostat.kind.generation.hardware.HardwareKind;
import dev.homeostat.kind.generation.hardware.HardwareSpec;
import dev.homeostat.kind.generation.hardware.MemoryKind;
import dev.homeostat.kind.generation.hardware.MemorySpec;
import dev.homeostat.kind.generation.settings.HardwareSettings;
import dev.homeostat.kind.generation.settings.MemorySettings;
import dev.homeostat.kind.generation.settings.Microcode;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Spec;
import dev.homeostat.resource.Topic;
import java.util.Set;

/** What of {@code hardware} and {@code memory} is looked after on the machine that runs, whoever makes its system. */
final class MachineParts {
    private static final String GPU = "hardware.gpu";
    private static final String MICROCODE = "hardware.microcode";

    private final boolean generated;
    private final Topic.Values values;
    private final Topic.Findings out;

    private MachineParts(boolean generated, Topic.Values values, Topic.Findings out) {
        this.generated = generated;
        this.values = values;
        this.out = out;
    }

    /**
     * @param hardware null if it is not declared
     * @param memory null if it is not declared
     * @param generated whether the system is generated, and gets the same in its configuration
     * @param unfree whether it may have NVIDIA's driver
     */
    static void read(
            HardwareSettings hardware,
            MemorySettings memory,
            boolean generated,
            boolean unfree,
            Topic.Values values,
            Topic.Findings out) {
        MachineParts parts = new MachineParts(generated, values, out);
        if (hardware != null) {
            parts.hardware(hardware, unfree);
        }
        if (memory != null) {
            memory.faults().forEach(fault -> out.problem(fault.key(), fault.message()));
            parts.memory(memory);
        }
    }

    private void hardware(HardwareSettings hardware, boolean unfree) {
        if (hardware.gpu().vendors() == null) {
            add(HardwareKind.GPU, HardwareSpec.gpu(null, generated, unfree), true, GPU);
        } else {
            hardware.gpu()
                    .vendors()
                    .forEach(vendor ->
                            add(HardwareKind.gpu(vendor), HardwareSpec.gpu(vendor, generated, unfree), true, GPU));
        }
        if (generated) {
            add(HardwareKind.MICROCODE, HardwareSpec.microcode(hardware.microcode(), true), true, MICROCODE);
        } else if (hardware.microcode() != Microcode.AUTO) {
            out.problem(
                    MICROCODE,
                    "has no effect: microcode is given at boot, by a generated system; declare host.name and"
                            + " host.stateVersion");
        }
    }

    private void memory(MemorySettings memory) {
        if (memory.zswap() != null) { // at once: the generation has it for the next boot, with the same values
            add(MemoryKind.ZSWAP, new MemorySpec(memory.zswap(), null, null, generated), false, "memory.zswap");
        }
        if (memory.zram() != null) {
            add(MemoryKind.ZRAM, new MemorySpec(null, memory.zram(), null, generated), true, "memory.zram");
        }
        if (memory.swap() != null) {
            add(MemoryKind.SWAP, new MemorySpec(null, null, memory.swap(), generated), true, "memory.swap");
        }
    }

    /** @param after whether it comes after the generation, which makes it */
    private void add(ResourceId id, Spec spec, boolean after, String path) {
        Set<ResourceId> requires = generated && after ? Set.of(GenerationTopic.ID) : Set.of();
        out.add(new Desired<>(id, spec, requires, values.place(path)));
    }
}
