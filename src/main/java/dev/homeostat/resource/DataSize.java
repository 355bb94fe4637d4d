package dev.homeostat.resource;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An amount of data. Written as systemd and podman write it: {@code 512M}, {@code 1.5G}, powers of 1024. */
public record DataSize(long bytes) implements Comparable<DataSize> {
    public static final String PATTERN = "^[0-9]{1,15}(\\.[0-9]{1,3})?[KMGT]?$";
    public static final String FORM = "a size such as 512M or 1.5G";
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,3})?)([KMGT]?)");
    private static final String UNITS = "KMGT";

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is not negative");
        }
    }

    @JsonCreator
    public static DataSize parse(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a size: expected a number with K, M, G or T, such as 512M");
        }
        double factor = Math.pow(1024, UNITS.indexOf(m.group(2)) + (m.group(2).isEmpty() ? 0 : 1));
        double bytes = Double.parseDouble(m.group(1)) * (m.group(2).isEmpty() ? 1 : factor);
        if (bytes > Long.MAX_VALUE) {
            throw new IllegalArgumentException("\"" + text + "\" is more than any machine has");
        }
        return new DataSize((long) bytes);
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** The shortest exact form: 512M, 1536M, 1000. */
    @Override
    @JsonValue
    public String toString() {
        long value = bytes;
        int unit = -1;
        while (value != 0 && value % 1024 == 0 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        return unit < 0 ? Long.toString(value) : value + UNITS.substring(unit, unit + 1);
    }
}
