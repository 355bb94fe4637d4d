package dev.homeostat.kind.service;

import dev.homeostat.host.Locations;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code services}: from the name of a unit to how it should be. */
@ApplicationScoped
public class ServiceSection implements Section<ServiceEntry> {
    /** Settings that name units which have to be there first. */
    private static final List<String> NEEDS = List.of("After", "Requires", "Requisite", "BindsTo");
    /** Settings that name files which have to be there first, with what may stand before the path. */
    private static final Map<String, Pattern> FILES = Map.of(
            "EnvironmentFile", Pattern.compile("-?(/.*)"),
            "ExecStart", Pattern.compile("[-@:+!|]*(/\\S+).*"),
            "ExecStartPre", Pattern.compile("[-@:+!|]*(/\\S+).*"),
            "LoadCredential", Pattern.compile("[^:]+:(/.*)"));

    private static final Pattern DROP_IN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private final UnitPlaces places;

    public ServiceSection(UnitPlaces places) {
        this.places = places;
    }

    @Override
    public String key() {
        return "services";
    }

    @Override
    public String about() {
        return "systemd units by name (without an ending a service is meant): whether they run, whether they come up with the"
                + " machine, and unit files and drop-ins written from here. What is not listed is left alone.";
    }

    @Override
    public String namePattern() {
        return UnitName.PATTERN;
    }

    @Override
    public String nameForm() {
        return "the name of a unit such as cron.service: letters, digits and : _ . \\ @ -, at most 255 characters, not beginning with - or .";
    }

    @Override
    public Class<ServiceEntry> entryType() {
        return ServiceEntry.class;
    }

    @Override
    public void read(Entry<ServiceEntry> entry, Resources out) {
        new Reading(entry, out).read();
    }

    /** One entry on its way to a resource. */
    private final class Reading {
        private final Entry<ServiceEntry> entry;
        private final ServiceEntry value;
        private final Resources out;
        private boolean fine = true;

        Reading(Entry<ServiceEntry> entry, Resources out) {
            this.entry = entry;
            this.value = entry.value();
            this.out = out;
        }

        void read() {
            UnitName name;
            try {
                name = UnitName.parse(entry.name());
                if (name.toString().startsWith(Locations.NAME + ".")) {
                    problem("", "is Homeostat's own unit: a daemon that stops itself keeps nothing");
                    return;
                }
            } catch (IllegalArgumentException e) {
                problem("", e.getMessage());
                return;
            }
            Map<String, Map<String, List<String>>> unit = value.unit() == null ? null : sections("unit", value.unit());
            Map<String, Map<String, Map<String, List<String>>>> dropIns = new LinkedHashMap<>();
            if (value.dropIns() != null) {
                value.dropIns().forEach((key, sections) -> {
                    if (!DROP_IN.matcher(key).matches()) {
                        problem(
                                "dropIns." + key,
                                "is not a name for a drop-in: letters, digits and . _ - are possible, at most 64");
                    } else if (sections == null || sections.isEmpty()) {
                        problem(
                                "dropIns." + key,
                                "is empty: give at least one section, such as Service: {MemoryMax: 1G}");
                    } else {
                        dropIns.put(key, sections("dropIns." + key, sections));
                    }
                });
            }
            List<Path> restartOn = restartOn();
            if (!fine) {
                return;
            }
            fits(name, unit, dropIns);
            if (!fine) {
                return;
            }
            ServiceSpec spec =
                    new ServiceSpec(name.text(), value.state(), value.startup(), restartOn, unit, dropIns, false);
            ResourceId id = new ResourceId(ServiceKind.NAME, entry.scope(), name.text());
            Set<ResourceId> requires = requires(name, spec);
            requires.remove(id);
            out.add(new Desired<>(id, spec, requires, entry.place()));
        }

