package dev.homeostat.host.systemd;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * The full name of a unit, such as {@code cron.service} or {@code getty@tty1.service}; a valid one by systemd's own rules,
 * so that it can stand in a path, an object path or a message.
 */
public record UnitName(String text) implements Comparable<UnitName> {
    /** For the schema: what {@link #parse} takes, roughly. */
    public static final String PATTERN = "^[A-Za-z0-9:_][A-Za-z0-9:_.\\\\@-]{0,254}$";

    /** Scopes and devices are made by others and cannot be declared. */
    private static final Set<String> TYPES =
            Set.of("service", "socket", "target", "timer", "path", "mount", "automount", "swap", "slice");

    private static final Set<String> ROOT = Set.of("-.mount", "-.slice");
    private static final Pattern CHARACTERS = Pattern.compile(PATTERN);

    public UnitName {
        if (!CHARACTERS.matcher(text).matches() && !ROOT.contains(text)) {
            throw new IllegalArgumentException(
                    "\"" + text.replaceAll("\\p{Cntrl}", "?")
                            + "\" is not the name of a unit: letters, digits and : _ . \\ @ - are possible, at most 255 characters");
        }
        int dot = text.lastIndexOf('.');
        if (dot < 1 || !TYPES.contains(text.substring(dot + 1))) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is not the name of a unit that can be kept: expected an ending of "
                    + String.join(
                            ", ", TYPES.stream().sorted().map(t -> "." + t).toList()));
        }
        int at = text.indexOf('@');
        if (at == 0 || at > dot) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not the name of a unit: nothing stands before the @");
        }
    }

    /** A name as people write it: without an ending a service is meant. */
    public static UnitName parse(String text) {
        boolean bare = text.indexOf('.') < 0;
        return new UnitName(bare ? text + ".service" : text);
    }

    /** {@code service}, {@code timer}, ... */
    public String type() {
        return text.substring(text.lastIndexOf('.') + 1);
    }

    /** The name without its ending. */
    public String stem() {
        return text.substring(0, text.lastIndexOf('.'));
    }

    /** {@code getty@.service}: has a file, but never runs. */
    public boolean isTemplate() {
        return stem().endsWith("@");
    }

    /** {@code getty@.service} for {@code getty@tty1.service}; itself for all others. */
    public UnitName template() {
        int at = text.indexOf('@');
        return at < 0 ? this : new UnitName(text.substring(0, at + 1) + "." + type());
    }

    /** The same name with another ending: what a timer or socket starts unless told otherwise. */
    public UnitName withType(String type) {
        return new UnitName(stem() + "." + type);
    }

    /** Where a service manager offers the unit on D-Bus. */
    String objectPath() {
        StringBuilder out = new StringBuilder("/org/freedesktop/systemd1/unit/");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            boolean digit = c >= '0' && c <= '9';
            if (letter || digit && i > 0) {
                out.append(c);
            } else {
                out.append(String.format("_%02x", (int) c));
            }
        }
        return out.toString();
    }

    @Override
    public int compareTo(UnitName other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
