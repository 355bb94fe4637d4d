package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Machine.Gpu;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds display controllers by their PCI class, and says what they are by number: names are for people. */
final class PciDisplays {
    /** The largest machines have some thousand functions. */
    private static final int MOST_DEVICES = 16_384;
    /** A sysfs file of one number. */
    private static final int NUMBER_LIMIT_BYTES = 64;

    private static final Pattern SLOT = Pattern.compile("[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]");
    private static final Pattern CLASS = Pattern.compile("0x([0-9a-f]{6})\\n?");
    private static final Pattern ID = Pattern.compile("0x([0-9a-f]{4})\\n?");
    private static final Pattern DRIVER = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final String DISPLAY = "03";

    private PciDisplays() {}

    /** None if there is no PCI bus. */
    static List<Gpu> list(Path root) throws Trouble {
        Path folder = root.resolve("sys/bus/pci/devices");
        List<Gpu> gpus = new ArrayList<>();
        int seen = 0;
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(folder)) {
            for (Path device : devices) {
                if (++seen > MOST_DEVICES) {
                    throw Trouble.passing(folder + " has more than " + MOST_DEVICES + " devices");
                }
                look(device).ifPresent(gpus::add);
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | DirectoryIteratorException e) {
            throw Trouble.passing(folder + " cannot be read: " + e.getMessage(), e);
        }
        gpus.sort(Comparator.comparing(Gpu::slot));
        return gpus;
    }

    /** Empty if it is something else, or was unplugged meanwhile. */
    private static Optional<Gpu> look(Path device) throws Trouble {
        String slot = device.getFileName().toString();
        Optional<String> kind =
                SmallFile.value(device.resolve("class"), NUMBER_LIMIT_BYTES, CLASS, "0x and six hexadecimal digits");
        if (kind.isEmpty() || !kind.get().startsWith(DISPLAY)) {
            return Optional.empty();
        }
        if (!SLOT.matcher(slot).matches()) {
            throw SmallFile.notWhatItShouldBe(device.getParent(), "slots such as 0000:00:02.0");
        }
        Optional<String> vendor =
                SmallFile.value(device.resolve("vendor"), NUMBER_LIMIT_BYTES, ID, "0x and four hexadecimal digits");
        Optional<String> id =
                SmallFile.value(device.resolve("device"), NUMBER_LIMIT_BYTES, ID, "0x and four hexadecimal digits");
        return vendor.isEmpty() || id.isEmpty()
                ? Optional.empty()
                : Optional.of(new Gpu(
                        slot,
                        vendor.get(),
                        id.get(),
                        SmallFile.linked(device.resolve("driver"), DRIVER, "a link to a driver")));
    }
}
