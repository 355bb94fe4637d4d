package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.Examined;
import dev.homeostat.resource.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The XML that JUnit's runners write and others read: a suite for each group, a case for each check. */
public final class JUnitText {
    private static final double MILLIS = 1000;

    private JUnitText() {}

    public static List<String> of(Examined examined) {
        Map<String, List<Finding>> groups = new LinkedHashMap<>();
        examined.findings()
                .forEach(f -> groups.computeIfAbsent(f.group(), g -> new ArrayList<>())
                        .add(f));
        List<String> lines = new ArrayList<>();
        lines.add("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        lines.add("<testsuites name=\"homeostat\"" + counts(examined.findings())
                + String.format(Locale.ROOT, " time=\"%.3f\"", examined.took().toMillis() / MILLIS) + ">");
        groups.forEach((group, findings) -> {
            lines.add("  <testsuite name=\"" + escaped(group) + "\"" + counts(findings) + " timestamp=\""
                    + examined.at() + "\">");
            findings.forEach(finding -> testcase(finding, lines));
            lines.add("  </testsuite>");
        });
        lines.add("</testsuites>");
        return lines;
    }

    private static String counts(List<Finding> findings) {
        return " tests=\"" + findings.size() + "\" failures=\""
                + findings.stream().filter(Finding::hasFailed).count() + "\" errors=\"0\"";
    }

    private static void testcase(Finding finding, List<String> lines) {
        String start = "    <testcase classname=\"homeostat." + escaped(finding.group()) + "\" name=\""
                + escaped(finding.name()) + "\"";
        String words = finding.evidence() + (finding.remedy().isEmpty() ? "" : "; " + finding.remedy());
        lines.add(start + ">");
        lines.add(
                finding.hasFailed()
                        ? "      <failure message=\"" + escaped(finding.evidence()) + "\">" + escaped(words)
                                + "</failure>"
                        : "      <system-out>" + escaped(words) + "</system-out>");
        lines.add("    </testcase>");
    }

    /** Characters that XML 1.0 does not have are none that a finding lets through; surrogates without a partner are not either. */
    private static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                default ->
                    out.appendCodePoint(
                            c < ' ' && c != '\t' || c >= 0xd800 && c <= 0xdfff || c == 0xfffe || c == 0xffff ? '?' : c);
            }
        });
        return out.toString();
    }
}
