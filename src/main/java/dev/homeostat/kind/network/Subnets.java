package dev.homeostat.kind.network;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Ranges of addresses in CIDR notation. */
final class Subnets {
    private Subnets() {}

    /** @throws IllegalArgumentException if it is not a range, or not written by its first address */
    static void check(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(0, slash).matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
            throw new IllegalArgumentException(wrong(text));
        }
        byte[] address;
        int bits;
        try {
            // digits, dots and colons only: nothing is asked of a name server
            address = InetAddress.getByName(text.substring(0, slash)).getAddress();
            bits = Integer.parseInt(text.substring(slash + 1));
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException(wrong(text), e);
        }
        int width = address.length * Byte.SIZE;
        if (bits < 1 || bits > width) {
            throw new IllegalArgumentException(wrong(text));
        }
        BigInteger host = BigInteger.ONE.shiftLeft(width - bits).subtract(BigInteger.ONE);
        if (new BigInteger(1, address).and(host).signum() != 0) {
            throw new IllegalArgumentException("\"" + text + "\" does not begin at the first address of its range");
        }
    }

    private static String wrong(String text) {
        return "\"" + text + "\" is not a range of addresses: expected such as 10.90.0.0/24";
    }
}
