package dev.homeostat.host;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where Homeostat's own things lie: the one place for its paths and names. Plain JDK, because the client uses it too.
 *
 * @param unprivileged {@code homeostat daemon --user}: one's own files, {@code systemd --user} units, rootless containers
 * @param config folder of machine.yaml and machine.d
 * @param state folder of the journal, mode 0700
 * @param socket the control socket
 */
public record Locations(boolean unprivileged, Path config, Path state, Path socket) {
    public static final String NAME = "homeostat";
    /** Members may change things through the socket. */
    public static final String GROUP = "homeostat";

    public static final String DECLARATION = "machine.yaml";
    public static final String DECLARATION_FOLDER = "machine.d";
    public static final String JOURNAL = "journal.db";
    public static final String LOCK = "daemon.lock";
    /** What the daemon needs for a moment; not in /tmp, where everybody may write and a killed daemon leaves it. */
    public static final String TEMPORARY = "tmp";

    public static final String CONFIG_VARIABLE = "HOMEOSTAT_CONFIG";
    public static final String STATE_VARIABLE = "HOMEOSTAT_STATE";
    public static final String SOCKET_VARIABLE = "HOMEOSTAT_SOCKET";

    /** The system's, unless the environment says otherwise. */
    public static Locations system(Map<String, String> environment) {
        return new Locations(
                false,
                Path.of(environment.getOrDefault(CONFIG_VARIABLE, "/etc/homeostat")),
                Path.of(environment.getOrDefault(
                        STATE_VARIABLE, environment.getOrDefault("STATE_DIRECTORY", "/var/lib/homeostat"))),
                Path.of(environment.getOrDefault(SOCKET_VARIABLE, "/run/homeostat/control.sock")));
    }

    /** A user's, after the XDG base directory specification. */
    public static Locations user(Map<String, String> environment) {
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
        Path config =
                base(environment, "XDG_CONFIG_HOME", home.resolve(".config")).resolve(NAME);
        Path state = base(environment, "XDG_STATE_HOME", home.resolve(".local/state"))
                .resolve(NAME);
        Path socket = base(environment, "XDG_RUNTIME_DIR", state).resolve(NAME).resolve("control.sock");
        return new Locations(
                true,
                Path.of(environment.getOrDefault(CONFIG_VARIABLE, config.toString())),
                Path.of(environment.getOrDefault(STATE_VARIABLE, state.toString())),
                Path.of(environment.getOrDefault(SOCKET_VARIABLE, socket.toString())));
    }

    /** What starts the daemon. */
    public String startCommand() {
        return "systemctl " + (unprivileged ? "--user " : "") + "start " + NAME;
    }

    public Path declaration() {
        return config.resolve(DECLARATION);
    }

    public Path declarationFolder() {
        return config.resolve(DECLARATION_FOLDER);
    }

    public Path journal() {
        return state.resolve(JOURNAL);
    }

    public Path lock() {
        return state.resolve(LOCK);
    }

    /** Emptied whenever the daemon starts. */
    public Path temporary() {
        return state.resolve(TEMPORARY);
    }

    private static Path base(Map<String, String> environment, String variable, Path otherwise) {
        String value = environment.get(variable);
        return value == null || !value.startsWith("/") ? otherwise : Path.of(value);
    }
}
