package dev.homeostat.resource;

import java.util.Collection;
import java.util.List;

/** A rule over the whole declaration that no single entry can break, such as: no port is declared twice. */
public interface CrossCheck {
    List<Problem> check(Collection<Desired<?>> all);

    /**
     * The same, where it matters what the daemon itself is told to do.
     *
     * @param own ports that it is to listen on
     */
    default List<Problem> check(Collection<Desired<?>> all, Collection<PortClaim> own) {
        return check(all);
    }
}
