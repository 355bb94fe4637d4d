package dev.homeostat.host.ports;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the control group of a process says of whose it is.
 *
 * @param unit of systemd; empty if there is none
 * @param manager uid of the user whose service manager has that unit; empty for the system's
 * @param container id of a Podman container; empty if it is in none of Podman's groups
 * @param path of the unit's group; empty without a unit
 */
record ControlGroup(Optional<String> unit, Optional<Integer> manager, Optional<String> container, String path) {
    private static final Pattern PODMANS = Pattern.compile("libpod-(?:conmon-|payload-)?([0-9a-f]{64})(?:\\.scope)?");
    private static final Pattern MANAGER = Pattern.compile("user@([0-9]{1,10})\\.service");
    private static final Pattern UNIT = Pattern.compile("[A-Za-z0-9:_.\\\\@-]{1,240}\\.(?:service|scope)");

    /** @param text of /proc/PID/cgroup (cgroups(7)): version 2, version 1, or both */
    static ControlGroup of(String text) {
        ControlGroup found = new ControlGroup(Optional.empty(), Optional.empty(), Optional.empty(), "");
        for (String line : text.lines().toList()) {
            int path = line.indexOf(':', line.indexOf(':') + 1);
            boolean systemds = line.startsWith("0::") || line.contains(":name=systemd:");
            if (path > 0 && systemds) {
                ControlGroup here = ofPath(line.substring(path + 1));
                if (here.unit.isPresent() || here.container.isPresent()) {
                    found = here;
                }
            }
        }
        return found;
    }

    private static ControlGroup ofPath(String path) {
        Optional<String> unit = Optional.empty();
        Optional<Integer> manager = Optional.empty();
        Optional<Integer> next = Optional.empty();
        Optional<String> container = Optional.empty();
        StringBuilder above = new StringBuilder();
        String unitPath = "";
        for (String part : path.split("/")) {
            if (part.isEmpty()) {
                continue;
            }
            above.append('/').append(part);
            Matcher podmans = PODMANS.matcher(part);
            if (podmans.matches()) {
                container = Optional.of(podmans.group(1));
            }
            if (UNIT.matcher(part).matches()) {
                unit = Optional.of(part);
                unitPath = above.toString();
                manager = next;
            }
            Matcher managers = MANAGER.matcher(part);
            if (managers.matches()) {
                next = Optional.of(Integer.parseUnsignedInt(managers.group(1)));
            }
        }
        return new ControlGroup(unit, manager, container, unitPath);
    }
}
