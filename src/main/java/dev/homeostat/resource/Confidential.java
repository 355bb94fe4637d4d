package dev.homeostat.resource;

import java.util.regex.Pattern;

/** Whether a variable, or an option of a command line, may hold a secret. Rather once too often: what is held back can be written by hand, what got out stays out. */
public final class Confidential {
    private static final Pattern NAME = Pattern.compile(
            "PASS|PWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|AUTH|SALT|COOKIE|JWT|DSN|(^|[_-])PW([_-]|$)|API[_-]?KEY|ACCESS[_-]?KEY|(^|[_-])KEYS?([_-]|$)",
            Pattern.CASE_INSENSITIVE);
    /** {@code scheme://user:password@host}, a PEM block, or a hash of a password. */
    private static final Pattern VALUE = Pattern.compile("://[^/\\s]*@|-----BEGIN |^\\$[0-9a-z]{1,8}\\$");
    /** Long enough to be a key, and of letters and digits mixed: words and paths are not. */
    private static final Pattern RANDOM =
            Pattern.compile("(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/=_-]{24,}");

    private Confidential() {}

    /** @param name of the variable or option */
    public static boolean is(String name, String value) {
        return NAME.matcher(name).find() || VALUE.matcher(value).find() || looksRandom(value);
    }

    private static boolean looksRandom(String value) {
        return !value.startsWith("/") && RANDOM.matcher(value).matches();
    }
}
