package dev.homeostat.control.console.text;

import dev.homeostat.resource.Visible;

/**
 * Emphasis that only a terminal shows. Marked in the text by characters of the private use area until it is known what
 * shows it, so that widths can be counted without them and nothing in a resource's own text can pass for one.
 */
public enum Style {
    BOLD("1"),
    DIM("2"),
    RED("31"),
    GREEN("32"),
    YELLOW("33"),
    CYAN("36");

    private static final char FIRST = '\uE000';
    private static final char END = '\uE0FF';

    private final String code;

    Style(String code) {
        this.code = code;
    }

    public String of(String text) {
        return (char) (FIRST + ordinal()) + text.replace(END, '?') + END;
    }

    /** Columns the text takes: its code points without marks. */
    public static int width(String text) {
        int width = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isMark(c) && !Character.isLowSurrogate(c)) {
                width++;
            }
        }
        return width;
    }

    /** Without marks. */
    public static String plain(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (!isMark(text.charAt(i))) {
                out.append(text.charAt(i));
            }
        }
        return out.toString();
    }

    /**
     * As it is sent: marks become ANSI sequences or nothing, and whatever could steer a terminal or hide text (control
     * characters, bidirectional overrides) becomes visible as {@code \\u001b}. That is also how JSON writes it.
     */
    public static String sent(String text, boolean color) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == END) {
                out.append(color ? "\u001b[0m" : "");
            } else if (isMark(c)) {
                out.append(color ? "\u001b[" + values()[c - FIRST].code + "m" : "");
            } else if (Visible.steers(c)) {
                out.append(Visible.spelled(c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static boolean isMark(char c) {
        return c == END || c >= FIRST && c < FIRST + values().length;
    }
}
