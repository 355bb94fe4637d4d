package dev.homeostat.resource;

/** Text from outside as a person may be shown it: what steers a terminal, begins a line or hides text is spelled out. */
public final class Visible {
    private Visible() {}

    /** Each such character as {@code \\u001b}: that is also how JSON writes it. */
    public static String of(String text) {
        if (text.chars().noneMatch(c -> steers((char) c))) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(steers(c) ? spelled(c) : String.valueOf(c));
        }
        return out.toString();
    }

    /** As six characters of ASCII. */
    public static String spelled(char c) {
        return String.format("\\u%04x", (int) c);
    }

    /** Control characters but the tab, line separators, and what changes the direction of writing. */
    public static boolean steers(char c) {
        return Character.isISOControl(c) && c != '\t'
                || c == '\u2028'
                || c == '\u2029'
                || c >= '\u202a' && c <= '\u202e'
                || c >= '\u2066' && c <= '\u2069';
    }
}
