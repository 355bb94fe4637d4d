package dev.homeostat.host.podman;

import dev.homeostat.resource.HostPort;

/**
 * A container's port as the host offers it.
 *
 * @param address of the host; empty for all its addresses
 * @param protocol {@code tcp}, {@code udp} or {@code sctp}
 */
public record PublishedPort(String address, int hostPort, int containerPort, String protocol)
        implements Comparable<PublishedPort> {
    public PublishedPort {
        address = address.equals("0.0.0.0") ? "" : address;
    }

    /** What it takes of the host. Whether {@code ::} is IPv4, too, depends on who publishes: it is taken to be. */
    public HostPort hosts() {
        return new HostPort(address.equals("::") ? "" : address, hostPort, HostPort.Protocol.of(protocol));
    }

    @Override
    public int compareTo(PublishedPort other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        String host = address.isEmpty() ? "" : (address.contains(":") ? "[" + address + "]" : address) + ":";
        return host + hostPort + ":" + containerPort + "/" + protocol;
    }
}
