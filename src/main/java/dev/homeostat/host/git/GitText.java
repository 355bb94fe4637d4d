package dev.homeostat.host.git;

/** What a program or a server wrote, made fit for a message. */
final class GitText {
    private static final int LIMIT_CHARS = 500;

    private GitText() {}

    /** One line without control characters, and not too long. */
    static String line(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= LIMIT_CHARS ? line : line.substring(0, LIMIT_CHARS) + "...";
    }
}
