package dev.homeostat.kind.catalog;

import dev.homeostat.host.Locations;
import java.nio.file.Path;

/** Where secrets lie. */
final class SecretPlaces {
    /** Below the state folder. */
    private static final String FOLDER = "secrets";
    /** Below a user's home, where that user's own daemon would have its state. */
    private static final Path OF_USER = Path.of(".local", "state", Locations.NAME, FOLDER);
    /** Below the state folder, and not in the folder of the secrets, with which it would go: which ones were made. */
    private static final String MADE = "secrets-made";

    private SecretPlaces() {}

    /** Of the daemon's own scope. */
    static Path folder(Locations locations) {
        return locations.state().resolve(FOLDER);
    }

    /** Of a user of the machine. */
    static Path folder(Path home) {
        return home.resolve(OF_USER);
    }

    /** Of a secret of an entry. */
    static String name(String entry, String secret) {
        return entry + "-" + secret;
    }

    static String fileName(String name) {
        return name + ".env";
    }

    /**
     * That a secret was made once. It lies apart from the secret, so that it stays when that is removed.
     *
     * @param user whose it is; empty for the daemon's own
     */
    static Path made(Locations locations, String user, String name) {
        return locations.state().resolve(MADE).resolve(user.isEmpty() ? name : user + "@" + name);
    }
}
