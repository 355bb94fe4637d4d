package dev.homeostat.host.git;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * How git is to work.
 *
 * @param home where ssh finds keys and known hosts
 * @param options of git for our calls only, such as {@code http.sslCAInfo}
 */
public record GitSettings(Path home, Map<String, String> options) {
    public GitSettings {
        options = Map.copyOf(new TreeMap<>(options));
    }

    /** Root's, as the machine has them. */
    public static GitSettings system() {
        return new GitSettings(Path.of("/root"), Map.of());
    }
}
