package dev.homeostat.kind.generation.hardware;

import static java.util.Objects.requireNonNull;

import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu.Vendor;
import dev.homeostat.kind.generation.settings.Microcode;
import dev.homeostat.resource.Spec;

/**
 * One part of the hardware as it should be.
 *
 * @param vendor whose controllers are meant, where a vendor is declared; null: of all that are there
 * @param microcode null if display controllers are meant
 * @param generated whether the system is generated, and has the same in its configuration
 * @param unfree whether NVIDIA's own driver may be expected
 */
public record HardwareSpec(Part part, Vendor vendor, Microcode microcode, boolean generated, boolean unfree)
        implements Spec {
    /** What of it. */
    public enum Part {
        GPU,
        MICROCODE
    }

    public HardwareSpec {
        requireNonNull(part, "part is null");
        if ((part == Part.MICROCODE) != (microcode != null)) {
            throw new IllegalArgumentException("microcode is " + microcode + " of " + part);
        }
    }

    public static HardwareSpec gpu(Vendor vendor, boolean generated, boolean unfree) {
        return new HardwareSpec(Part.GPU, vendor, null, generated, unfree);
    }

    public static HardwareSpec microcode(Microcode microcode, boolean generated) {
        return new HardwareSpec(Part.MICROCODE, null, microcode, generated, false);
    }
}
