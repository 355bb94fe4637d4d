package dev.homeostat.host.nix;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which Nix is meant and how it is to work.
 *
 * @param store folder of the store
 * @param state folder of profiles, roots and the daemon's socket
 * @param home where Nix keeps its caches of evaluations and downloads
 * @param remote {@code daemon}: the nix-daemon builds, in its own control group; {@code local}: we do
 * @param options of nix.conf, for our calls only; may hold access tokens, so they are never arguments
 */
public record NixSettings(Path store, Path state, Path home, String remote, Map<String, String> options) {
    private static final Path STORE = Path.of("/nix/store");
    private static final Path STATE = Path.of("/nix/var/nix");

    public NixSettings {
        options = Map.copyOf(options);
        options.forEach((name, value) -> {
            if (!name.matches("[a-z0-9-]{1,100}") || value.contains("\n")) {
                throw new IllegalArgumentException("not an option of nix.conf: " + name.replaceAll("\\p{Cntrl}", "?"));
            }
        });
    }

    /** The machine's own, by its daemon, with root's caches. */
    public static NixSettings system() {
        return new NixSettings(STORE, STATE, Path.of("/root"), "daemon", Map.of());
    }

    /** Without the options' values, which may be secret. */
    @Override
    public String toString() {
        return "Nix in " + store + " by " + remote + " with " + new TreeMap<>(options).keySet();
    }

    Path daemonSocket() {
        return state.resolve("daemon-socket").resolve("socket");
    }

    /** What every program of Nix gets, besides what each process gets. */
    Map<String, String> environment() {
        StringBuilder config = new StringBuilder("extra-experimental-features = nix-command flakes\n");
        new TreeMap<>(options)
                .forEach((name, value) ->
                        config.append(name).append(" = ").append(value).append('\n'));
        Map<String, String> environment = new TreeMap<>();
        environment.put("NIX_CONFIG", config.toString());
        environment.put("NIX_REMOTE", remote);
        environment.put("HOME", home.toString());
        if (!store.equals(STORE)) {
            environment.put("NIX_STORE_DIR", store.toString());
            environment.put("NIX_STATE_DIR", state.toString());
            environment.put("NIX_LOG_DIR", state.resolveSibling("log").toString());
        }
        return environment;
    }
}
