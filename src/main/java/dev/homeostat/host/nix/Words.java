package dev.homeostat.host.nix;

import java.util.regex.Pattern;

/** Text that Nix or a builder wrote, made fit to be shown. */
final class Words {
    /** ECMA-48: colours and what else steers a terminal. */
    private static final Pattern STEERING =
            Pattern.compile("\u001b\\[[0-?]*[ -/]*[@-~]|\u001b\\][^\u0007\u001b]*(?:\u0007|\u001b\\\\)?|\u001b.?");
    /** What may be a password or token in an address. */
    private static final Pattern CREDENTIALS = Pattern.compile("(://)[^/@\\s'\"]+@");

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\u0080-\u009f\u2028\u2029&&[^\n]]");

    private Words() {}

    /** Without colours, control characters but the line's end, and credentials; cut to so many characters. */
    static String clean(String text, int limitChars) {
        String plain = STEERING.matcher(text).replaceAll("");
        plain = CREDENTIALS.matcher(plain).replaceAll("$1");
        plain = CONTROL.matcher(plain.replace('\t', ' ')).replaceAll("?");
        return plain.length() > limitChars ? plain.substring(0, limitChars) + "..." : plain;
    }

    /** The same in one line. */
    static String line(String text, int limitChars) {
        return clean(text.strip().replaceAll("\\s*\n\\s*", " "), limitChars);
    }
}
