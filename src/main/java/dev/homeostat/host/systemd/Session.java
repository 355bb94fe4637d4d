package dev.homeostat.host.systemd;

/**
 * A session that logind knows of (org.freedesktop.login1(5)).
 *
 * @param tty such as {@code tty1} or {@code pts/0}; empty if it has none
 * @param type {@code tty}, {@code x11}, {@code wayland}, ...
 * @param kind its class: {@code user}, {@code greeter}, {@code manager}, ...
 * @param state {@code active}, {@code online} or {@code closing}
 */
public record Session(String id, int uid, String user, String tty, String type, String kind, String state) {
    /** Whether a person is behind it, who has not just left. */
    public boolean isOfAPerson() {
        return (kind.equals("user") || kind.startsWith("user-")) && !state.equals("closing");
    }
}
