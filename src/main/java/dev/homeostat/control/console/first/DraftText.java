package dev.homeostat.control.console.first;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.control.console.text.Structured;
import dev.homeostat.resource.Visible;
import java.util.ArrayList;
import java.util.List;

/**
 * A declaration as it is written for people: prose is {@code # Text}, an entry that is not in force is its own lines with a
 * {@code #} before each, so that taking that away puts it in force.
 */
final class DraftText {
    private static final int COLUMNS = 118;
    private static final String INDENT = "  ";
    private static final String HEADER = "# yaml-language-server: $schema=/usr/share/homeostat/machine.schema.json";

    private final StringBuilder out = new StringBuilder(HEADER).append("\n#\n");

    /** A paragraph, broken into lines. What a name from the machine could do to them is spelled out. */
    DraftText prose(String text) {
        StringBuilder line = new StringBuilder("#");
        for (String word : Visible.of(text.replace('\n', ' ')).split(" +")) {
            if (line.length() > 1 && line.length() + 1 + word.length() > COLUMNS) {
                out.append(line).append('\n');
                line = new StringBuilder("#");
            }
            line.append(' ').append(word);
        }
        out.append(line).append('\n');
        return this;
    }

    DraftText prose(List<String> paragraphs) {
        paragraphs.forEach(this::prose);
        return this;
    }

    DraftText line(String text) {
        out.append(text).append('\n');
        return this;
    }

    DraftText blank() {
        return line("");
    }

    /** The key of a section, in force: without entries it says nothing. */
    DraftText key(int depth, String key) {
        return line(INDENT.repeat(depth) + key + ":");
    }

    /** @param inForce else it is written as a comment */
    DraftText entry(int depth, JsonNode value, boolean inForce) {
        for (String line : lines(value)) {
            line((inForce ? "" : "#") + INDENT.repeat(depth) + line);
        }
        return this;
    }

    private static List<String> lines(JsonNode value) {
        return new ArrayList<>(Structured.YAML.lines(value));
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
