package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.Examined;
import dev.homeostat.resource.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What has failed, and what passed: of resources that say nothing of themselves, such as files, only how many. */
public final class FindingsText {
    private static final String SILENT = "as declared";

    private FindingsText() {}

    /** @param columns of the screen; 0 for none */
    public static List<String> of(Examined examined, int columns) {
        Table table = new Table("CHECK", "VERDICT", "FOUND");
        Map<String, Integer> silent = new TreeMap<>();
        for (Finding finding : examined.findings()) {
            if (finding.verdict() == Finding.Verdict.PASSED
                    && finding.group().equals("resource")
                    && finding.evidence().equals(SILENT)) {
                String kind =
                        finding.name().substring(0, Math.max(0, finding.name().indexOf('/')));
                silent.merge(kind, 1, Integer::sum);
                continue;
            }
            table.row(
                    name(finding),
                    verdict(finding.verdict()),
                    finding.evidence() + (finding.remedy().isEmpty() ? "" : "; " + finding.remedy()));
        }
        silent.forEach((kind, count) -> table.row(kind + ", " + count, verdict(Finding.Verdict.PASSED), SILENT));
        List<String> lines = new ArrayList<>(table.render(columns));
        lines.add("");
        lines.add(summary(examined));
        return lines;
    }

    private static String name(Finding finding) {
        return switch (finding.group()) {
            case "resource", "declaration" -> finding.name();
            case "port" -> "port " + finding.name();
            default -> finding.group() + ": " + finding.name();
        };
    }

    private static String summary(Examined examined) {
        long failed = count(examined, Finding.Verdict.FAILED);
        long warnings = count(examined, Finding.Verdict.WARNING);
        return count(examined, Finding.Verdict.PASSED) + " passed, " + failed + " failed, " + warnings
                + (warnings == 1 ? " warning" : " warnings") + ", in "
                + examined.took().toMillis() + " ms";
    }

    private static long count(Examined examined, Finding.Verdict verdict) {
        return examined.findings().stream()
                .filter(finding -> finding.verdict() == verdict)
                .count();
    }

    private static String verdict(Finding.Verdict verdict) {
        return switch (verdict) {
            case PASSED -> Style.GREEN.of("passed");
            case WARNING -> Style.YELLOW.of("warning");
            case FAILED -> Style.RED.of("failed");
        };
    }
}
