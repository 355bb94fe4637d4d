package dev.homeostat.host.podman;

import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.ByScope;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Observation;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Spec;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * What the kinds share whose resources are Quadlet files, of which podman's generator makes units: how they are looked at
 * in one go, brought about, and watched. Thread-safe.
 *
 * @param <S> what is declared of one
 */
public final class QuadletResources<S extends Spec> {
    private static final Logger LOG = Logger.getLogger(QuadletResources.class);

    /** Of what podman says; its longest errors name a path or two. */
    private static final int WORDS_LIMIT_CHARS = 500;
    /** What podman ends with when it fails (its cmd/podman/main.go). */
    private static final String ERROR = "Error: ";

    private final String kind;
    private final Podman podman;
    private final Quadlets quadlets;
    private final Systemd systemd;
    private final FolderWatch folderWatch;
    private final List<AutoCloseable> watching = new ArrayList<>();

    /** @param kind also the suffix of the files: container, volume, network */
    public QuadletResources(String kind, Podman podman, Quadlets quadlets, Systemd systemd, FolderWatch folderWatch) {
        this.kind = kind;
        this.podman = podman;
        this.quadlets = quadlets;
        this.systemd = systemd;
        this.folderWatch = folderWatch;
    }

    /** Asks a podman what it has, once for all resources of a scope. */
    public interface Lists<S extends Spec, O extends Observation> {
        One<S, O> ask(PodmanEngine engine) throws Trouble;
    }

    /** Looks at one resource, with what the lists say. */
    public interface One<S extends Spec, O extends Observation> {
        Sighting<O> look(Desired<S> desired, Placed placed) throws Trouble;
    }

    /**
     * The file and what was made of it.
     *
     * @param quadlet null if there is no such file
     */
    public record Placed(Path path, Quadlets.Found quadlet, UnitState unit) {
        /**
         * What is somebody else's is not replaced.
         *
         * @throws Trouble a conflict if the file was not written by us, or a unit of that name is not made of it
         */
        public void refuseForeign(String remedy) throws Trouble {
            QuadletUnit.refuseForeign(quadlet, path);
            QuadletUnit.refuseForeign(unit, remedy);
        }
    }

    public <O extends Observation> Map<ResourceId, Sighting<O>> observe(
            Collection<Desired<S>> resources, Lists<S, O> lists) {
        return ByScope.look(resources, (scope, of) -> {
            try {
                return observe(scope, of, lists);
            } catch (Trouble t) {
                return all(of, podman.unseen(t));
            }
        });
    }

    private <O extends Observation> Map<ResourceId, Sighting<O>> observe(
            Scope scope, List<Desired<S>> resources, Lists<S, O> lists) throws Trouble {
        PodmanEngine engine = podman.of(scope);
        One<S, O> one = lists.ask(engine);
        Optional<String> lacking = podman.lacking(engine.version());
        if (lacking.isPresent()) {
            return all(resources, new Sighting.Unsupported<>(lacking.get()));
        }
        Map<UnitName, UnitState> units =
                systemd.of(scope).look(resources.stream().map(d -> unit(d.id())).toList());
        Map<ResourceId, Sighting<O>> answers = HashMap.newHashMap(resources.size());
        for (Desired<S> d : resources) {
            Sighting<O> answer;
            try {
                Path path = path(d.id());
                answer = one.look(d, new Placed(path, quadlets.read(path).orElse(null), units.get(unit(d.id()))));
            } catch (Trouble t) {
                answer = new Sighting.Unclear<>(t);
            }
            answers.put(d.id(), answer);
        }
        return answers;
    }

    private static <S extends Spec, O extends Observation> Map<ResourceId, Sighting<O>> all(
            List<Desired<S>> resources, Sighting<O> answer) {
        return resources.stream().collect(Collectors.toMap(Desired::id, d -> answer));
    }

    // ---- bring about

    public void write(ResourceId id, String text) throws Trouble {
        quadlets.write(id.scope(), path(id), text);
        reload(id);
    }

    /** Lets systemd read the file; the unit is there after it. */
    public void reload(ResourceId id) throws Trouble {
        QuadletUnit.reload(systemd.of(id.scope()), unit(id));
    }

    public void remove(ResourceId id) throws Trouble {
        quadlets.remove(path(id));
        systemd.of(id.scope()).reload();
    }

    /** Starts the unit, whatever failed before; after the limit it goes on by itself. */
    public void start(ResourceId id, Duration limit) throws Trouble {
        explained(id, manager -> manager.start(unit(id), limit));
    }

