package dev.homeostat.control.access;

import dev.homeostat.reconcile.Via;
import java.util.Optional;

/**
 * The process at the other end, as the kernel knew it when it connected (SO_PEERCRED). No header can change it.
 *
 * @param via the program through which it asks, as the request says; that only takes rights away
 */
public record Peer(int uid, int gid, int pid, Optional<Via> via) {
    public Peer(int uid, int gid, int pid) {
        this(uid, gid, pid, Optional.empty());
    }

    Peer through(Via program) {
        return new Peer(uid, gid, pid, Optional.of(program));
    }
}
