package dev.homeostat.host.systemd;

/**
 * An inhibitor lock that logind knows of (org.freedesktop.login1(5), ListInhibitors).
 *
 * @param what its operations, such as {@code shutdown:sleep}
 * @param who the program that holds it, as it calls itself
 * @param why its reason, as it says
 * @param mode {@code block}, {@code block-weak} or {@code delay}
 */
public record Inhibitor(String what, String who, String why, String mode, int uid, int pid) {
    /** Names are given by whoever holds it: of such a length they still fit a line. */
    private static final int TEXT_CHARS = 60;

    public String describe() {
        return cut(who) + " (uid " + uid + ", pid " + pid + "): " + cut(why);
    }

    private static String cut(String text) {
        String line = text.codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return line.length() > TEXT_CHARS ? line.substring(0, TEXT_CHARS - 3) + "..." : line;
    }
}
