package dev.homeostat.kind.tool;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.posix.Unchanged;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.OwnerWatch;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.ByScope;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What kinds of tools have in common: one list for all of a shelf, remembered while its marker does not change; one change of
 * a shelf at a time, shelves side by side. Thread-safe.
 */
final class Tools<S extends ToolSpec> {
    static final String INSTALL = "install";
    static final String UNINSTALL = "uninstall";

    private final Toolbox<S> box;
    private final Programs programs;
    private final SafeFiles files;
    private final OwnerWatch watch;
    /** By marker; what was listed of names that are not in it, is not there. */
    private final Unchanged<Listed> lists;

    private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();

    /** @param names that were asked for */
    private record Listed(String shelf, Set<String> names, Map<String, ToolSeen> tools) {}

    Tools(
            String kind,
            Toolbox<S> box,
            Programs programs,
            SafeFiles files,
            FolderWatch folderWatch,
            InstantSource clock) {
        this.box = box;
        this.programs = programs;
        this.files = files;
        this.watch = new OwnerWatch(kind, programs, folderWatch);
        this.lists = new Unchanged<>(clock);
    }

    // ---- look

    Map<ResourceId, Sighting<ToolSeen>> observe(Collection<Desired<S>> resources) {
        return ByScope.look(resources, this::look);
    }

    private Map<ResourceId, Sighting<ToolSeen>> look(Scope scope, List<Desired<S>> resources) {
        Map<ResourceId, Sighting<ToolSeen>> sightings = HashMap.newHashMap(resources.size());
        try {
            Owner owner = programs.owner(scope);
            resources.stream()
                    .collect(Collectors.groupingBy(d -> box.shelf(owner, d.spec()), TreeMap::new, Collectors.toList()))
                    .forEach((shelf, of) -> sightings.putAll(look(owner, shelf, of)));
        } catch (Trouble t) {
            resources.forEach(d -> sightings.put(d.id(), new Sighting.Unclear<>(t)));
        }
        return sightings;
    }

    private Map<ResourceId, Sighting<ToolSeen>> look(Owner owner, String shelf, List<Desired<S>> resources) {
        S any = resources.getFirst().spec();
        Map<ResourceId, Sighting<ToolSeen>> sightings = HashMap.newHashMap(resources.size());
        Optional<String> missing = box.missing(owner, any);
        try {
            Set<String> names = resources.stream().map(d -> d.id().name()).collect(Collectors.toSet());
            Map<String, ToolSeen> tools = missing.isPresent() ? Map.of() : listed(owner, shelf, any, names);
            for (Desired<S> d : resources) {
                sightings.put(
                        d.id(),
                        missing.isPresent()
                                ? new Sighting.Unsupported<>(missing.get())
                                : new Sighting.Seen<>(tools.getOrDefault(d.id().name(), ToolSeen.NONE)));
            }
        } catch (Trouble t) {
            resources.forEach(d -> sightings.put(d.id(), new Sighting.Unclear<>(t)));
        }
        return sightings;
    }

    private Map<String, ToolSeen> listed(Owner owner, String shelf, S any, Set<String> names) throws Trouble {
        Optional<Path> marker = box.marker(owner, any);
        Optional<FileFacts> facts = marker.isEmpty() ? Optional.empty() : files.look(marker.get());
        if (facts.isPresent()) {
            Listed known = lists.of(marker.get(), facts.get());
            if (known != null && known.shelf.equals(shelf) && known.names.containsAll(names)) {
                return known.tools;
            }
        }
        Map<String, ToolSeen> tools = box.list(owner, any, names);
        facts.ifPresent(f -> lists.remember(marker.get(), f, new Listed(shelf, Set.copyOf(names), tools)));
        return tools;
    }

    // ---- compare

    Assessment assess(Desired<S> desired, ToolSeen seen) {
        S spec = desired.spec();
        ResourceId id = desired.id();
        if (spec.retired()) {
            return retire(id, spec, seen);
        }
        List<ToolSeen.Copy> right = seen.copies().stream()
                .filter(c -> spec.version() == null || c.version().equals(spec.version()))
                .toList();
        if (!right.isEmpty()) {
            return right.stream().anyMatch(c -> isFrom(spec, c))
                    ? Assessment.IN_SYNC
                    : Assessment.inSync("it is " + seen.told() + ", not from " + spec.origin()
                            + "; what was installed by hand stays");
        }
        String wanted = spec.version() == null ? "there" : spec.version();
        boolean replaces = seen.isThere() && !box.sideBySide();
        String what = box.noun() + " " + id.name() + (spec.version() == null ? "" : " " + spec.version());
        return new Assessment(
                List.of(new Difference(spec.version() == null ? "state" : "version", wanted, seen.told())),
                List.of(new Action(
                        id,
                        INSTALL,
                        Phase.TOOLING,
                        Impact.NONE,
                        "install " + what + (replaces ? " in place of " + seen.told() : ""),
                        replaces ? "install " + seen.told() + " again" : "uninstall it")));
    }

    private Assessment retire(ResourceId id, S spec, ToolSeen seen) {
        boolean ours = seen.copies().stream()
                .anyMatch(c -> (spec.version() == null || c.version().equals(spec.version())) && isFrom(spec, c));
        return !ours
                ? Assessment.IN_SYNC
                : new Assessment(
                        List.of(new Difference("state", "absent", seen.told())),
                        List.of(new Action(
                                id,
                                UNINSTALL,
                                Phase.TOOLING,
                                Impact.NONE,
                                "uninstall " + box.noun() + " " + id.name() + "; its settings and data stay",
                                "install it again")));
    }

    /** What is not told cannot be another one. */
    private boolean isFrom(S spec, ToolSeen.Copy copy) {
        return spec.origin() == null || copy.origin().isEmpty() || Objects.equals(spec.origin(), copy.origin());
    }

    /** Only what was not there before us is ours to take away. */
    boolean isOurs(ToolSeen before, boolean ours) {
        return ours || !before.isThere();
    }

    // ---- correct

    void perform(Desired<S> desired, Action action, Consumer<Advance> advances) throws Trouble {
        Owner owner = programs.owner(desired.id().scope());
        ReentrantLock turn = turns.computeIfAbsent(box.shelf(owner, desired.spec()), s -> new ReentrantLock(true));
        Consumer<String> lines = line -> advances.accept(new Advance(List.of(), line));
        if (turn.isLocked()) {
            lines.accept("waits for its turn");
        }
        try {
            turn.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing("interrupted while others were installed");
        }
        try {
            String name = desired.id().name();
            switch (action.verb()) {
                case INSTALL -> box.install(owner, name, desired.spec(), lines);
                case UNINSTALL -> box.remove(owner, name, desired.spec(), lines);
                default -> throw new IllegalArgumentException("no such verb: " + action.verb());
            }
        } finally {
            box.marker(owner, desired.spec()).ifPresent(lists::forget);
            turn.unlock();
        }
    }

    // ---- watch

    void watch(Collection<Desired<S>> resources, LookAgain lookAgain) {
        List<OwnerWatch.Watched> all = new ArrayList<>();
        for (Desired<S> d : resources) {
            all.add(new OwnerWatch.Watched(
                    d.id(), owner -> box.watched(owner, d.id().name(), d.spec()), box::watchedFolders));
        }
        watch.watch(all, lookAgain);
        if (resources.isEmpty()) {
            lists.retain(new HashSet<>());
        }
    }
}
