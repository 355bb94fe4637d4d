package dev.homeostat.kind.generation;

import dev.homeostat.resource.Durations;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether something takes connections. Nothing is sent. */
final class TcpCheck {
    private static final Pattern FORM =
            Pattern.compile("(?:\\[([0-9A-Fa-f:.%a-z]{2,64})]|([A-Za-z0-9._-]{1,253})):([0-9]{1,5})");
    private static final int LAST_PORT = 65_535;

    private TcpCheck() {}

    /** @param timeout for all addresses of the host together */
    static Optional<String> look(String place, Duration timeout) {
        Matcher matcher = FORM.matcher(place);
        int port = matcher.matches() ? Integer.parseInt(matcher.group(3)) : 0;
        if (port < 1 || port > LAST_PORT) {
            return Optional.of(
                    "tcp " + place + " is not a host and a port, expected such as 127.0.0.1:5432 or [::1]:5432");
        }
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        } catch (UnknownHostException e) {
            return Optional.of("tcp " + place + ": the host has no known address");
        }
        long end = System.nanoTime() + timeout.toNanos();
        String seen = "";
        for (InetAddress address : addresses) { // a service on ::1 is at localhost, too
            long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
            if (left <= 0) {
                break;
            }
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), (int) Math.min(left, Integer.MAX_VALUE));
                return Optional.empty();
            } catch (SocketTimeoutException e) {
                break;
            } catch (IOException e) {
                seen = e.getMessage();
            }
        }
        return Optional.of("tcp " + place + " took no connection, expected one within " + Durations.format(timeout)
                + (seen.isEmpty() ? "" : ": " + seen));
    }
}
