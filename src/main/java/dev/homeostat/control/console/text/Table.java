package dev.homeostat.control.console.text;

import java.util.ArrayList;
import java.util.List;

/** Aligned columns; the last one wraps at the width of the screen. */
public final class Table {
    private static final String GAP = "  ";
    /** A last column narrower than this is not wrapped: one word a line helps nobody. */
    private static final int NARROWEST_LAST_COLUMNS = 24;

    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... header) {
        this.header = List.of(header);
    }

    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** @param columns of the screen; 0 for none */
    public List<String> render(int columns) {
        int last = header.size() - 1;
        int[] widths = new int[last];
        for (int i = 0; i < last; i++) {
            widths[i] = Style.width(header.get(i));
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], Style.width(row.get(i)));
            }
        }
        int before = 0;
        for (int width : widths) {
            before += width + GAP.length();
        }
        int left = columns == 0 || columns - before < NARROWEST_LAST_COLUMNS ? Integer.MAX_VALUE : columns - before;
        List<String> out = new ArrayList<>();
        out.add(Style.DIM.of(line(header, header.get(last), widths)));
        for (List<String> row : rows) {
            List<String> tail = Lines.wrap(row.get(last).replace('\n', ' '), left);
            out.add(line(row, tail.getFirst(), widths));
            for (String more : tail.subList(1, tail.size())) {
                out.add(" ".repeat(before) + more);
            }
        }
        return out;
    }

    private static String line(List<String> row, String tail, int[] widths) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            out.append(cell).append(" ".repeat(widths[i] - Style.width(cell))).append(GAP);
        }
        return out.append(tail).toString().stripTrailing();
    }
}
