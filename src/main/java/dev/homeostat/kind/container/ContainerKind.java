package dev.homeostat.kind.container;

import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.Image;
import dev.homeostat.host.podman.ImageName;
import dev.homeostat.host.podman.Podman;
import dev.homeostat.host.podman.PodmanEngine;
import dev.homeostat.host.podman.PodmanEvent;
import dev.homeostat.host.podman.PodmanVersion;
import dev.homeostat.host.podman.QuadletUnit;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.SignalName;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.host.witness.Commands;
import dev.homeostat.host.witness.Witness;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Containers. A pass asks each podman for its containers and its images, and each systemd for the units, once for all
 * containers of a scope; no process is started.
 */
@ApplicationScoped
public class ContainerKind implements Kind<ContainerSpec, ContainerSeen> {
    public static final String NAME = "container";

    private static final Logger LOG = Logger.getLogger(ContainerKind.class);

    /** An image of some gigabytes over a slow line. */
    private static final Duration PULL_LIMIT = Duration.ofMinutes(30);
    /** A little more than the unit's own limit, so that systemd's answer comes first. */
    private static final Duration START_LIMIT = Duration.ofMinutes(16);
    /** Systemd's default limit for stopping is 90 s. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(120);

    private final Podman podman;
    private final Quadlets quadlets;
    private final Systemd systemd;
    private final SafeFiles files;
    private final FolderWatch folderWatch;
    private final Witness witness;
    private final List<AutoCloseable> watching = new ArrayList<>();
    /** When a unit was first seen active without its container. */
    private final Map<ResourceId, Long> goneSinceNanos = new ConcurrentHashMap<>();

