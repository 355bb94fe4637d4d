package dev.homeostat.kind.container;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.Listens;
import dev.homeostat.resource.Spec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A container as it should be. Null where nothing is said.
 *
 * @param image full name
 * @param environmentFiles absolute paths; what is in them is never looked at
 * @param devices of the host, by path or by their name of the Container Device Interface
 * @param units what systemd should start before it, in the same scope
 * @param retired it has left the declaration: the container, its unit and its Quadlet file go, volumes stay
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ContainerSpec(
        String image,
        List<String> command,
        Map<String, String> environment,
        List<String> environmentFiles,
        List<PublishedPort> ports,
        List<Mount> mounts,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> devices,
        List<String> networks,
        Health health,
        Restart restart,
        Limits resources,
        Map<String, String> labels,
        List<String> units,
        boolean retired)
        implements Spec, Listens {
    public ContainerSpec {
        command = command == null ? null : List.copyOf(command);
        environment = new TreeMap<>(environment);
        environmentFiles = List.copyOf(environmentFiles);
        ports = List.copyOf(ports);
        mounts = List.copyOf(mounts);
        devices = devices == null ? List.of() : List.copyOf(devices); // what earlier versions recorded has none
        networks = List.copyOf(networks);
        labels = new TreeMap<>(labels);
        units = List.copyOf(units);
    }

    @Override
    public List<HostPort> listens() {
        return ports.stream().map(PublishedPort::hosts).toList();
    }

    ContainerSpec retire() {
        return new ContainerSpec(
                image,
                null,
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                Restart.NO,
                null,
                Map.of(),
                List.of(),
                true);
    }

    /** What a container is made of: without what only its unit needs, and can change under a running container. */
    ContainerSpec made() {
        return new ContainerSpec(
                image,
                command,
                environment,
                environmentFiles,
                ports,
                mounts,
                devices,
                networks,
                health,
                Restart.ALWAYS,
                resources,
                labels,
                List.of(),
                false);
    }
}
