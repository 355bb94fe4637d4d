package dev.homeostat.host.systemd;

import static java.util.Objects.requireNonNull;

import dev.homeostat.resource.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The content of a unit file, drop-in or Quadlet file that Homeostat writes: sections, entries in them, values of each
 * entry, in order.
 *
 * <p>Values are systemd's own syntax, as the owner wrote them: {@code %} specifiers, quotes and {@code $} work as
 * systemd.unit(5) says. What could end a value and begin something else (a line break, another control character, a
 * backslash at the end, which joins the next line) is refused. Text that is not systemd syntax goes through
 * {@link #quote} or {@link #quoteForExec} first.
 */
public record UnitFile(Map<String, Map<String, List<String>>> sections) {
    /** How the first line of every file of ours begins: the one mark by which we know them. */
    private static final String MARK = "# Written by homeostat from machine.yaml; edits are undone. spec=";

    /** The optional second line: since when this content has been in force. */
    private static final String SINCE = "# In force since ";

    private static final Pattern OURS =
            Pattern.compile("\\A" + Pattern.quote(MARK) + "([0-9a-f]{64})\\n(?:" + SINCE + "(\\S{20,32})\\n)?");
    private static final Pattern SECTION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,63}");
    private static final Pattern KEY = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,127}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    /** systemd reads no longer lines (LONG_LINE_MAX, 1 MiB); the rest is left for the key. */
    private static final int VALUE_LIMIT_CHARS = 1 << 18;

    /** @throws IllegalArgumentException if a name or value cannot be written safely; the message names it */
    public UnitFile {
        Map<String, Map<String, List<String>>> copy = new LinkedHashMap<>();
        sections.forEach((section, entries) -> {
            if (!SECTION.matcher(section).matches()) {
                throw new IllegalArgumentException(
                        "\"" + visible(section) + "\" is not the name of a section, such as Service");
            }
            Map<String, List<String>> inner = new LinkedHashMap<>();
            requireNonNull(entries, "entries is null").forEach((key, values) -> {
                checkKey(section, key);
                values.forEach(value -> checkValue(section, key, value));
                inner.put(key, List.copyOf(values));
            });
            copy.put(section, Collections.unmodifiableMap(inner));
        });
        sections = Collections.unmodifiableMap(copy);
    }

    /** @throws IllegalArgumentException if a name or value cannot be written safely; the message names it */
    public static UnitFile of(Map<String, Map<String, List<String>>> sections) {
        return new UnitFile(sections);
    }

    /** The whole file: the marker, then the sections. */
    public String text() {
        String body = body();
        return marker(body) + "\n" + body;
    }

    /** As {@link #text()}, with a second line that says since when this content has been in force. */
    public String text(Instant since) {
        String body = body();
        return marker(body) + "\n" + SINCE + since + "\n" + body;
    }

    /** Whether a file has exactly this content, whenever it came into force. */
    public boolean matches(String text) {
        var m = OURS.matcher(text);
        String body = body();
        return m.lookingAt()
                && m.group(1).equals(Sha256.hex(body))
                && text.length() == m.end() + body.length()
                && text.endsWith(body);
    }

    /** Whether this content was the last that Homeostat wrote to a file, even if it was edited since. */
    public boolean wasWrittenTo(String text) {
        return text.startsWith(marker() + "\n");
    }

    /** Since when the content of a file of ours has been in force, if it says so. */
    public static Optional<Instant> since(String text) {
        var m = OURS.matcher(text);
        if (!m.lookingAt() || m.group(2) == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.parse(m.group(2)));
        } catch (DateTimeParseException e) {
            return Optional.empty(); // edited by someone
        }
    }

    /** The first line of {@link #text()}, without its line break: who wrote the file, and the SHA-256 of the rest. */
    public String marker() {
        return marker(body());
    }

    /** Whether a file was written by Homeostat, even if it was edited since. */
    public static boolean isOurs(String text) {
        return OURS.matcher(text).lookingAt();
    }

    /** Whether the file was written by Homeostat and not edited since. */
    public static boolean isUntouched(String text) {
        var m = OURS.matcher(text);
        return m.lookingAt() && m.group(1).equals(Sha256.hex(text.substring(m.end())));
    }

    /**
     * Any text (but NUL) as one word for settings that unquote and know specifiers, such as {@code Environment=}: quoted,
     * {@code %} doubled, line breaks and other control characters as escapes.
     */
    public static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '%' -> out.append("%%");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case 0 -> throw new IllegalArgumentException("a NUL character cannot be passed to a program");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        out.append(String.format("\\x%02x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }

    /** As {@link #quote}, for {@code ExecStart=} and its like, where {@code $} names a variable and is doubled too. */
    public static String quoteForExec(String text) {
        return quote(text).replace("$", "$$");
    }

    /**
     * Values for {@code Environment=}, one a variable.
     *
     * @throws IllegalArgumentException if a name is not that of a variable
     */
    public static List<String> environment(Map<String, String> variables) {
        return variables.entrySet().stream()
                .map(e -> {
                    checkVariable(e.getKey());
                    return quote(e.getKey() + "=" + e.getValue());
                })
                .toList();
    }

    /** @throws IllegalArgumentException if it is not the name of an environment variable */
    public static void checkVariable(String name) {
        if (!VARIABLE.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + visible(name)
                    + "\" is not the name of an environment variable: letters, digits and _ are possible");
        }
    }

    private static String marker(String body) {
        return MARK + Sha256.hex(body);
    }

    private String body() {
        StringBuilder out = new StringBuilder();
        sections.forEach((section, entries) -> {
            out.append("\n[").append(section).append("]\n");
            entries.forEach((key, values) -> values.forEach(
                    value -> out.append(key).append('=').append(value).append('\n')));
        });
        return out.toString();
    }

    private static void checkKey(String section, String key) {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("\"" + visible(key) + "\" in section " + section
                    + " is not the name of a setting, such as ExecStart");
        }
    }

    private static void checkValue(String section, String key, String value) {
        requireNonNull(value, "value is null");
        String where = section + "." + key;
        if (value.length() > VALUE_LIMIT_CHARS) {
            throw new IllegalArgumentException(where + " is longer than " + VALUE_LIMIT_CHARS + " characters");
        }
        if (value.chars().anyMatch(c -> c != '\t' && Character.isISOControl(c))) {
            throw new IllegalArgumentException(
                    where + " has a line break or another control character: one value is one line"
                            + " (several values are written as a list)");
        }
        if (value.stripTrailing().endsWith("\\")) {
            throw new IllegalArgumentException(
                    where + " ends with a backslash, which would join it with the next line");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            throw new IllegalArgumentException(where + " has characters that cannot be written as UTF-8");
        }
    }

    private static String visible(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
