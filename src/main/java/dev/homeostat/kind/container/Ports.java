package dev.homeostat.kind.container;

import dev.homeostat.host.podman.PublishedPort;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a published port is written. */
final class Ports {
    static final String PATTERN =
            "^((([0-9]{1,3}\\.){3}[0-9]{1,3}|\\[[0-9A-Fa-f:.]{2,45}\\]):)?[0-9]{1,5}(-[0-9]{1,5})?:[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp|sctp))?$";

    static final String FORM = "[ADDRESS:]HOSTPORT:PORT[/tcp|udp|sctp], such as 127.0.0.1:8080:80, or ranges of them";

    private static final Pattern TEXT =
            Pattern.compile("(?:(?<v4>(?:[0-9]{1,3}\\.){3}[0-9]{1,3}):|\\[(?<v6>[0-9A-Fa-f:.]{2,45})\\]:)?"
                    + "(?<host>[0-9]{1,5})(?:-(?<hostEnd>[0-9]{1,5}))?:"
                    + "(?<container>[0-9]{1,5})(?:-(?<containerEnd>[0-9]{1,5}))?(?:/(?<protocol>tcp|udp|sctp))?");
    private static final int LIMIT = 65_535;
    /** Podman makes a rule or a socket of each: a thousand take it seconds. */
    private static final int RANGE_LIMIT = 1000;

    private Ports() {}

    /**
     * Each port by itself, ranges taken apart.
     *
     * @throws IllegalArgumentException with what was expected
     */
    static List<PublishedPort> parse(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a published port: expected " + FORM);
        }
        String address = m.group("v4") != null ? m.group("v4") : m.group("v6") != null ? m.group("v6") : "";
        if (m.group("v4") != null) {
            for (String part : address.split("\\.")) {
                if (Integer.parseInt(part) > 255) {
                    throw new IllegalArgumentException("\"" + address + "\" is not an address");
                }
            }
        }
        int host = number(m.group("host"));
        int hostEnd = m.group("hostEnd") == null ? host : number(m.group("hostEnd"));
        int container = number(m.group("container"));
        int containerEnd = m.group("containerEnd") == null ? container : number(m.group("containerEnd"));
        int count = hostEnd - host + 1;
        if (count < 1 || containerEnd - container + 1 != count) {
            throw new IllegalArgumentException("\"" + text
                    + "\" has ranges that do not fit: expected as many ports of the host as of the container");
        }
        if (count > RANGE_LIMIT) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has " + count + " ports: expected at most " + RANGE_LIMIT);
        }
        List<PublishedPort> ports = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            PublishedPort port = new PublishedPort(
                    address, host + i, container + i, m.group("protocol") == null ? "tcp" : m.group("protocol"));
            port.hosts(); // an address that is none shows here
            ports.add(port);
        }
        return ports;
    }

    private static int number(String digits) {
        int number = Integer.parseInt(digits);
        if (number < 1 || number > LIMIT) {
            throw new IllegalArgumentException(digits + " is not a port: expected 1 to " + LIMIT);
        }
        return number;
    }
}
