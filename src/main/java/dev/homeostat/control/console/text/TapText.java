package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.Examined;
import dev.homeostat.resource.Finding;
import java.util.ArrayList;
import java.util.List;

/** Version 14 of the Test Anything Protocol. */
public final class TapText {
    private TapText() {}

    public static List<String> of(Examined examined) {
        List<String> lines = new ArrayList<>();
        lines.add("TAP version 14");
        lines.add("1.." + examined.findings().size());
        int number = 0;
        for (Finding finding : examined.findings()) {
            number++;
            lines.add((finding.hasFailed() ? "not ok " : "ok ") + number + " - "
                    + escaped(finding.group() + ": " + finding.name()));
            lines.add("  ---");
            lines.add("  verdict: " + finding.verdict().label());
            lines.add("  evidence: " + quoted(finding.evidence()));
            if (!finding.remedy().isEmpty()) {
                lines.add("  remedy: " + quoted(finding.remedy()));
            }
            lines.add("  ...");
        }
        return lines;
    }

    /** What would begin a directive. */
    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("#", "\\#");
    }

    /** As YAML has it in double quotes; evidence holds nothing that is not on one line. */
    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
