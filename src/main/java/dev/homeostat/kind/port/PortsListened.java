package dev.homeostat.kind.port;

import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.ports.Holder;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Examination;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.HostPort.Protocol;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** That somebody listens where it is declared, and nobody else. Thread-safe. */
@ApplicationScoped
public class PortsListened implements Examination {
    private static final String GROUP = "port";
    private static final String CONTAINER = "container";

    private final PortTable table;
    private final Systemd systemd;

    public PortsListened(PortTable table, Systemd systemd) {
        this.table = table;
        this.systemd = systemd;
    }

    /** A port and who is to listen on it. */
    private record Wanted(Desired<?> by, HostPort port) {
        String name() {
            return port.name() + " of " + by.id() + (port.address().isEmpty() ? "" : " on " + port.address());
        }
    }

    @Override
    public List<Finding> look(Collection<Desired<?>> declared) {
        List<Wanted> wanted = new ArrayList<>();
        declared.forEach(d -> d.listens().forEach(port -> wanted.add(new Wanted(d, port))));
        if (wanted.isEmpty()) {
            return List.of();
        }
        wanted.sort(Comparator.comparing((Wanted w) -> w.by().id()).thenComparing(Wanted::port));
        List<Finding> findings = new ArrayList<>();
        try {
            List<Holder> holders =
                    table.holders(wanted.stream().map(Wanted::port).toList());
            wanted.forEach(w -> findings.add(compare(w, holders)));
        } catch (Trouble t) {
            wanted.forEach(w -> findings.add(Finding.failed(GROUP, w.name(), t)));
        }
        return findings;
    }

    private Finding compare(Wanted wanted, List<Holder> all) {
        if (wanted.port().protocol() == Protocol.SCTP) {
            return Finding.warning(GROUP, wanted.name(), "sctp is not looked at", "");
        }
        List<Holder> holders =
                all.stream().filter(h -> h.port().overlaps(wanted.port())).toList();
        if (holders.isEmpty()) {
            return Finding.failed(
                    GROUP,
                    wanted.name(),
                    "nothing listens on " + wanted.port(),
                    "see what it says: homeostat explain " + wanted.by().id());
        }
        Optional<Holder> stranger =
                holders.stream().filter(h -> !isOwn(wanted.by().id(), h)).findFirst();
        return stranger.map(other -> Finding.failed(
                        GROUP,
                        wanted.name(),
                        "port " + other.port() + " is taken by " + other.words(),
                        "stop that, or declare another port"))
                .orElseGet(() -> Finding.passed(
                        GROUP,
                        wanted.name(),
                        "listened on by " + holders.getFirst().words()));
    }

    /** A socket unit's port is held by the service manager and then by whatever it starts: by whom, does not tell. */
    private boolean isOwn(ResourceId id, Holder holder) {
        if (!id.kind().equals(CONTAINER)) {
            return true;
        }
        try {
            Optional<Integer> user = systemd.of(id.scope()).user();
            boolean unit = holder.unit()
                    .filter(Quadlets.unit(id.name(), CONTAINER).text()::equals)
                    .isPresent();
            boolean container = holder.container().filter(id.name()::equals).isPresent();
            return holder.pid().isEmpty()
                    || (unit || container) && holder.manager().equals(user);
        } catch (Trouble t) {
            return false; // no such user: then it is not that user's
        }
    }
}
