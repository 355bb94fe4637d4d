package dev.homeostat.kind.tool;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.OwnerWatch;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.ByScope;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Where Flatpak installs from. One that we added is taken away when nothing that is installed came from it. */
@ApplicationScoped
public class FlatpakRemoteKind implements Kind<RemoteSpec, RemoteSeen> {
    public static final String NAME = "flatpak-remote";

    private static final String ADD = "add";
    private static final String CHANGE = "change";
    private static final String DELETE = "delete";
    private static final int COLUMNS = 3;

    private final Programs programs;
    private final Flatpak flatpak;
    private final OwnerWatch watch;

    public FlatpakRemoteKind(Programs programs, Locations locations, FolderWatch folderWatch) {
        this.programs = programs;
        this.flatpak = new Flatpak(programs, locations);
        this.watch = new OwnerWatch(NAME, programs, folderWatch);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<RemoteSpec> specType() {
        return RemoteSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<RemoteSeen>> observe(Collection<Desired<RemoteSpec>> resources) {
        return ByScope.look(resources, this::look);
    }

    private Map<ResourceId, Sighting<RemoteSeen>> look(Scope scope, List<Desired<RemoteSpec>> resources) {
        Map<ResourceId, Sighting<RemoteSeen>> sightings = HashMap.newHashMap(resources.size());
        try {
            Owner owner = programs.owner(scope);
            Optional<String> missing = flatpak.missing(owner);
            Map<String, RemoteSeen> remotes = missing.isPresent() ? Map.of() : remotes(owner, resources);
            for (Desired<RemoteSpec> d : resources) {
                sightings.put(
                        d.id(),
                        missing.isPresent()
                                ? new Sighting.Unsupported<>(missing.get())
                                : new Sighting.Seen<>(
                                        remotes.getOrDefault(d.id().name(), new RemoteSeen(null, false, List.of()))));
            }
        } catch (Trouble t) {
            resources.forEach(d -> sightings.put(d.id(), new Sighting.Unclear<>(t)));
        }
        return sightings;
    }

    private Map<String, RemoteSeen> remotes(Owner owner, List<Desired<RemoteSpec>> resources) throws Trouble {
        Map<String, List<String>> users = new HashMap<>();
        if (resources.stream().anyMatch(d -> d.spec().retired())) {
            for (String[] row : flatpak.table(owner, "list", "--columns=application,origin")) {
                users.computeIfAbsent(row[row.length - 1], o -> new ArrayList<>())
                        .add(row[0]);
            }
        }
        Map<String, RemoteSeen> remotes = new HashMap<>();
        for (String[] row : flatpak.table(owner, "remotes", "--show-disabled", "--columns=name,url,options")) {
            if (row.length != COLUMNS) {
                throw Trouble.passing("flatpak remotes tells in a way that cannot be read: " + String.join(" ", row));
            }
            boolean disabled = Set.of(row[2].split(",")).contains("disabled");
            remotes.put(row[0], new RemoteSeen(row[1], disabled, users.getOrDefault(row[0], List.of())));
        }
        return remotes;
    }

    @Override
    public Assessment assess(Desired<RemoteSpec> desired, RemoteSeen seen) {
        RemoteSpec spec = desired.spec();
        ResourceId id = desired.id();
        boolean same =
                seen.url() != null && (spec.url() == null || trimmed(spec.url()).equals(trimmed(seen.url())));
        if (spec.retired()) {
            if (!same) {
                return Assessment.IN_SYNC;
            }
            return seen.users().isEmpty()
                    ? difference(
                            id, "state", "absent", seen.url(), DELETE, "forget remote " + id.name(), "add it again")
                    : Assessment.inSync("remote " + id.name() + " stays: "
                            + seen.users().stream().sorted().collect(Collectors.joining(", ")) + " came from it");
        }
        String wanted = spec.url() == null ? "there" : spec.url();
        if (seen.url() == null) {
            return difference(id, "state", wanted, "absent", ADD, "add remote " + id.name(), "flatpak remote-delete");
        }
        if (!same) {
            return difference(
                    id,
                    "url",
                    wanted,
                    seen.url(),
                    CHANGE,
                    "point remote " + id.name() + " to " + wanted,
                    "point it to " + seen.url());
        }
        return seen.disabled()
                ? difference(id, "state", "enabled", "disabled", CHANGE, "enable remote " + id.name(), "disable it")
                : Assessment.IN_SYNC;
    }

    private static String trimmed(String url) {
        return url.replaceFirst("/+$", "");
    }

    private static Assessment difference(
            ResourceId id, String path, String desired, String observed, String verb, String summary, String undo) {
        return new Assessment(
                List.of(new Difference(path, desired, observed)),
                List.of(new Action(id, verb, Phase.TOOLING, Impact.NONE, summary, undo)));
    }

    @Override
    public void perform(Desired<RemoteSpec> desired, Action action) throws Trouble {
        Owner owner = programs.owner(desired.id().scope());
        RemoteSpec spec = desired.spec();
        String name = desired.id().name();
        List<String> arguments = new ArrayList<>();
        switch (action.verb()) {
            case ADD -> {
                arguments.addAll(List.of("remote-add", "--if-not-exists"));
                arguments.addAll(signed(spec));
                if (spec.from() != null) {
                    arguments.add("--from");
                }
                arguments.addAll(List.of(name, spec.from() != null ? spec.from() : spec.url()));
            }
            case CHANGE -> {
                arguments.addAll(List.of("remote-modify", "--enable"));
                if (spec.url() != null) {
                    arguments.add("--url=" + spec.url());
                    arguments.addAll(signed(spec));
                }
                arguments.add(name);
            }
            case DELETE -> arguments.addAll(List.of("remote-delete", name));
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
        flatpak.change(owner, action.summary(), line -> {}, arguments.toArray(String[]::new));
    }

    private static List<String> signed(RemoteSpec spec) {
        return spec.unsigned()
                ? List.of("--no-gpg-verify")
                : spec.key() != null ? List.of("--gpg-import=" + spec.key()) : List.of();
    }

    @Override
    public Optional<RemoteSpec> whenUndeclared(Desired<RemoteSpec> desired, RemoteSeen before, boolean ours) {
        return desired.spec().retired() || !ours && before.url() != null
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    @Override
    public void watch(Collection<Desired<RemoteSpec>> resources, LookAgain lookAgain) {
        watch.watch(
                resources.stream()
                        .map(d -> new OwnerWatch.Watched(
                                d.id(),
                                owner -> Set.of(
                                        flatpak.folder(owner).resolve("repo").resolve("config")),
                                owner -> Set.of()))
                        .toList(),
                lookAgain);
    }

    /** It waits while an application is installed. */
    @Override
    public Duration patience(Desired<RemoteSpec> desired) {
        return Flatpak.CHANGE_LIMIT;
    }
}
