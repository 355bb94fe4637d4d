package dev.homeostat.kind.tool;

import dev.homeostat.resource.Observation;
import java.util.List;

/**
 * What is there of a tool.
 *
 * @param copies at most one, but for programs that install several versions side by side
 */
public record ToolSeen(List<Copy> copies) implements Observation {
    static final ToolSeen NONE = new ToolSeen(List.of());

    /**
     * @param version empty if it is not told
     * @param origin where it came from; empty if it is not told
     */
    public record Copy(String version, String origin) {
        @Override
        public String toString() {
            String text = version.isEmpty() ? "there" : version;
            return origin.isEmpty() ? text : text + " from " + origin;
        }
    }

    public ToolSeen {
        copies = List.copyOf(copies);
    }

    boolean isThere() {
        return !copies.isEmpty();
    }

    /** For people. */
    String told() {
        return copies.isEmpty()
                ? "absent"
                : String.join(", ", copies.stream().map(Copy::toString).toList());
    }
}
