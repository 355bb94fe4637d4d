package dev.homeostat.kind.service;

import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One unit as it should be beside the unit as it was seen: what differs, and what to do in which order. Used once. */
final class ServiceComparison {
    /** Restarting others (a mount, a slice, a target) would take along what is not theirs. */
    private static final Set<String> RESTARTABLE = Set.of("service", "timer", "path", "socket");

    private final ResourceId id;
    private final ServiceSpec spec;
    private final ServiceSeen seen;
    private final UnitState unit;
    private final List<Difference> differences = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();
    private boolean reload;

    ServiceComparison(ResourceId id, ServiceSpec spec, ServiceSeen seen) {
        this.id = id;
        this.spec = spec;
        this.seen = seen;
        this.unit = seen.unit();
    }

    Assessment assess() {
        if (spec.retired()) {
            return leave();
        }
        if (isMaskInTheWay()) { // a masked unit cannot be verified with its drop-ins: they come when it is back
            startup();
            reload();
            return new Assessment(differences, actions);
        }
        boolean removed = files();
        boolean converging = false;
        if (unit == null) {
            reload();
        } else {
            startup();
            staleInMemory();
            reload();
            converging = state(removed);
        }
        return differences.isEmpty()
                ? Assessment.IN_SYNC
                : new Assessment(differences, actions, converging && actions.isEmpty());
    }

    private boolean isMaskInTheWay() {
        boolean unmasks = spec.startup() != null && spec.startup() != ServiceStartup.MASKED
                || spec.startup() == null && spec.state() == ServiceState.RUNNING;
        return unit != null
                && unit.isMasked()
                && spec.unit() == null
                && !spec.dropIns().isEmpty()
                && unmasks;
    }

    // ---- files

    /** @return whether files are removed that the unit may have been started with */
    private boolean files() {
        List<String> due = new ArrayList<>();
        Map<String, PlacedFile> places = new LinkedHashMap<>();
        Map<String, UnitFile> wanted = new LinkedHashMap<>();
        if (spec.unit() != null) {
            places.put("unit", seen.file());
            wanted.put("unit", UnitFile.of(spec.unit()));
        }
        spec.dropIns().forEach((key, sections) -> {
            places.put("dropIns." + key, seen.dropIns().get(key));
            wanted.put("dropIns." + key, UnitFile.of(sections));
        });
        wanted.forEach((field, file) -> {
            PlacedFile place = places.get(field);
            if (!place.isAsDeclared(file, ServiceKind.FILE_MODE, seen.owner())) {
                differences.add(difference(field, file, place));
                due.add(place.path().toString());
            }
        });
        if (!due.isEmpty()) {
            boolean before = places.values().stream().anyMatch(PlacedFile::isThere);
            add(
                    ServiceVerb.WRITE,
                    Impact.NONE,
                    "write " + String.join(" and ", due),
                    before ? "write the former text" : "remove it");
            reload = true;
        }
        if (!seen.left().isEmpty()) {
            List<String> paths = seen.left().stream().map(Path::toString).toList();
            paths.forEach(path -> differences.add(new Difference("files", "no " + path, path)));
            add(
                    ServiceVerb.REMOVE,
                    Impact.NONE,
                    "remove " + String.join(" and ", paths) + " (no longer declared, made by us)",
                    "declare it again");
            reload = true;
        }
        return !seen.left().isEmpty();
    }

    private Difference difference(String field, UnitFile file, PlacedFile place) {
        if (place.text() == null) {
            return new Difference(field, file.text(), place.isThere() ? place.describe() : "");
        }
        if (file.matches(place.text())) {
            return new Difference(
                    field + " (attributes)",
                    String.format("mode %04o, uid %d", ServiceKind.FILE_MODE, seen.owner()),
                    String.format(
                            "mode %04o, uid %d",
                            place.facts().mode(), place.facts().uid()));
        }
        return new Difference(field, file.text(), place.text());
    }

