package dev.homeostat.host.systemd;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.freedesktop.dbus.types.Variant;

/** What systemd says of a unit, as D-Bus carries it. */
record UnitProperties(Map<?, ?> values) {
    /** Of the answer to GetAll. */
    static UnitProperties of(Object[] reply) {
        return new UnitProperties((Map<?, ?>) reply[0]);
    }

    static Object bare(Object value) {
        return value instanceof Variant<?> variant ? variant.getValue() : value;
    }

    static String text(Object value) {
        return String.valueOf(bare(value));
    }

    UnitState state() {
        return new UnitState(
                named("Id"),
                named("LoadState"),
                error(),
                named("ActiveState"),
                named("SubState"),
                named("UnitFileState"),
                named("FragmentPath"),
                texts("DropInPaths"),
                Boolean.TRUE.equals(bare(values.get("NeedDaemonReload"))),
                time("ActiveEnterTimestamp"),
                time("ActiveExitTimestamp"),
                time("ConditionTimestamp").isAfter(Instant.EPOCH)
                        && Boolean.FALSE.equals(bare(values.get("ConditionResult"))),
                "success",
                false);
    }

    /** Somebody made it by a call, and no file has it. */
    boolean isTransient() {
        return Boolean.TRUE.equals(bare(values.get("Transient")));
    }

    String named(String name) {
        Object value = bare(values.get(name));
        return value == null ? "" : value.toString();
    }

    List<String> texts(String name) {
        Object value = bare(values.get(name));
        return switch (value) {
            case Collection<?> several -> several.stream().map(String::valueOf).toList();
            case Object[] several -> Arrays.stream(several).map(String::valueOf).toList();
            case null, default -> List.of();
        };
    }

    /** LoadError is a name and a message. */
    private String error() {
        return switch (bare(values.get("LoadError"))) {
            case Object[] pair when pair.length == 2 -> String.valueOf(pair[1]);
            case Collection<?> pair
            when pair.size() == 2 -> String.valueOf(List.copyOf(pair).getLast());
            case null, default -> "";
        };
    }

    int number(String name) {
        return bare(values.get(name)) instanceof Number number ? number.intValue() : 0;
    }

    /** Bytes in hexadecimal; empty if there are none. */
    String hex(String name) {
        return switch (bare(values.get(name))) {
            case byte[] bytes -> HexFormat.of().formatHex(bytes);
            case Collection<?> several -> {
                StringBuilder out = new StringBuilder();
                several.forEach(b -> out.append(HexFormat.of().toHexDigits(((Number) b).byteValue())));
                yield out.toString();
            }
            case null, default -> "";
        };
    }

    Instant time(String name) {
        Object value = bare(values.get(name));
        long micros = value instanceof Number number ? number.longValue() : 0;
        return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000);
    }

    /** A unit that systemd does not know. */
    static UnitState notThere(UnitName unit, String error) {
        return new UnitState(
                unit.text(),
                "not-found",
                error,
                "inactive",
                "dead",
                "",
                "",
                List.of(),
                false,
                Instant.EPOCH,
                Instant.EPOCH,
                false,
                "success",
                false);
    }
}
