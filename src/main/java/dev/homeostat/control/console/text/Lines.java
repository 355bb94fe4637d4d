package dev.homeostat.control.console.text;

import java.util.ArrayList;
import java.util.List;

/** Lines that are being put together for a screen of some width. */
public final class Lines {
    private final List<String> lines = new ArrayList<>();
    private final int columns;

    /** @param columns of the screen; 0 if it has none, then nothing is wrapped */
    public Lines(int columns) {
        this.columns = columns;
    }

    public Lines add(String line) {
        lines.add(line);
        return this;
    }

    public Lines addAll(List<String> more) {
        lines.addAll(more);
        return this;
    }

    /** Wraps at blanks; what follows the first line is indented like it. */
    public Lines wrapped(String indent, String text) {
        for (String part : text.split("\n", -1)) {
            for (String line : wrap(part, columns == 0 ? Integer.MAX_VALUE : Math.max(20, columns - indent.length()))) {
                lines.add(indent + line);
            }
        }
        return this;
    }

    public Lines blank() {
        if (!lines.isEmpty() && !lines.getLast().isEmpty()) {
            lines.add("");
        }
        return this;
    }

    public int columns() {
        return columns;
    }

    public List<String> all() {
        return lines;
    }

    static List<String> wrap(String text, int width) {
        if (Style.width(text) <= width) {
            return List.of(text);
        }
        List<String> out = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && Style.width(line.toString()) + 1 + Style.width(word) > width) {
                out.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        out.add(line.toString());
        return out;
    }
}
