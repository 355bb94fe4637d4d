package dev.homeostat.kind.network;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.podman.Network;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Observation;
import java.util.List;

/**
 * What is there of a network.
 *
 * @param network null if podman has none of that name
 * @param quadlet null if there is no such file
 * @param users names of the containers on it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NetworkSeen(Network network, Quadlets.Found quadlet, UnitState unit, List<String> users)
        implements Observation {
    public NetworkSeen {
        users = List.copyOf(users);
    }
}
