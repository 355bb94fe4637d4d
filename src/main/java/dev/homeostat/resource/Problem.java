package dev.homeostat.resource;

/**
 * Something wrong with a declaration. Problems are collected, so that all are told at once.
 *
 * @param place where it is written
 * @param key dotted path of the key that is meant, such as {@code files./etc/motd.mode}
 * @param message what is wrong, what was expected, and what to do
 */
public record Problem(Place place, String key, String message) {
    /** Longer keys are cut: they hold what somebody wrote, and the place says where. */
    private static final int KEY_LIMIT_CHARS = 200;

    public Problem {
        key = visible(key.length() > KEY_LIMIT_CHARS ? key.substring(0, KEY_LIMIT_CHARS) + "..." : key);
        message = visible(message);
    }

    /** One line without anything that steers a terminal or begins a new line in a log. */
    private static String visible(String text) {
        return text.replaceAll("[\\p{Cntrl}\u0080-\u009f\u2028\u2029]", "?");
    }

    @Override
    public String toString() {
        return place + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
