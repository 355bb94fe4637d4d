package dev.homeostat.reconcile;

import java.util.Optional;

/**
 * Who asked for something.
 *
 * @param uid of the peer on the control socket; -1 for the daemon itself
 * @param pid of the peer; -1 if not known
 * @param name login name, {@code homeostat} for the daemon itself
 * @param via the program that asked on somebody's behalf, as it says itself
 */
public record Actor(int uid, int pid, String name, Optional<Via> via) {
    public static final Actor DAEMON = new Actor(-1, -1, "homeostat");

    public Actor(int uid, int pid, String name) {
        this(uid, pid, name, Optional.empty());
    }

    @Override
    public String toString() {
        return (uid < 0 ? name : name + " (uid " + uid + ", pid " + pid + ")")
                + via.map(v -> " via " + v).orElse("");
    }
}
