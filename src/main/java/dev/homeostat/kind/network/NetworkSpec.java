package dev.homeostat.kind.network;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Spec;
import java.util.Map;
import java.util.TreeMap;

/**
 * A network as it should be.
 *
 * @param subnet in CIDR notation; null if it does not matter
 * @param retired it has left the declaration: its Quadlet file goes, and it too if we made it and nobody uses it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NetworkSpec(String subnet, boolean internal, Map<String, String> labels, boolean retired)
        implements Spec {
    public NetworkSpec {
        labels = new TreeMap<>(labels);
    }

    NetworkSpec retire() {
        return new NetworkSpec(null, false, Map.of(), true);
    }
}
