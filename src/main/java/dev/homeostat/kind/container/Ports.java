package dev.homeostat.kind.container;

import dev.homeostat.host.podman.PublishedPort;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a published port is written. */
final class Ports {
    static final String PATTERN =
            "^((([0-9]{1,3}\\.){3}[0-9]{1,3}|\\[[0-9A-Fa-f:.]{2,45}\\]):)?[0-9]{1,5}:[0-9]{1,5}(/(tcp|udp|sctp))?$";

    static final String FORM = "[ADDRESS:]HOSTPORT:PORT[/tcp|udp|sctp], such as 127.0.0.1:8080:80";

    private static final Pattern TEXT =
            Pattern.compile("(?:(?<v4>(?:[0-9]{1,3}\\.){3}[0-9]{1,3}):|\\[(?<v6>[0-9A-Fa-f:.]{2,45})\\]:)?"
                    + "(?<host>[0-9]{1,5}):(?<container>[0-9]{1,5})(?:/(?<protocol>tcp|udp|sctp))?");
    private static final int LIMIT = 65_535;

    private Ports() {}

    /** @throws IllegalArgumentException with what was expected */
    static PublishedPort parse(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text
                            + "\" is not a published port: expected [ADDRESS:]HOSTPORT:PORT[/tcp|udp|sctp], such as 127.0.0.1:8080:80");
        }
        String address = m.group("v4") != null ? m.group("v4") : m.group("v6") != null ? m.group("v6") : "";
        if (m.group("v4") != null) {
            for (String part : address.split("\\.")) {
                if (Integer.parseInt(part) > 255) {
                    throw new IllegalArgumentException("\"" + address + "\" is not an address");
                }
            }
        }
        return new PublishedPort(
                address,
                number(m.group("host")),
                number(m.group("container")),
                m.group("protocol") == null ? "tcp" : m.group("protocol"));
    }

    private static int number(String digits) {
        int number = Integer.parseInt(digits);
        if (number < 1 || number > LIMIT) {
            throw new IllegalArgumentException(digits + " is not a port: expected 1 to " + LIMIT);
        }
        return number;
    }
}
