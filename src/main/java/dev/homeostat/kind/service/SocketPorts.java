package dev.homeostat.kind.service;

import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.HostPort.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ports that the settings of a socket unit name (systemd.socket(5)); paths and other families are none. */
final class SocketPorts {
    private static final Pattern FORM = Pattern.compile(
            "(?:\\[(?<v6>[0-9A-Fa-f:.]{2,45})](?:%[\\w.-]{1,15})?:|(?<v4>[0-9]{1,3}(?:\\.[0-9]{1,3}){3}):)?"
                    + "(?<port>[0-9]{1,5})");

    private static final Map<String, Protocol> SETTINGS =
            Map.of("ListenStream", Protocol.TCP, "ListenDatagram", Protocol.UDP);

    private static final String SECTION = "Socket";
    private static final String ALL = "::";

    private SocketPorts() {}

    /**
     * @param unit sections of its file; null if it is not declared
     * @param dropIns sections by name: they are read in that order
     */
    static List<HostPort> of(
            Map<String, Map<String, List<String>>> unit, Map<String, Map<String, Map<String, List<String>>>> dropIns) {
        List<Map<String, List<String>>> sections = new ArrayList<>();
        if (unit != null) {
            sections.add(unit.getOrDefault(SECTION, Map.of()));
        }
        dropIns.values().forEach(dropIn -> sections.add(dropIn.getOrDefault(SECTION, Map.of())));
        boolean onlyIpv6 = values(sections, "BindIPv6Only").stream()
                .reduce((first, last) -> last)
                .filter("ipv6-only"::equals)
                .isPresent();
        List<HostPort> ports = new ArrayList<>();
        SETTINGS.forEach((setting, protocol) -> values(sections, setting)
                .forEach(text -> port(text, protocol, onlyIpv6).ifPresent(ports::add)));
        return ports.stream().distinct().sorted().toList();
    }

    /** In order; an empty value takes away those before. */
    private static List<String> values(List<Map<String, List<String>>> sections, String setting) {
        List<String> values = new ArrayList<>();
        for (Map<String, List<String>> section : sections) {
            for (String value : section.getOrDefault(setting, List.of())) {
                if (value.isEmpty()) {
                    values.clear();
                } else {
                    values.add(value);
                }
            }
        }
        return values;
    }

    private static Optional<HostPort> port(String text, Protocol protocol, boolean onlyIpv6) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String address = matcher.group("v4") != null ? matcher.group("v4") : matcher.group("v6");
        boolean all = address == null || address.equals(ALL);
        try {
            return Optional.of(new HostPort(
                    all ? onlyIpv6 ? ALL : "" : address, Integer.parseInt(matcher.group("port")), protocol));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // systemd says what is wrong with it
        }
    }
}
