package dev.homeostat.host.systemd;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The systemds of this machine. Reached by their own sockets, which root may use for every user: half the way of a message
 * bus, and there when the bus is not. The bus is the second choice. Thread-safe.
 */
@ApplicationScoped
public class Systemd {
    static final String SYSTEM_BUS = "/run/dbus/system_bus_socket";

    private final Locations locations;
    private final Accounts accounts;
    private final Map<Integer, ServiceManager> users = new ConcurrentHashMap<>();
    private final Processes processes;
    private final ServiceManager system;

    public Systemd(Locations locations, Accounts accounts, Processes processes) {
        this.locations = locations;
        this.accounts = accounts;
        this.processes = processes;
        this.system = new ServiceManager(
                "systemd",
                List.of(
                        new Connection.Address("/run/systemd/private", false),
                        new Connection.Address(SYSTEM_BUS, true)),
                "is systemd running on this machine, and is this process root?",
                Optional.empty(),
                new UnitJournal(processes, "_SYSTEMD_UNIT", List.of()));
    }

    /**
     * The service manager for things of this scope.
     *
     * @throws Trouble invalid if there is no such user; whether it runs shows at the first call
     */
    public ServiceManager of(Scope scope) throws Trouble {
        if (!scope.isOwn()) {
            return user(accounts.require(scope.user()));
        }
        if (locations.unprivileged()) {
            return user(own());
        }
        return system;
    }

    /** How often connections were lost since the start, all together. */
    public long connectionsLost() {
        return system.connectionsLost()
                + users.values().stream()
                        .mapToLong(ServiceManager::connectionsLost)
                        .sum();
    }

    /** Whose things are meant by {@link Scope#OWN} in unprivileged mode. */
    private Account own() throws Trouble {
        return accounts.require(System.getProperty("user.name"));
    }

    private ServiceManager user(Account account) {
        String folder = "/run/user/" + account.uid();
        return users.computeIfAbsent(
                account.uid(),
                uid -> new ServiceManager(
                        "systemd of user " + account.name(),
                        List.of(
                                new Connection.Address(folder + "/systemd/private", false),
                                new Connection.Address(folder + "/bus", true)),
                        "it runs while the user is logged in, or always after: loginctl enable-linger "
                                + account.name(),
                        Optional.of(account.uid()),
                        new UnitJournal(processes, "_SYSTEMD_USER_UNIT", List.of("_UID=" + account.uid()))));
    }

    /** Ends all connections; a later call makes new ones. */
    @PreDestroy
    public void close() {
        system.disconnect();
        users.values().forEach(ServiceManager::disconnect);
    }
}
