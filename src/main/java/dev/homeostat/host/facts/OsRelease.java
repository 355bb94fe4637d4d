package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Machine.OperatingSystem;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads os-release(5): assignments that a shell would understand, of which nothing is run or expanded. */
final class OsRelease {
    /** Real ones have some hundred bytes. */
    private static final int LIMIT_BYTES = 16 * 1024;

    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_][A-Za-z0-9_]{0,63})="
            + "(?:\"((?:[^\"\\\\$`]|\\\\[\"\\\\$`])*+)\"|'([^']*+)'|([^\\s\"'`$\\\\;&|<>()]*+))\\s*");
    private static final Pattern ESCAPED = Pattern.compile("\\\\([\"\\\\$`])");
    /** What the manual page allows, and capitals. */
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._~+-]{1,64}");

    private OsRelease() {}

    /** @throws Trouble if there is none, or it is not as the manual page has it */
    static OperatingSystem read(Path root) throws Trouble {
        Path file = root.resolve("etc/os-release");
        Optional<String> text = SmallFile.text(file, LIMIT_BYTES);
        if (text.isEmpty()) {
            file = root.resolve("usr/lib/os-release"); // the second place of the manual page
            text = SmallFile.text(file, LIMIT_BYTES);
        }
        if (text.isEmpty()) {
            throw Trouble.passing("there is neither " + root.resolve("etc/os-release") + " nor " + file);
        }
        Map<String, String> values = values(file, text.get());
        String id = values.get("ID");
        if (id == null) {
            throw SmallFile.notWhatItShouldBe(file, "ID=");
        }
        return new OperatingSystem(
                word(file, "ID", id),
                values.containsKey("VERSION_ID")
                        ? Optional.of(word(file, "VERSION_ID", values.get("VERSION_ID")))
                        : Optional.empty());
    }

    private static Map<String, String> values(Path file, String text) throws Trouble {
        Map<String, String> values = new TreeMap<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            Matcher matcher = ASSIGNMENT.matcher(line);
            if (!matcher.matches()) {
                throw SmallFile.notWhatItShouldBe(file, "NAME=value in line " + number);
            }
            values.put(matcher.group(1), value(matcher)); // the last one counts, as in a shell
        }
        return values;
    }

    private static String value(Matcher matcher) {
        if (matcher.group(2) != null) {
            return ESCAPED.matcher(matcher.group(2)).replaceAll("$1");
        }
        return matcher.group(3) != null ? matcher.group(3) : matcher.group(4);
    }

    private static String word(Path file, String key, String value) throws Trouble {
        if (!WORD.matcher(value).matches()) {
            throw SmallFile.notWhatItShouldBe(file, key + " of letters, digits and . _ ~ + -");
        }
        return value;
    }
}
