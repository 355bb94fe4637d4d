package dev.homeostat.kind.container;

import dev.homeostat.host.Locations;
import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.host.ports.Listener;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Examination;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.HostPort.Protocol;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * That something listens inside a container behind each published port: Podman takes connections for it in any case. Looks
 * into the network of the container's own processes. Thread-safe.
 */
@ApplicationScoped
public class InsideContainers implements Examination {
    private static final String GROUP = "port";
    private static final int ROOT = 0;

    private final PortTable table;
    private final Accounts accounts;
    private final Locations locations;

    public InsideContainers(PortTable table, Accounts accounts, Locations locations) {
        this.table = table;
        this.accounts = accounts;
        this.locations = locations;
    }

    @Override
    public List<Finding> look(Collection<Desired<?>> declared) {
        List<Finding> findings = new ArrayList<>();
        declared.stream().filter(d -> !d.retired()).forEach(d -> {
            if (d.spec() instanceof ContainerSpec spec && !spec.ports().isEmpty()) {
                findings.addAll(look(d, spec));
            }
        });
        return findings;
    }

    private List<Finding> look(Desired<?> d, ContainerSpec spec) {
        List<Finding> findings = new ArrayList<>();
        try {
            Optional<Long> process = table.inside(d.id().name(), uid(d.id().scope()));
            List<Listener> listeners = process.isPresent() ? table.listeners(process.get()) : List.of();
            for (PublishedPort port : spec.ports()) {
                if (!port.protocol().equals("sctp")) {
                    findings.add(compare(d, port, process, listeners));
                }
            }
        } catch (Trouble t) {
            findings.add(Finding.failed(GROUP, "inside " + d.id(), t));
        }
        return findings;
    }

    private static Finding compare(Desired<?> d, PublishedPort port, Optional<Long> process, List<Listener> listeners) {
        HostPort inside = new HostPort("", port.containerPort(), Protocol.of(port.protocol()));
        String name = inside.name() + " inside " + d.id() + ", behind " + port;
        if (process.isEmpty()) {
            return Finding.failed(
                    GROUP, name, "the container does not run", "see what it says: homeostat explain " + d.id());
        }
        return listeners.stream().anyMatch(l -> l.port().overlaps(inside))
                ? Finding.passed(GROUP, name, "listened on inside the container")
                : Finding.failed(
                        GROUP,
                        name,
                        "nothing listens on port " + inside.name() + " inside the container",
                        "correct the port after the colon, or what the container runs: podman logs " + d.id().name());
    }

    private int uid(Scope scope) throws Trouble {
        if (scope.isOwn() && !locations.unprivileged()) {
            return ROOT;
        }
        Account account = accounts.require(scope.isOwn() ? System.getProperty("user.name") : scope.user());
        return account.uid();
    }
}
