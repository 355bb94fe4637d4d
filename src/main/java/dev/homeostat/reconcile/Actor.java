package dev.homeostat.reconcile;

/**
 * Who asked for something.
 *
 * @param uid of the peer on the control socket; -1 for the daemon itself
 * @param pid of the peer; -1 if not known
 * @param name login name, {@code homeostat} for the daemon itself
 */
public record Actor(int uid, int pid, String name) {
    public static final Actor DAEMON = new Actor(-1, -1, "homeostat");

    @Override
    public String toString() {
        return uid < 0 ? name : name + " (uid " + uid + ", pid " + pid + ")";
    }
}