    // ---- startup

    private void startup() {
        boolean maskIsInOurPlace = seen.file() != null && seen.file().isMask();
        boolean masked = unit.isMasked() && !maskIsInOurPlace;
        boolean wanted = spec.startup() != null && spec.startup() != ServiceStartup.MASKED
                || spec.startup() == null && spec.state() == ServiceState.RUNNING;
        if (masked && wanted) {
            differences.add(new Difference(
                    "startup", spec.startup() == null ? "not masked" : word(spec.startup()), unit.unitFile()));
            change(ServiceVerb.UNMASK, "unmask " + spec.name(), "mask " + spec.name());
        }
        if (spec.startup() == null) {
            return;
        }
        switch (spec.startup()) {
            case ENABLED -> {
                if (!unit.unitFile().equals("enabled")) {
                    noteStartup(masked);
                    change(ServiceVerb.ENABLE, "enable " + spec.name(), "disable " + spec.name());
                }
            }
            case DISABLED -> {
                if (unit.unitFile().startsWith("enabled")) {
                    noteStartup(masked);
                    change(ServiceVerb.DISABLE, "disable " + spec.name(), "enable " + spec.name());
                }
            }
            case MASKED -> {
                if (!unit.unitFile().equals("masked")) {
                    noteStartup(false);
                    change(ServiceVerb.MASK, "mask " + spec.name(), "unmask " + spec.name());
                }
            }
        }
    }

    private void noteStartup(boolean noted) {
        if (!noted) {
            differences.add(new Difference(
                    "startup", word(spec.startup()), unit.unitFile().isEmpty() ? "no unit file" : unit.unitFile()));
        }
    }

    private void change(ServiceVerb verb, String summary, String undo) {
        add(verb, Impact.NONE, summary, undo);
        reload = true;
    }

    private void staleInMemory() {
        if (!reload && spec.hasFiles() && unit.needsReload()) {
            differences.add(new Difference("loaded", "as on disk", "older than the files on disk"));
            reload = true;
        }
    }

    private void reload() {
        if (reload) {
            add(ServiceVerb.RELOAD, Impact.NONE, "let systemd read its unit files anew (daemon-reload)", "");
        }
    }

    // ---- state

    /** @return whether the unit is on its way by itself */
    private boolean state(boolean removed) {
        if (spec.state() == ServiceState.STOPPED) {
            return stopped();
        }
        if (unit.isActive()) {
            restart(removed);
            return false;
        }
        if (spec.state() == null
                || unit.endsByItself()
                        && unit.active().equals("inactive")
                        && unit.result().equals("success")) {
            return false;
        }
        differences.add(new Difference("state", "running", describe()));
        if (unit.isMoving()) {
            return true;
        }
        add(ServiceVerb.START, Impact.NONE, "start " + spec.name(), "stop " + spec.name());
        return false;
    }

    private boolean stopped() {
        if (unit.active().equals("inactive") || unit.isFailed()) {
            return false;
        }
        differences.add(new Difference("state", "stopped", describe()));
        if (unit.active().equals("deactivating")) {
            return true;
        }
        add(ServiceVerb.STOP, Impact.DISRUPTIVE, "stop " + spec.name(), "start " + spec.name());
        return false;
    }

    private void restart(boolean removed) {
        if (!RESTARTABLE.contains(spec.name().substring(spec.name().lastIndexOf('.') + 1))) {
            return;
        }
        List<String> newer = newerThanStart();
        if (newer.isEmpty() && !removed) {
            return;
        }
        if (!newer.isEmpty()) {
            differences.add(new Difference(
                    "started",
                    "after " + String.join(", ", newer),
                    unit.activeEnter().toString()));
        }
        String why = newer.isEmpty() ? "" : " (" + String.join(", ", newer) + " changed)";
        add(ServiceVerb.RESTART, Impact.DISRUPTIVE, "restart " + spec.name() + why, "");
    }

