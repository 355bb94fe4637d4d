package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Hardware.Display;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.facts.Machine.Gpu;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds which kernel module drives a display controller. */
final class Drivers {
    /** A line. */
    private static final int VERSION_LIMIT_BYTES = 256;

    private static final Pattern MODULE = Pattern.compile("[A-Za-z0-9_]{1,64}");
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,99}");

    private Drivers() {}

    static List<Display> of(Path root, List<Gpu> gpus) throws Trouble {
        List<Display> displays = new ArrayList<>();
        for (Gpu gpu : gpus) {
            Optional<String> module = gpu.driver().isEmpty()
                    ? Optional.empty()
                    : SmallFile.linked(
                            root.resolve("sys/bus/pci/drivers")
                                    .resolve(gpu.driver().get())
                                    .resolve("module"),
                            MODULE,
                            "a link to a module");
            Optional<String> version = module.isEmpty() ? Optional.empty() : version(root, module.get());
            displays.add(new Display(gpu.slot(), Maker.of(gpu.vendor()), gpu.driver(), module, version));
        }
        return displays;
    }

    /** Of a loaded module, what it says of itself; empty if it says nothing, or is not loaded. */
    static Optional<String> version(Path root, String module) throws Trouble {
        Path file = root.resolve("sys/module").resolve(module).resolve("version");
        Optional<String> version =
                SmallFile.text(file, VERSION_LIMIT_BYTES).map(String::strip).filter(text -> !text.isEmpty());
        if (version.isPresent() && !VERSION.matcher(version.get()).matches()) {
            throw SmallFile.notWhatItShouldBe(file, "a version such as 570.86.16");
        }
        return version;
    }
}