    public ContainerKind(
            Podman podman,
            Quadlets quadlets,
            Systemd systemd,
            SafeFiles files,
            FolderWatch folderWatch,
            Witness witness) {
        this.podman = podman;
        this.quadlets = quadlets;
        this.systemd = systemd;
        this.files = files;
        this.folderWatch = folderWatch;
        this.witness = witness;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ContainerSpec> specType() {
        return ContainerSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<ContainerSeen>> observe(Collection<Desired<ContainerSpec>> resources) {
        Map<ResourceId, Sighting<ContainerSeen>> answers = HashMap.newHashMap(resources.size());
        resources.stream().collect(Collectors.groupingBy(d -> d.id().scope())).forEach((scope, of) -> {
            try {
                observe(scope, of, answers);
            } catch (Trouble t) {
                of.forEach(d -> answers.put(d.id(), podman.unseen(t)));
            }
        });
        return answers;
    }

    private void observe(
            Scope scope, List<Desired<ContainerSpec>> resources, Map<ResourceId, Sighting<ContainerSeen>> answers)
            throws Trouble {
        PodmanEngine engine = podman.of(scope);
        Map<String, Container> containers = new HashMap<>();
        engine.containers().forEach(c -> containers.put(c.name(), c));
        PodmanVersion version = engine.version();
        Optional<String> lacking = podman.lacking(version);
        if (lacking.isPresent()) {
            resources.forEach(d -> answers.put(d.id(), new Sighting.Unsupported<>(lacking.get())));
            return;
        }
        List<Image> images = engine.images();
        Map<UnitName, UnitState> units =
                systemd.of(scope).look(resources.stream().map(d -> unit(d.id())).toList());
        for (Desired<ContainerSpec> d : resources) {
            Sighting<ContainerSeen> answer;
            try {
                answer = look(d, version, containers.get(d.id().name()), images, units.get(unit(d.id())));
            } catch (Trouble t) {
                answer = new Sighting.Unclear<>(t);
            }
            answers.put(d.id(), answer);
        }
    }

    private Sighting<ContainerSeen> look(
            Desired<ContainerSpec> d, PodmanVersion version, Container container, List<Image> images, UnitState unit)
            throws Trouble {
        ContainerSpec spec = d.spec();
        if (spec.health() != null && !version.isAtLeast(PodmanVersion.QUADLET_HEALTH)) {
            return new Sighting.Unsupported<>("health needs podman 4.5 or newer; this is " + version);
        }
        Path path = path(d.id());
        Quadlets.Found quadlet = quadlets.read(path).orElse(null);
        if (!spec.retired()) {
            refuseForeign(d.id(), container, quadlet, unit, path);
        }
        long newest = 0;
        List<String> missing = new ArrayList<>();
        for (String file : spec.environmentFiles()) {
            Optional<FileFacts> facts = files.look(Path.of(file));
            if (facts.isEmpty()) {
                missing.add(file);
            } else {
                // not the time of modification: that does not tell of an older file that was moved there
                newest = Math.max(newest, facts.get().ctimeNanos());
            }
        }
        return new Sighting.Seen<>(new ContainerSeen(
                version,
                container,
                quadlet,
                unit,
                imageId(spec.image(), images),
                goneFor(d.id(), container, unit),
                missing,
                newest));
    }

    /** Podman and systemd learn of a start or an end one after the other; only time tells that from a unit that lost its container. */
    private Duration goneFor(ResourceId id, Container container, UnitState unit) {
        boolean runs = container != null && (container.isRunning() || container.isPaused());
        if (runs || !unit.isActive()) {
            goneSinceNanos.remove(id);
            return Duration.ZERO;
        }
        long now = System.nanoTime();
        return Duration.ofNanos(now - goneSinceNanos.computeIfAbsent(id, i -> now));
    }

    private static String imageId(String name, List<Image> images) {
        ImageName image = ImageName.parse(name);
        return images.stream()
                .filter(i -> i.isNamed(image))
                .map(Image::id)
                .findFirst()
                .orElse(null);
    }

    /** What is not ours is not replaced: podman run --replace would remove a container of that name whosever it is. */
    private static void refuseForeign(
            ResourceId id, Container container, Quadlets.Found quadlet, UnitState unit, Path path) throws Trouble {
        if (container != null && !isOurs(container)) {
            throw Trouble.conflict(
                    "there is a container " + id.name() + " that Homeostat did not make: " + container.origin(),
                    "remove or rename it (podman rename), or declare another name");
        }
        if (container == null) {
            QuadletUnit.refuseForeign(quadlet, path);
        }
        QuadletUnit.refuseForeign(unit, "declare the container under another name");
    }

    private static boolean isOurs(Container container) {
        return container.labels().containsKey(Quadlets.SPEC_LABEL);
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<ContainerSpec> desired, ContainerSeen seen) {
        return new ContainerComparison(desired.id(), desired.spec(), seen).assess();
    }

    // ---- correct

    @Override
    public void perform(Desired<ContainerSpec> desired, Action action) throws Trouble {
        ResourceId id = desired.id();
        Scope scope = id.scope();
        ContainerSpec spec = desired.spec();
        UnitName unit = unit(id);
        switch (action.verb()) {
            case ContainerComparison.PULL ->
                podman.of(scope)
                        .pull(ImageName.parse(spec.image()), PULL_LIMIT, line -> LOG.debugf("%s: %s", id, line));
            case ContainerComparison.WRITE -> {
                quadlets.write(scope, path(id), ContainerQuadlet.text(id.name(), spec));
                QuadletUnit.reload(systemd.of(scope), unit);
            }
            case ContainerComparison.RELOAD -> QuadletUnit.reload(systemd.of(scope), unit);
            case ContainerComparison.UNPAUSE -> podman.of(scope).unpause(id.name());
            case ContainerComparison.START -> {
                requireFiles(spec);
                QuadletUnit.forgetFailure(systemd.of(scope), unit);
                systemd.of(scope).start(unit, START_LIMIT);
            }
            case ContainerComparison.RESTART -> {
                requireFiles(spec);
                QuadletUnit.forgetFailure(systemd.of(scope), unit);
                systemd.of(scope).restart(unit, START_LIMIT);
            }
            case ContainerComparison.REVIVE -> revive(id, unit);
            case ContainerComparison.STOP -> stop(id, unit);
            case ContainerComparison.REMOVE -> {
                quadlets.remove(path(id));
                systemd.of(scope).reload();
            }
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    /** Podman kills an unhealthy container itself and systemd starts it again; this is for when that did not happen. */
    private void revive(ResourceId id, UnitName unit) throws Trouble {
        boolean stillIll = podman.of(id.scope()).containers().stream()
                .anyMatch(c -> c.name().equals(id.name())
                        && c.isRunning()
                        && c.health().equals("unhealthy"));
        if (stillIll) {
            systemd.of(id.scope()).restart(unit, START_LIMIT);
        }
    }

    /** The unit's stopping removes the container; what is left of ours was not the unit's. */
    private void stop(ResourceId id, UnitName unit) throws Trouble {
        UnitState state = systemd.of(id.scope()).look(unit);
        if (state.isThere() && (state.isActive() || state.isMoving())) {
            systemd.of(id.scope()).stop(unit, STOP_LIMIT);
        }
        PodmanEngine engine = podman.of(id.scope());
        for (Container c : engine.containers()) {
            if (c.name().equals(id.name()) && isOurs(c)) {
                engine.removeContainer(c.id());
            }
        }
    }

    private void requireFiles(ContainerSpec spec) throws Trouble {
        for (String file : spec.environmentFiles()) {
            if (files.look(Path.of(file)).isEmpty()) {
                throw Trouble.invalid(
                        "the environment file " + file + " is not there", "put it there, or declare it under files");
            }
        }
    }

    // ---- leave behind, watch

    @Override
    public Optional<ContainerSpec> whenUndeclared(Desired<ContainerSpec> desired, ContainerSeen before, boolean ours) {
        boolean foreign = before.container() != null && !isOurs(before.container())
                || before.quadlet() != null && !before.quadlet().isOurs();
        return desired.spec().retired() || foreign && !ours
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    @Override
    public Optional<Rival> rival(Desired<ContainerSpec> desired) {
        Set<Path> paths = new LinkedHashSet<>();
        try {
            paths.add(path(desired.id()));
        } catch (Trouble t) {
            LOG.debugf("nobody is seen who writes the Quadlet file of %s: %s", desired.id(), t.sentence());
        }
        desired.spec().environmentFiles().forEach(f -> paths.add(Path.of(f)));
        return witness.whoever(desired.id(), paths);
    }

    @Override
    public synchronized void watch(Collection<Desired<ContainerSpec>> resources, LookAgain lookAgain) {
        List<AutoCloseable> next = new ArrayList<>();
        Map<Path, Set<ResourceId>> paths = new HashMap<>();
        resources.stream().collect(Collectors.groupingBy(d -> d.id().scope())).forEach((scope, of) -> {
            try {
                watch(scope, of, lookAgain, next, paths);
            } catch (Trouble t) {
                // no such user: the look says so, and a full pass finds the account once it is there
                LOG.debugf("nothing of %s is watched: %s", scope, t.sentence());
            }
        });
        next.add(folderWatch.watch(
                Set.copyOf(paths.keySet()),
                path -> paths.get(path).forEach(id -> lookAgain.at(id, "inotify: " + path)),
                () -> lookAgain.all(NAME, "inotify lost events")));
        next.add(witness.watchFiles(Set.copyOf(paths.keySet())));
        QuadletUnit.close(watching);
        watching.addAll(next);
    }

    private void watch(
            Scope scope,
            List<Desired<ContainerSpec>> resources,
            LookAgain lookAgain,
            List<AutoCloseable> opened,
            Map<Path, Set<ResourceId>> paths)
            throws Trouble {
        Map<String, Set<ResourceId>> images = new HashMap<>();
        Map<UnitName, ResourceId> units = new HashMap<>();
        for (Desired<ContainerSpec> d : resources) {
            paths.computeIfAbsent(path(d.id()), p -> new HashSet<>()).add(d.id());
            d.spec()
                    .environmentFiles()
                    .forEach(f -> paths.computeIfAbsent(Path.of(f), p -> new HashSet<>())
                            .add(d.id()));
            images.computeIfAbsent(ImageName.parse(d.spec().image()).text(), i -> new HashSet<>())
                    .add(d.id());
            units.put(unit(d.id()), d.id());
        }
        Set<String> names = resources.stream().map(d -> d.id().name()).collect(Collectors.toSet());
        ServiceManager manager = systemd.of(scope);
        opened.add(podman.of(scope)
                .listen(
                        event -> {
                            if (event.type().equals("container") && names.contains(event.name())) {
                                suspect(new ResourceId(NAME, scope, event.name()), event, manager.user());
                            }
                            tell(event, scope, names, images, lookAgain);
                        },
                        cause -> lookAgain.all(NAME, cause)));
        opened.add(manager.listen(units.keySet(), new ServiceManager.Listener() {
            @Override
            public void changed(UnitName unit, String cause) {
                lookAgain.at(units.get(unit), cause);
            }

            @Override
            public void everything(String cause) {
                lookAgain.all(NAME, cause);
            }

            @Override
            public void disturbed(UnitName unit) {
                witness.look(units.get(unit), suspicion(units.get(unit), "", manager.user()));
            }

            /** Sooner than podman's event: whoever stopped the container still waits for its end to be noted. */
            @Override
            public void ended(UnitName unit, String how) {
                disturbed(unit);
            }

            @Override
            public void stopRequested(UnitName unit) {
                witness.stopRequested(units.get(unit), manager.user());
            }
        }));
    }

    /** What podman tells as the container goes; whoever wants it gone most likely still waits for that. */
    private static final Set<String> DISTURBING =
            Set.of("died", "kill", "stop", "remove", "pause", "restart", "rename", "update");

    private void suspect(ResourceId id, PodmanEvent event, Optional<Integer> user) {
        if (!DISTURBING.contains(event.action())) {
            return;
        }
        witness.look(id, suspicion(id, event.id(), user));
        event.exitCode()
                .ifPresent(code -> witness.ended(
                        id,
                        "its main process ended with exit code " + code
                                + (code > SIGNALLED ? " (signal " + SignalName.of(code - SIGNALLED) + ")" : "")));
    }

    /** Podman's exit code of what a signal killed, without the signal. */
    private static final int SIGNALLED = 128;

    /** Not the unit's own commands: systemd starts podman too, to remove what has stopped. */
    private Witness.Suspicion suspicion(ResourceId id, String containerId, Optional<Integer> user) {
        String unit = unit(id).text();
        return process -> Commands.systemctl(process, unit, user)
                .or(() -> Commands.podman(process, id.name(), containerId, user))
                .filter(deed -> !witness.isOfUnit(process, unit));
    }

    private static void tell(
            PodmanEvent event,
            Scope scope,
            Set<String> names,
            Map<String, Set<ResourceId>> images,
            LookAgain lookAgain) {
        if (event.type().equals("container") && names.contains(event.name())) {
            lookAgain.at(new ResourceId(NAME, scope, event.name()), event.cause());
        } else if (event.type().equals("image")) {
            // taking a name away is told by the image's id: any of them may be meant
            boolean byName = images.containsKey(event.name());
            boolean anyName = !event.action().equals("pull") && !byName;
            images.forEach((image, ids) -> {
                if (anyName || image.equals(event.name())) {
                    ids.forEach(id -> lookAgain.at(id, event.cause()));
                }
            });
        }
    }

    private Path path(ResourceId id) throws Trouble {
        return quadlets.path(id.scope(), id.name(), NAME);
    }

    private static UnitName unit(ResourceId id) {
        return Quadlets.unit(id.name(), NAME);
    }
}