    /** What the unit was started from and has changed since. A time in the future is no reason: it would be one for ever. */
    private List<String> newerThanStart() {
        List<String> newer = new ArrayList<>();
        List<PlacedFile> ours = new ArrayList<>(seen.dropIns().values());
        if (seen.file() != null) {
            ours.addFirst(seen.file());
        }
        ours.forEach(file -> {
            if (willBeNewer(file) || isNewer(file.since())) {
                newer.add(file.path().toString());
            }
        });
        seen.modified().forEach((path, time) -> {
            if (isNewer(time)) {
                newer.add(path.toString());
            }
        });
        return newer.stream().sorted().toList();
    }

    /** The file is to be written with another text than the unit was started with. */
    private boolean willBeNewer(PlacedFile file) {
        return ServiceKind.isFirstStartedWithNext(file, next(file), unit);
    }

    private UnitFile next(PlacedFile file) {
        if (file == seen.file()) {
            return UnitFile.of(spec.unit());
        }
        return seen.dropIns().entrySet().stream()
                .filter(e -> e.getValue() == file)
                .map(e -> UnitFile.of(spec.dropIns().get(e.getKey())))
                .findFirst()
                .orElseThrow();
    }

    private boolean isNewer(Instant time) {
        return time.isAfter(unit.activeEnter()) && !time.isAfter(seen.at());
    }

    // ---- leave

    private Assessment leave() {
        boolean unitIsOurs = seen.file() != null && seen.file().isOurs();
        List<PlacedFile> ours = new ArrayList<>(
                seen.dropIns().values().stream().filter(PlacedFile::isOurs).toList());
        if (unitIsOurs) {
            ours.addFirst(seen.file());
        }
        boolean loadedFromOurs = unit != null
                && seen.file() != null
                && unit.fragment().equals(seen.file().path().toString())
                && (unitIsOurs || !seen.file().isThere());
        if (loadedFromOurs && (unitIsOurs || unit.needsReload())) {
            if (!unit.active().equals("inactive") && !unit.isFailed()) {
                differences.add(new Difference("state", "stopped", describe()));
                add(
                        ServiceVerb.STOP,
                        Impact.DISRUPTIVE,
                        "stop " + spec.name() + " (no longer declared, made by us)",
                        "declare it again");
            }
            if (unit.unitFile().startsWith("enabled")) {
                differences.add(new Difference("startup", "disabled", unit.unitFile()));
                add(ServiceVerb.DISABLE, Impact.NONE, "disable " + spec.name(), "declare it again");
            }
        }
        if (!ours.isEmpty()) {
            List<String> paths =
                    ours.stream().map(f -> f.path().toString()).sorted().toList();
            paths.forEach(path -> differences.add(new Difference("files", "no " + path, path)));
            add(
                    ServiceVerb.REMOVE,
                    Impact.NONE,
                    "remove " + String.join(" and ", paths) + " (no longer declared, made by us)",
                    "declare it again");
            reload = true;
        } else if (loadedFromOurs && unit.needsReload()) {
            differences.add(new Difference("loaded", "as on disk", "older than the files on disk"));
            reload = true;
        }
        reload();
        return differences.isEmpty() ? Assessment.IN_SYNC : new Assessment(differences, actions);
    }

    // ---- words

    private String describe() {
        if (!unit.isThere()) {
            return "no such unit";
        }
        String result = unit.isFailed() ? ", " + unit.result() : "";
        return unit.active() + " (" + unit.sub() + result + ")";
    }

    private static String word(ServiceStartup startup) {
        return startup.name().toLowerCase(java.util.Locale.ROOT);
    }

    private void add(ServiceVerb verb, Impact impact, String summary, String undo) {
        actions.add(new Action(id, verb.text(), Phase.DEPLOYMENT, impact, summary, undo));
    }
}
