package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

/**
 * Somebody wants to listen on a port.
 *
 * @param by the resource's id, or what else it is that listens
 * @param place where the declaration says so
 * @param key its dotted path
 */
public record PortClaim(String by, HostPort port, Place place, String key) {
    public PortClaim {
        requireNonNull(by, "by is null");
        requireNonNull(port, "port is null");
        requireNonNull(place, "place is null");
        requireNonNull(key, "key is null");
    }
}
