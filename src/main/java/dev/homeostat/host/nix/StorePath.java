package dev.homeostat.host.nix;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A path directly in a Nix store, such as {@code /nix/store/<hash>-hello-2.12}; a valid one by Nix's own rules, so that it
 * can be an argument of any program. Whether it is there is another question.
 *
 * @param store folder of the store, {@code /nix/store} but in tests
 * @param name hash, dash and name
 */
public record StorePath(Path store, String name) implements Comparable<StorePath> {
    /** Nix's own alphabet leaves out e, o, t and u; a name has at most 211 characters. */
    private static final Pattern NAME = Pattern.compile("[0-9abcdfghijklmnpqrsvwxyz]{32}-[A-Za-z0-9+\\-._?=]{1,211}");

    private static final int HASH_CHARS = 32;

    public StorePath {
        if (!store.isAbsolute() || !store.equals(store.normalize())) {
            throw new IllegalArgumentException(
                    "\"" + visible(store.toString()) + "\" is not the folder of a Nix store");
        }
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + visible(name)
                    + "\" is not the name of a store path: expected 32 characters of a hash, a dash and a name");
        }
    }

    /** @throws IllegalArgumentException if it is not an absolute path of that form */
    @JsonCreator
    public static StorePath parse(String text) {
        int slash = text.lastIndexOf('/');
        if (slash < 1) {
            throw new IllegalArgumentException(
                    "\"" + visible(text) + "\" is not a store path: expected /nix/store/...");
        }
        // a NUL is refused by Path.of with an exception of the same type
        return new StorePath(Path.of(text.substring(0, slash)), text.substring(slash + 1));
    }

    /** What other programs wrote need not be fit for a message. */
    private static String visible(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    public Path path() {
        return store.resolve(name);
    }

    /** The 32 characters that make it unique. */
    public String hash() {
        return name.substring(0, HASH_CHARS);
    }

    /** The name without the hash: {@code hello-2.12}. */
    public String title() {
        return name.substring(HASH_CHARS + 1);
    }

    @Override
    public int compareTo(StorePath other) {
        int byStore = store.compareTo(other.store);
        return byStore != 0 ? byStore : name.compareTo(other.name);
    }

    @Override
    @JsonValue
    public String toString() {
        return path().toString();
    }
}