        /** What cannot work together, all at once. */
        private void fits(
                UnitName name,
                Map<String, Map<String, List<String>>> unit,
                Map<String, Map<String, Map<String, List<String>>>> dropIns) {
            if (value.state() == null && value.startup() == null && unit == null && dropIns.isEmpty()) {
                problem("", "says nothing: give state, startup, unit or dropIns");
            }
            if (name.isTemplate()) {
                refuse(
                        "state",
                        value.state(),
                        "a template does not run: declare an instance, such as "
                                + name.text().replace("@.", "@name."));
                refuse(
                        "startup",
                        value.startup(),
                        "a template does not start: declare an instance, such as "
                                + name.text().replace("@.", "@name."));
            }
            if (value.state() == ServiceState.RUNNING && value.startup() == ServiceStartup.MASKED) {
                problem("startup", "masked units cannot run: leave out state, or say stopped");
            }
            if (!value.restartOnOrEmpty().isEmpty() && value.state() != ServiceState.RUNNING) {
                problem("restartOn", "only a unit with state: running is restarted");
            }
            if (unit == null) {
                return;
            }
            if (value.startup() == ServiceStartup.MASKED) {
                problem(
                        "startup",
                        "a unit that is declared here cannot be masked, for its file is in the place of the mask:"
                                + " say disabled, or leave out unit");
            }
            if (value.startup() == ServiceStartup.ENABLED && installs(unit, dropIns) == 0) {
                problem(
                        "startup",
                        "nothing would start it: give the unit an Install section, such as Install: {WantedBy: "
                                + (places.isUsers(entry.scope()) ? "default.target" : "multi-user.target") + "}");
            }
            if (value.state() == ServiceState.RUNNING && endsByItself(unit)) {
                problem(
                        "state",
                        "a oneshot that ends by itself never stays running: add RemainAfterExit: true to Service,"
                                + " or leave out state and start it with a timer");
            }
        }

        private List<Path> restartOn() {
            List<Path> paths = new ArrayList<>();
            List<String> written = value.restartOnOrEmpty();
            for (int i = 0; i < written.size(); i++) {
                String field = "restartOn." + i;
                try {
                    String text = written.get(i);
                    Path path = text.startsWith("~/")
                            ? places.of(entry.scope()).home().resolve(text.substring(2))
                            : Path.of(text);
                    if (!path.isAbsolute() || !path.equals(path.normalize())) {
                        problem(field, "\"" + text + "\" is not a plain absolute path");
                    } else if (text.chars().anyMatch(Character::isISOControl)) {
                        problem(field, "a path with control characters is not accepted");
                    } else {
                        paths.add(path);
                    }
                } catch (Trouble e) {
                    problem(field, e.sentence());
                } catch (InvalidPathException e) {
                    problem(field, "is not a path: " + e.getReason());
                }
            }
            return paths;
        }

        private Map<String, Map<String, List<String>>> sections(
                String field, Map<String, Map<String, Object>> written) {
            Map<String, Map<String, List<String>>> sections = new LinkedHashMap<>();
            written.forEach((section, settings) -> {
                Map<String, List<String>> entries = new LinkedHashMap<>();
                if (settings == null) {
                    problem(field + "." + section, "is empty");
                    return;
                }
                settings.forEach((key, setting) -> {
                    String at = field + "." + section + "." + key;
                    List<String> values = values(at, key, setting);
                    entries.put(key, values);
                    try {
                        // alone first, so that the problem is told where it is written
                        UnitFile.of(Map.of(section, Map.of(key, values)));
                    } catch (IllegalArgumentException e) {
                        problem(at, e.getMessage());
                    }
                });
                sections.put(section, entries);
            });
            return sections;
        }

        private List<String> values(String at, String key, Object setting) {
            return switch (setting) {
                case Map<?, ?> map when key.equals("Environment") -> environment(at, map);
                case Map<?, ?> map -> {
                    problem(
                            at,
                            "a map is possible for Environment only: expected a text, a number, true, false, or a list of them");
                    yield List.of();
                }
                case List<?> list -> list.stream().map(one -> scalar(at, one)).toList();
                case null -> List.of(scalar(at, null));
                default -> List.of(scalar(at, setting));
            };
        }

        private List<String> environment(String at, Map<?, ?> map) {
            Map<String, String> variables = new LinkedHashMap<>();
            map.forEach((variable, text) -> variables.put(String.valueOf(variable), scalar(at + "." + variable, text)));
            try {
                return UnitFile.environment(variables);
            } catch (IllegalArgumentException e) {
                problem(at, e.getMessage());
                return List.of();
            }
        }