    /**
     * Restarts the unit: one that is active although what it made is gone makes it again only so. After the limit it goes on
     * by itself.
     */
    public void restart(ResourceId id, Duration limit) throws Trouble {
        explained(id, manager -> manager.restart(unit(id), limit));
    }

    private interface Start {
        void with(ServiceManager manager) throws Trouble;
    }

    /** systemd knows that podman failed and its exit status; why, only podman has said. */
    private void explained(ResourceId id, Start start) throws Trouble {
        ServiceManager manager = systemd.of(id.scope());
        QuadletUnit.forgetFailure(manager, unit(id));
        Instant begin = Instant.now(); // the journal's own clock, which no test sets
        try {
            start.with(manager);
        } catch (Trouble t) {
            if (manager.goesOn(unit(id), t)) {
                return;
            }
            Optional<String> words = words(manager.written(unit(id), begin));
            if (words.isEmpty()) {
                throw t;
            }
            // without systemd's part, which is another each time: it may have started the unit again by then
            throw new Trouble(t.sort(), "start of " + unit(id) + " failed: podman said: " + words.get(), t.remedy(), t);
        }
    }

    /** Podman's own last error; a container's output is not among the lines of an error's form that podman ends with. */
    static Optional<String> words(List<String> lines) {
        return lines.reversed().stream()
                .filter(line -> line.startsWith(ERROR))
                .map(line -> line.substring(ERROR.length()).strip())
                .map(line -> line.length() > WORDS_LIMIT_CHARS ? line.substring(0, WORDS_LIMIT_CHARS) + "..." : line)
                .findFirst();
    }

    // ---- watch

    /** What else tells of resources of one scope. */
    public interface Sources<S extends Spec> {
        /** Files besides their own whose change is theirs, too. */
        Collection<Path> files(Desired<S> desired);

        /** Listens to what else concerns them. */
        List<AutoCloseable> listen(Scope scope, List<Desired<S>> resources) throws Trouble;
    }

    /** Watches their files and sources from now on, instead of what was watched before. */
    public synchronized void watch(Collection<Desired<S>> resources, LookAgain lookAgain, Sources<S> sources) {
        List<AutoCloseable> next = new ArrayList<>();
        Map<Path, Set<ResourceId>> paths = new HashMap<>();
        resources.stream().collect(Collectors.groupingBy(d -> d.id().scope())).forEach((scope, of) -> {
            try {
                for (Desired<S> d : of) {
                    paths.computeIfAbsent(path(d.id()), p -> new HashSet<>()).add(d.id());
                    sources.files(d)
                            .forEach(f -> paths.computeIfAbsent(f, p -> new HashSet<>())
                                    .add(d.id()));
                }
                next.addAll(sources.listen(scope, of));
            } catch (Trouble t) {
                // no such user: the look says so, and a full pass finds the account once it is there
                LOG.debugf("nothing of %s is watched: %s", scope, t.sentence());
            }
        });
        next.add(folderWatch.watch(
                Set.copyOf(paths.keySet()),
                path -> paths.get(path).forEach(id -> lookAgain.at(id, "inotify: " + path)),
                () -> lookAgain.all(kind, "inotify lost events")));
        QuadletUnit.close(watching);
        watching.addAll(next);
    }

    /** For kinds of which podman tells by their own name: their file is all else that there is of them. */
    public void watchByName(Collection<Desired<S>> resources, LookAgain lookAgain) {
        watch(resources, lookAgain, new Sources<>() {
            @Override
            public Collection<Path> files(Desired<S> desired) {
                return List.of();
            }

            @Override
            public List<AutoCloseable> listen(Scope scope, List<Desired<S>> of) throws Trouble {
                Map<String, ResourceId> names =
                        of.stream().map(Desired::id).collect(Collectors.toMap(ResourceId::name, id -> id));
                return List.of(podman.of(scope)
                        .listen(
                                event -> {
                                    ResourceId id = names.get(event.name());
                                    if (event.type().equals(kind) && id != null) {
                                        lookAgain.at(id, event.cause());
                                    }
                                },
                                cause -> lookAgain.all(kind, cause)));
            }
        });
    }

    public Path path(ResourceId id) throws Trouble {
        return quadlets.path(id.scope(), id.name(), kind);
    }

    public UnitName unit(ResourceId id) {
        return Quadlets.unit(id.name(), kind);
    }
}
