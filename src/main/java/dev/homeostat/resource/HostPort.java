package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonValue;
import java.net.InetAddress;
import java.util.Locale;

/**
 * A port of this machine that somebody listens on, or is to.
 *
 * @param address without brackets, each in one form only (an IPv4-mapped one as IPv4); empty for all addresses, IPv4 and
 *     IPv6; {@code 0.0.0.0} for all of IPv4 and {@code ::} for all of IPv6 and no IPv4
 * @param number 1 to 65535
 */
public record HostPort(String address, int number, Protocol protocol) implements Comparable<HostPort> {
    private static final int LAST = 65_535;
    private static final String ALL_IPV4 = "0.0.0.0";
    private static final String ALL_IPV6 = "::";

    /** Ports of different protocols have nothing to do with one another. */
    public enum Protocol {
        TCP,
        UDP,
        SCTP;

        /** @throws IllegalArgumentException if it is none of them */
        public static Protocol of(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }

        /** As people and programs read it. */
        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @throws IllegalArgumentException if there is no such port or the address is none */
    public HostPort {
        requireNonNull(protocol, "protocol is null");
        if (number < 1 || number > LAST) {
            throw new IllegalArgumentException(number + " is not a port: expected 1 to " + LAST);
        }
        address = canonical(address);
    }

    private static String canonical(String text) {
        int zone = text.indexOf('%');
        String literal = zone < 0 ? text : text.substring(0, zone);
        if (literal.isEmpty()) {
            return "";
        }
        try {
            if (literal.startsWith("[")) {
                throw new IllegalArgumentException("brackets");
            }
            InetAddress parsed = InetAddress.ofLiteral(literal);
            String form = parsed.isAnyLocalAddress() && literal.contains(":") && !literal.contains(".")
                    ? ALL_IPV6
                    : parsed.getHostAddress();
            return form + (zone < 0 ? "" : text.substring(zone));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + Visible.of(text) + "\" is not an address", e);
        }
    }

    /** Whether only one of the two can be listened on. */
    public boolean overlaps(HostPort other) {
        return number == other.number && protocol == other.protocol && (covers(other) || other.covers(this));
    }

    private boolean covers(HostPort other) {
        return address.isEmpty()
                || address.equals(other.address)
                || address.equals(ALL_IPV4) && other.isIpv4()
                || address.equals(ALL_IPV6) && other.isIpv6();
    }

    /** All of IPv4 or one address of it. */
    public boolean isIpv4() {
        return address.indexOf('.') >= 0 && address.indexOf(':') < 0;
    }

    /** All of IPv6 or one address of it. */
    public boolean isIpv6() {
        return address.indexOf(':') >= 0;
    }

    /** The same for other addresses. */
    public HostPort on(String other) {
        return new HostPort(other, number, protocol);
    }

    /** The addresses in words. */
    public String where() {
        return switch (address) {
            case "" -> "all addresses";
            case ALL_IPV4 -> "all IPv4 addresses";
            case ALL_IPV6 -> "all IPv6 addresses";
            default -> address;
        };
    }

    /** Number and protocol: {@code 80/tcp}. */
    public String name() {
        return number + "/" + protocol.label();
    }

    @Override
    public int compareTo(HostPort other) {
        int byNumber = Integer.compare(number, other.number);
        return byNumber != 0 ? byNumber : toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return name() + " on " + where();
    }
}
