package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Hardware.Swap;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what is swapped to, as proc_swaps(5) has it. */
final class Swaps {
    /** The kernel has a limit of 32, each with a path. */
    private static final int LIMIT_BYTES = 256 * 1024;

    private static final long BYTES_PER_KIB = 1024;
    private static final Pattern LINE = Pattern.compile(
            "(/[^\\s\\p{Cntrl}]*)\\s+(file|partition)\\s+([0-9]{1,15})\\s+([0-9]{1,15})\\s+(-?[0-9]{1,6})");
    /** A blank or a backslash in a path; what else the kernel escapes is better left so. */
    private static final Pattern ESCAPE = Pattern.compile("\\\\(040|134)");

    private static final int OCTAL = 8;

    private Swaps() {}

    /** None if the kernel was built without swap. */
    static List<Swap> list(Path root) throws Trouble {
        Path file = root.resolve("proc/swaps");
        Optional<String> text = SmallFile.text(file, LIMIT_BYTES);
        if (text.isEmpty()) {
            return List.of();
        }
        List<String> lines = text.get().lines().toList();
        if (lines.isEmpty() || !lines.getFirst().startsWith("Filename")) {
            throw SmallFile.notWhatItShouldBe(file, "a table with Filename first");
        }
        List<Swap> swaps = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw SmallFile.notWhatItShouldBe(file, "a path, file or partition, and three numbers in each line");
            }
            swaps.add(new Swap(
                    plain(matcher.group(1)),
                    matcher.group(2),
                    Long.parseLong(matcher.group(3)) * BYTES_PER_KIB,
                    Long.parseLong(matcher.group(4)) * BYTES_PER_KIB,
                    Integer.parseInt(matcher.group(5))));
        }
        return swaps;
    }

    private static String plain(String path) {
        return ESCAPE.matcher(path)
                .replaceAll(escape ->
                        Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(escape.group(1), OCTAL))));
    }
}