        private String scalar(String at, Object one) {
            return switch (one) {
                case String text -> text;
                case Boolean flag -> flag.toString();
                case java.math.BigDecimal number -> number.toPlainString();
                case Number number -> number.toString();
                case null -> {
                    problem(at, "has no value: write \"\" to reset the setting");
                    yield "";
                }
                default -> {
                    problem(at, "expected a text, a number, true or false");
                    yield "";
                }
            };
        }

        private Set<ResourceId> requires(UnitName name, ServiceSpec spec) {
            Set<ResourceId> ids = new HashSet<>();
            spec.restartOn().forEach(path -> file(ids, path));
            if (spec.unit() != null) {
                settings(ids, spec.unit());
                triggered(name, spec.unit()).ifPresent(unit -> ids.add(service(unit)));
            }
            spec.dropIns().values().forEach(sections -> settings(ids, sections));
            if (!name.template().equals(name)) {
                ids.add(service(name.template().text()));
            }
            return ids;
        }

        private void settings(Set<ResourceId> ids, Map<String, Map<String, List<String>>> sections) {
            Map<String, List<String>> order = sections.getOrDefault("Unit", Map.of());
            for (String key : NEEDS) {
                for (String value : order.getOrDefault(key, List.of())) {
                    for (String unit : value.strip().split("\\s+")) {
                        if (!unit.isEmpty()) {
                            ids.add(service(unit));
                        }
                    }
                }
            }
            sections.forEach((section, entries) -> FILES.forEach((key, pattern) -> {
                for (String value : entries.getOrDefault(key, List.of())) {
                    var m = pattern.matcher(value);
                    if (m.matches() && m.group(1).indexOf('\0') < 0) {
                        file(ids, Path.of(m.group(1)));
                    }
                }
            }));
        }

        /**
         * What a timer or path unit starts has to be there when it is started itself. Not so for sockets: their services
         * commonly require the socket, which would be a circle; a socket whose service is still missing is tried again.
         */
        private Optional<String> triggered(UnitName name, Map<String, Map<String, List<String>>> sections) {
            String section = switch (name.type()) {
                case "timer" -> "Timer";
                case "path" -> "Path";
                default -> "";
            };
            if (section.isEmpty()) {
                return Optional.empty();
            }
            List<String> named = sections.getOrDefault(section, Map.of()).getOrDefault("Unit", List.of());
            return Optional.of(
                    named.isEmpty()
                            ? name.withType("service").text()
                            : named.getLast().strip());
        }

        private ResourceId service(String unit) {
            return new ResourceId(ServiceKind.NAME, entry.scope(), unit);
        }

        private void file(Set<ResourceId> ids, Path path) {
            ids.add(new ResourceId("file", Scope.OWN, path.toString()));
            ids.add(new ResourceId("file", entry.scope(), path.toString()));
        }

        private void refuse(String field, Object given, String message) {
            if (given != null) {
                problem(field, message);
            }
        }

        private void problem(String field, String message) {
            fine = false;
            out.problem(entry, field, message);
        }
    }

    private static long installs(
            Map<String, Map<String, List<String>>> unit, Map<String, Map<String, Map<String, List<String>>>> dropIns) {
        return unit.getOrDefault("Install", Map.of()).size()
                + dropIns.values().stream()
                        .mapToLong(d -> d.getOrDefault("Install", Map.of()).size())
                        .sum();
    }

    private static boolean endsByItself(Map<String, Map<String, List<String>>> unit) {
        Map<String, List<String>> service = unit.getOrDefault("Service", Map.of());
        String remains = last(service, "RemainAfterExit").toLowerCase(java.util.Locale.ROOT);
        return last(service, "Type").equals("oneshot")
                && !Set.of("yes", "true", "1", "on", "y", "t").contains(remains);
    }

    private static String last(Map<String, List<String>> settings, String key) {
        List<String> values = settings.getOrDefault(key, List.of());
        return values.isEmpty() ? "" : values.getLast().strip();
    }
}
