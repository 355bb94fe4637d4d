package dev.homeostat.host.ports;

import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.Trouble;
import java.util.Collection;

/** Ports that only root may listen on. Thread-safe. */
public final class Privileged {
    private static final String SETTING = "net.ipv4.ip_unprivileged_port_start";

    private final PortTable table;

    public Privileged(PortTable table) {
        this.table = table;
    }

    /**
     * Refuses what the kernel would refuse a user.
     *
     * @throws Trouble invalid, with the limit and the setting that it comes from
     */
    public void refuse(Collection<HostPort> wanted) throws Trouble {
        int first = table.firstUnprivileged();
        HostPort lowest = wanted.stream()
                .filter(port -> port.number() < first)
                .sorted()
                .findFirst()
                .orElse(null);
        if (lowest != null) {
            throw Trouble.invalid(
                    "port " + lowest + " is root's: a user's container may publish ports from " + first + " on ("
                            + SETTING + ")",
                    "declare another port, or let every user have it: sysctl " + SETTING + "=" + lowest.number());
        }
    }
}
