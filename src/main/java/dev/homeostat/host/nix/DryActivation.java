package dev.homeostat.host.nix;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an activation would do to units, as switch-to-configuration tells it beforehand. Names as it writes them; those of
 * users' managers are apart.
 *
 * @param stops units that would be stopped
 * @param restarts units that would be restarted
 * @param starts units that would be started
 * @param reloads units that would be reloaded
 * @param untouched units that changed and would be left running as they are
 * @param ofUsers what would be done to units of users' managers: {@code restart foo.service}
 * @param restartsSystemd whether systemd itself would be executed anew
 * @param others lines that say "would" in another way, such as of swap devices
 */
public record DryActivation(
        List<String> stops,
        List<String> restarts,
        List<String> starts,
        List<String> reloads,
        List<String> untouched,
        List<String> ofUsers,
        boolean restartsSystemd,
        List<String> others) {
    private static final Pattern UNITS = Pattern.compile(
            "would (stop|NOT stop|NOT restart|restart|start|reload) the following (?:changed )?(user )?units: (.+)");
    private static final String SYSTEMD = "would restart systemd";
    private static final String ACTIVATE = "would activate the configuration...";
    private static final int NAME_LIMIT_CHARS = 300;

    public DryActivation {
        stops = List.copyOf(stops);
        restarts = List.copyOf(restarts);
        starts = List.copyOf(starts);
        reloads = List.copyOf(reloads);
        untouched = List.copyOf(untouched);
        ofUsers = List.copyOf(ofUsers);
        others = List.copyOf(others);
    }

    static DryActivation of(List<String> lines) {
        List<String> stops = new ArrayList<>();
        List<String> restarts = new ArrayList<>();
        List<String> starts = new ArrayList<>();
        List<String> reloads = new ArrayList<>();
        List<String> untouched = new ArrayList<>();
        List<String> ofUsers = new ArrayList<>();
        List<String> others = new ArrayList<>();
        boolean systemd = false;
        for (String line : lines) {
            Matcher units = UNITS.matcher(line.strip());
            if (units.matches()) {
                String verb = units.group(1);
                List<String> names = names(units.group(3));
                if (units.group(2) != null) {
                    names.forEach(name -> ofUsers.add(verb + " " + name));
                } else {
                    switch (verb) {
                        case "stop" -> stops.addAll(names);
                        case "restart" -> restarts.addAll(names);
                        case "start" -> starts.addAll(names);
                        case "reload" -> reloads.addAll(names);
                        default -> untouched.addAll(names);
                    }
                }
            } else if (line.strip().equals(SYSTEMD)) {
                systemd = true;
            } else if (line.startsWith("would ") && !line.strip().equals(ACTIVATE)) {
                others.add(Words.line(line, NAME_LIMIT_CHARS));
            }
        }
        return new DryActivation(stops, restarts, starts, reloads, untouched, ofUsers, systemd, others);
    }

    private static List<String> names(String list) {
        List<String> names = new ArrayList<>();
        for (String name : list.split(",")) {
            if (!name.isBlank()) {
                names.add(Words.line(name, NAME_LIMIT_CHARS));
            }
        }
        return names;
    }
}
