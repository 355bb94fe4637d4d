package dev.homeostat.control.console.text;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import dev.homeostat.resource.Difference;
import java.util.List;

/** One field that is not as declared: one line, or a unified diff if it has several. */
public final class DifferenceText {
    private static final int CONTEXT_LINES = 3;
    /** A plan shows at most so many lines of one diff; {@code homeostat diff ID} shows all. */
    public static final int SHORT_LINES = 40;

    private DifferenceText() {}

    /** @param most lines of a diff */
    public static void write(Lines out, String indent, Difference difference, int most) {
        if (difference.desired().indexOf('\n') < 0 && difference.observed().indexOf('\n') < 0) {
            out.add(indent + label(difference.path()) + Style.RED.of(shown(difference.observed())) + " -> "
                    + Style.GREEN.of(shown(difference.desired())));
            return;
        }
        out.add(indent + label(difference.path()).stripTrailing());
        List<String> diff = unified(difference);
        for (String line : diff.subList(0, Math.min(most, diff.size()))) {
            out.add(indent + "  " + colored(line));
        }
        if (diff.size() > most) {
            out.add(indent + "  " + Style.DIM.of("… " + (diff.size() - most) + " more lines"));
        }
    }

    /** From what is there to what is declared, as applying would change it. */
    static List<String> unified(Difference difference) {
        List<String> observed = lines(difference.observed());
        List<String> desired = lines(difference.desired());
        return UnifiedDiffUtils.generateUnifiedDiff(
                "observed", "declared", observed, DiffUtils.diff(observed, desired), CONTEXT_LINES);
    }

    private static List<String> lines(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<String> lines = List.of(text.split("\n", -1));
        return lines.getLast().isEmpty() ? lines.subList(0, lines.size() - 1) : lines;
    }

    static String colored(String line) {
        if (line.startsWith("+")) {
            return Style.GREEN.of(line);
        }
        if (line.startsWith("-")) {
            return Style.RED.of(line);
        }
        return line.startsWith("@@") ? Style.CYAN.of(line) : line;
    }

    private static String label(String path) {
        return path.isEmpty() ? "" : path + ": ";
    }

    private static String shown(String value) {
        return value.isEmpty() ? "(empty)" : value;
    }
}
