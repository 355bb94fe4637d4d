package dev.homeostat.resource;

/**
 * Something wrong with a declaration. Problems are collected, so that all are told at once.
 *
 * @param place where it is written
 * @param key dotted path of the key that is meant, such as {@code files./etc/motd.mode}
 * @param message what is wrong, what was expected, and what to do
 */
public record Problem(Place place, String key, String message) {
    @Override
    public String toString() {
        return place + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
