package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Set;

/** {@code hardware}: what of the hardware gets drivers. */
public record HardwareSettings(
        @JsonPropertyDescription(
                "Whose display controllers get drivers: auto (the default: of those that are there), none, amd, intel, nvidia, or a list")
        Graphics gpu) {
    public static final HardwareSettings DEFAULT = new HardwareSettings(null);

    public HardwareSettings {
        gpu = gpu == null ? Graphics.AUTO : gpu;
    }

    /** @param found whose controllers there are */
    DeclaredElsewhere.Gpu gpuOf(Set<DeclaredElsewhere.Gpu.Vendor> found) {
        return new DeclaredElsewhere.Gpu(gpu.vendors() == null ? found : gpu.vendors());
    }
}
