package dev.homeostat.host.podman;

import java.util.List;
import java.util.Map;

/**
 * A network as podman lists it.
 *
 * @param subnets such as {@code 10.90.0.0/24}
 * @param internal without a way out
 */
public record Network(String name, String driver, List<String> subnets, boolean internal, Map<String, String> labels) {}
