package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code hardware}: what of the hardware gets drivers and corrections. */
public record HardwareSettings(
        @JsonPropertyDescription(
                "Whose display controllers get drivers: auto (the default: of those that are there), none, amd, intel, nvidia, or a list")
        Graphics gpu,

        @JsonPropertyDescription(
                "Corrections of the processor by its maker, loaded at each boot: auto (the default: for Intel and AMD), on, off")
        Microcode microcode) {
    public static final HardwareSettings DEFAULT = new HardwareSettings(null, null);

    public HardwareSettings {
        gpu = gpu == null ? Graphics.AUTO : gpu;
        microcode = microcode == null ? Microcode.AUTO : microcode;
    }

    /** With the microcode that follows from the processor. */
    public HardwareSettings(Graphics gpu) {
        this(gpu, null);
    }

    /**
     * @param found whose controllers there are
     * @param allowUnfree whether the system may hold NVIDIA's driver: without, the kernel's own drives the card
     */
    Gpu gpuOf(Set<Gpu.Vendor> found, boolean allowUnfree) {
        if (gpu.vendors() != null) {
            return new Gpu(gpu.vendors());
        }
        return new Gpu(found.stream()
                .filter(vendor -> allowUnfree || vendor != Gpu.Vendor.NVIDIA)
                .collect(Collectors.toSet()));
    }

    /** Whether NVIDIA's driver is asked for in so many words. */
    public boolean nvidia() {
        return gpu.vendors() != null && gpu.vendors().contains(Gpu.Vendor.NVIDIA);
    }
}
