package dev.homeostat.resource;

import java.util.regex.Matcher;
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

    // ---- of an argument, where most words are none

    /** Of {@link #NAME}: what an option is named whose value itself is the secret. A token's file, number or kind is none. */
    private static final Pattern NAMES_IT = Pattern.compile(
            "(PASS|PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|CREDENTIALS?|AUTH|AUTHORIZATION|SALT|COOKIE|JWT|DSN|PW|KEYS?)([_.-]?(VALUE|[0-9]{1,2}))?$",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern NAMES_ANOTHER = Pattern.compile(
            "BYPASS$|COMPASS$|^KEYS?$|(^|[_.-])(NO|SKIP|DISABLE|WITHOUT|PUBLIC|PRIMARY|FOREIGN|SORT|PARTITION)[_.-]",
            Pattern.CASE_INSENSITIVE);
    /** {@code --option=value}, {@code VARIABLE=value}, a part of an address's query. */
    private static final Pattern ASSIGNED =
            Pattern.compile("([A-Za-z0-9_.-]+)=(?=\"([^\"]+)\"|'([^']+)'|([^\\s&;#\"']+))");
    /** {@code "name": "value"}, and {@code Name: value} of a header. */
    private static final Pattern TOLD =
            Pattern.compile("\"([A-Za-z0-9_.-]+)\"\\s*:\\s*\"([^\"]+)\"|^\\s*([A-Za-z0-9-]+):\\s+(\\S.*)$");

    private static final Pattern HEADER = Pattern.compile("([A-Za-z0-9-]+):\\s*(\\S.*)");
    private static final Pattern HEADER_OPTION = Pattern.compile("-H|--headers?");
    private static final Pattern SCHEME = Pattern.compile("(Bearer|Basic|Token)\\s+", Pattern.CASE_INSENSITIVE);
    /** A PEM block, or a hash of a password. */
    private static final Pattern PRINTED = Pattern.compile("-----BEGIN |^\\$[0-9a-z]{1,8}\\$");

    private static final Pattern USER_INFO = Pattern.compile("://([^/\\s:@]*)(?::([^/\\s]*))?@");
    /** As some who give out keys begin them, so that they are found. */
    private static final Pattern MARKED = Pattern.compile(
            "(sk-(?=[A-Za-z_-]*[0-9])|[rs]k_(live|test)_|gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|hf_(?=[A-Za-z]*[0-9])|AKIA|AIza|eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]+\\.)[A-Za-z0-9_-]{8,}");
    /** One of those that a name of a program or package is made of: {@code server}, {@code e2b}, {@code v16}, {@code 2024}. */
    private static final Pattern PIECE_OF_NAME =
            Pattern.compile("[A-Za-z0-9]{0,4}|[A-Z]?[a-z]+([A-Z][a-z]+)*[0-9]{0,4}|[0-9]+");

    private static final Pattern LEADING_DASHES = Pattern.compile("^-+");
    private static final Pattern BETWEEN_PIECES = Pattern.compile("[-_/+=]");
    /** Where the secret is, or that there is none. */
    private static final Pattern NO_SECRET = Pattern.compile(
            "\\$(?![0-9a-z]{1,8}\\$).*|\\{.*|<.*|%[A-Za-z0-9_]+%|(env|file):.*|~?/.*|\\.{1,2}/.*|-|-.*|[^\\s]*\\.(pem|crt|key|json|txt|env|js|mjs|cjs|ts|py|ya?ml|toml)"
                    + "|true|false|yes|no|on|off|none|null|auto|any|prompt|stdin|env|basic|bearer|oauth2?|required|optional",
            Pattern.CASE_INSENSITIVE);

    private Confidential() {}

    /** @param name of the variable or option */
    public static boolean is(String name, String value) {
        return NAME.matcher(name).find() || VALUE.matcher(value).find() || looksRandom(value);
    }

    /**
     * Whether one of a program's arguments may hold a secret: as the value of an option or variable that is named so, in an
     * address, or by its looks. Most arguments are ordinary words, so more is asked of a name than by {@link #is}; a
     * reference to a variable ({@code $TOKEN}) and a path are none.
     *
     * @param before the argument before it; empty if it is the first
     */
    public static boolean isArgument(String before, String argument) {
        int equals = argument.indexOf('=');
        if (argument.startsWith("-") && equals > 0) {
            return isArgument(argument.substring(0, equals), argument.substring(equals + 1));
        }
        if (before.startsWith("-") && isNamed(before, argument)) {
            return true;
        }
        Matcher header = HEADER.matcher(argument);
        return HEADER_OPTION.matcher(before).matches() && header.matches() && isNamed(header.group(1), header.group(2))
                || isAddress(argument)
                || PRINTED.matcher(argument).find()
                || !argument.startsWith("--") && looksLikeKey(argument);
    }

    /** The same of an address, which may have a user and a query, and of any other text with {@code name=value} in it. */
    public static boolean isAddress(String text) {
        for (Matcher user = USER_INFO.matcher(text); user.find(); ) {
            String password = user.group(2);
            if (password != null && !password.isEmpty() && !isReference(password) || looksLikeKey(user.group(1))) {
                return true;
            }
        }
        for (Matcher assigned = ASSIGNED.matcher(text); assigned.find(); ) {
            String value = first(assigned.group(2), assigned.group(3), assigned.group(4));
            if (isNamed(assigned.group(1), value) || looksLikeKey(value)) {
                return true;
            }
        }
        for (Matcher told = TOLD.matcher(text); told.find(); ) {
            if (isNamed(first(told.group(1), told.group(3)), first(told.group(2), told.group(4)))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNamed(String name, String value) {
        return NAME.matcher(name).find()
                && NAMES_IT.matcher(name).find()
                && !NAMES_ANOTHER
                        .matcher(LEADING_DASHES.matcher(name).replaceFirst(""))
                        .find()
                && !isReference(SCHEME.matcher(value).replaceFirst(""));
    }

    private static boolean isReference(String value) {
        return value.isBlank() || NO_SECRET.matcher(value.strip()).matches();
    }

    private static boolean looksLikeKey(String word) {
        return MARKED.matcher(word).matches() || looksRandom(word) && !isOrdinary(word);
    }

    private static boolean isOrdinary(String word) {
        return BETWEEN_PIECES
                .splitAsStream(word)
                .allMatch(piece -> PIECE_OF_NAME.matcher(piece).matches());
    }

    private static String first(String... groups) {
        for (String group : groups) {
            if (group != null) {
                return group;
            }
        }
        throw new IllegalArgumentException("one of the groups has matched");
    }

    private static boolean looksRandom(String value) {
        return !value.startsWith("/") && RANDOM.matcher(value).matches();
    }
}
