package dev.homeostat.host.podman;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of a podman. */
public record PodmanVersion(int major, int minor, int patch) implements Comparable<PodmanVersion> {
    /** The first with Quadlet. */
    public static final PodmanVersion QUADLET = new PodmanVersion(4, 4, 0);
    /** The first whose Quadlet knows HealthCmd= and its like. */
    public static final PodmanVersion QUADLET_HEALTH = new PodmanVersion(4, 5, 0);

    private static final Pattern TEXT = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?.*");
    private static final Comparator<PodmanVersion> ORDER = Comparator.comparingInt(PodmanVersion::major)
            .thenComparingInt(PodmanVersion::minor)
            .thenComparingInt(PodmanVersion::patch);

    /** @throws IllegalArgumentException if it does not begin with two numbers */
    public static PodmanVersion parse(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a version of podman");
        }
        return new PodmanVersion(
                Integer.parseInt(m.group(1)),
                Integer.parseInt(m.group(2)),
                m.group(3) == null ? 0 : Integer.parseInt(m.group(3)));
    }

    public boolean isAtLeast(PodmanVersion other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(PodmanVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
