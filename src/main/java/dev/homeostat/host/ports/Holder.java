package dev.homeostat.host.ports;

import static java.util.Objects.requireNonNull;

import dev.homeostat.resource.HostPort;
import java.util.Optional;

/**
 * Who listens on a port.
 *
 * @param port as it is listened on
 * @param pid empty if the process may not be looked at, or has ended
 * @param program name of its program, at most 15 bytes of it; empty without a process
 * @param user name of the user who made the socket; the number where there is no name
 * @param unit of systemd that it belongs to, such as {@code nginx.service}
 * @param manager uid of the user whose service manager has that unit; empty for the system's
 * @param container name of the Podman container that it belongs to
 */
public record Holder(
        HostPort port,
        Optional<Long> pid,
        String program,
        String user,
        Optional<String> unit,
        Optional<Integer> manager,
        Optional<String> container) {
    public Holder {
        requireNonNull(port, "port is null");
        requireNonNull(pid, "pid is null");
        requireNonNull(unit, "unit is null");
        requireNonNull(manager, "manager is null");
        requireNonNull(container, "container is null");
    }

    /** For people: {@code conmon (process 71, container web, unit web.service, user app)}. */
    public String words() {
        if (pid.isEmpty()) {
            return "a process of user " + user + " that cannot be looked at";
        }
        return program + " (process " + pid.get()
                + container.map(c -> ", container " + c).orElse("")
                + unit.map(u -> ", unit " + u).orElse("")
                + ", user " + user + ")";
    }
}
