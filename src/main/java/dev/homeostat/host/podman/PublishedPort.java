package dev.homeostat.host.podman;

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
