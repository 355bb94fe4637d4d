package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Hardware.Zram;
import dev.homeostat.host.facts.Hardware.Zswap;
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

/** Finds zswap and zram as the kernel has them, whatever was asked for when it was booted. */
final class CompressedMemory {
    /** A sysfs file of one value, or of the dozen compressors that there are. */
    private static final int LIMIT_BYTES = 1024;
    /** More is nobody's machine. */
    private static final int MOST_ZRAMS = 1024;

    private static final Pattern SWITCH = Pattern.compile("([YN])\\n?");
    private static final Pattern COMPRESSOR = Pattern.compile("([a-z0-9][a-z0-9_-]{0,63})\\n?");
    private static final Pattern PERCENT = Pattern.compile("(100|[0-9]{1,2})\\n?");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})\\n?");
    /** All there are, the one in use in brackets. */
    private static final Pattern CHOSEN =
            Pattern.compile("(?:[a-z0-9_-]+ )*\\[([a-z0-9_-]{1,64})](?: [a-z0-9_-]+)* ?\\n?");

    private static final Pattern NAME = Pattern.compile("zram[0-9]{1,4}");

    private CompressedMemory() {}

    static Optional<Zswap> zswap(Path root) throws Trouble {
        Path folder = root.resolve("sys/module/zswap/parameters");
        Optional<String> enabled = value(folder.resolve("enabled"), SWITCH, "Y or N");
        if (enabled.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Zswap(
                enabled.get().equals("Y"),
                needed(folder.resolve("compressor"), COMPRESSOR, "a compressor such as zstd"),
                Integer.parseInt(needed(folder.resolve("max_pool_percent"), PERCENT, "a percentage"))));
    }

    static List<Zram> zrams(Path root) throws Trouble {
        Path folder = root.resolve("sys/block");
        List<Zram> zrams = new ArrayList<>();
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(folder, "zram*")) {
            for (Path device : devices) {
                String name = device.getFileName().toString();
                if (!NAME.matcher(name).matches() || zrams.size() == MOST_ZRAMS) {
                    throw SmallFile.notWhatItShouldBe(folder, "at most " + MOST_ZRAMS + " devices such as zram0");
                }
                Optional<String> size = value(device.resolve("disksize"), SIZE, "a number of bytes");
                Optional<String> algorithm =
                        value(device.resolve("comp_algorithm"), CHOSEN, "compressors such as lzo [zstd]");
                if (size.isPresent() && algorithm.isPresent()) { // else it was taken away meanwhile
                    zrams.add(new Zram(name, Long.parseLong(size.get()), algorithm.get()));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | DirectoryIteratorException e) {
            throw Trouble.passing(folder + " cannot be read: " + e.getMessage(), e);
        }
        zrams.sort(Comparator.comparing(Zram::name));
        return zrams;
    }

    private static String needed(Path file, Pattern form, String expected) throws Trouble {
        return value(file, form, expected).orElseThrow(() -> Trouble.passing("there is no " + file));
    }

    private static Optional<String> value(Path file, Pattern form, String expected) throws Trouble {
        return SmallFile.value(file, LIMIT_BYTES, form, expected);
    }
}
