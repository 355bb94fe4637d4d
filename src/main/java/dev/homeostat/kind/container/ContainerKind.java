package dev.homeostat.kind.container;

import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.Image;
import dev.homeostat.host.podman.ImageName;
import dev.homeostat.host.podman.Podman;
import dev.homeostat.host.podman.PodmanEngine;
import dev.homeostat.host.podman.PodmanEvent;
import dev.homeostat.host.podman.PodmanVersion;
import dev.homeostat.host.podman.QuadletResources;
import dev.homeostat.host.podman.QuadletUnit;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.ports.Holder;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.ports.Privileged;
import dev.homeostat.host.ports.Taken;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
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
    /** Most starts end before; what takes longer goes on without us, so that an edit meanwhile does not wait for it. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Milliseconds, or some seconds where a machine has much to do. */
    private static final Duration FORWARDER_LIMIT = Duration.ofSeconds(5);
    /** Systemd's default limit for stopping is 90 s. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(120);

    private static final int ROOT = 0;

    private final Podman podman;
    private final Systemd systemd;
    private final SafeFiles files;
    private final Witness witness;
    private final Taken taken;
    private final Privileged privileged;
    private final QuadletResources<ContainerSpec> quadlets;
    private final StopPost stopPost;
    private final Ends ends = new Ends();
    private final StartPeriod startPeriod = new StartPeriod();
    /** When a unit was first seen active without its container. */
    private final Map<ResourceId, Long> goneSinceNanos = new ConcurrentHashMap<>();

    public ContainerKind(
            Podman podman,
            Quadlets quadlets,
            Systemd systemd,
            SafeFiles files,
            FolderWatch folderWatch,
            Witness witness,
            PortTable ports) {
        this.podman = podman;
        this.systemd = systemd;
        this.files = files;
        this.witness = witness;
        this.taken = new Taken(ports);
        this.privileged = new Privileged(ports);
        this.quadlets = new QuadletResources<>(NAME, podman, quadlets, systemd, folderWatch);
        this.stopPost = new StopPost(quadlets, files);
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
        return quadlets.observe(resources, engine -> {
            Map<String, Container> containers = new HashMap<>();
            engine.containers().forEach(c -> containers.put(c.name(), c));
            List<Image> images = engine.images();
            PodmanVersion version = engine.version();
            return (d, placed) -> look(d, version, containers.get(d.id().name()), images, placed);
        });
    }

    private Sighting<ContainerSeen> look(
            Desired<ContainerSpec> d,
            PodmanVersion version,
            Container container,
            List<Image> images,
            QuadletResources.Placed placed)
            throws Trouble {
        ContainerSpec spec = d.spec();
        if (spec.health() != null && !version.isAtLeast(PodmanVersion.QUADLET_HEALTH)) {
            return new Sighting.Unsupported<>("health needs podman 4.5 or newer; this is " + version);
        }
        if (!spec.retired()) {
            refuseForeign(d.id(), container, placed);
            refusePorts(d, container, placed.unit());
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
                placed.quadlet(),
                placed.unit(),
                spec.retired() || stopPost.isRight(d.id()),
                imageId(spec.image(), images),
                goneFor(d.id(), container, placed.unit()),
                missing,
                newest,
                container != null && ends.isUnsteady(d.id(), container.created())));
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
    private static void refuseForeign(ResourceId id, Container container, QuadletResources.Placed placed)
            throws Trouble {
        if (container != null && !isOurs(container)) {
            throw Trouble.conflict(
                    "there is a container " + id.name() + " that Homeostat did not make: " + container.origin(),
                    "remove or rename it (podman rename), or declare another name");
        }
        if (container == null) {
            QuadletUnit.refuseForeign(placed.quadlet(), placed.path());
        }
        QuadletUnit.refuseForeign(placed.unit(), "declare the container under another name");
    }

    private static boolean isOurs(Container container) {
        return container.labels().containsKey(Quadlets.SPEC_LABEL);
    }

    /** Ports that it cannot have. A container that runs holds them itself, also where its processes may not be looked at. */
    private void refusePorts(Desired<ContainerSpec> d, Container container, UnitState unit) throws Trouble {
        boolean runs = container != null && (container.isRunning() || container.isPaused());
        if (runs && container.ports().equals(new TreeSet<>(d.spec().ports()))) {
            return;
        }
        if (systemd.of(d.id().scope()).user().filter(uid -> uid != ROOT).isPresent()) {
            privileged.refuse(d.spec().listens());
        }
        Predicate<Holder> own = own(d.id()).or(remnant(d.id(), unit));
        taken.refuse(
                d.spec().listens(),
                holder -> own.test(holder)
                        || runs
                                && container.ports().stream()
                                        .filter(port -> port.hostPort() > 0) // exposed, and not published
                                        .anyMatch(port -> port.hosts().overlaps(holder.port())));
    }

    /** Whether it is the container's own unit, or the container itself, that holds a port. */
    private Predicate<Holder> own(ResourceId id) throws Trouble {
        String unit = quadlets.unit(id).text();
        Optional<Integer> user = systemd.of(id.scope()).user();
        return holder -> holder.unit().filter(unit::equals).isPresent()
                        && holder.manager().equals(user)
                || holder.container().filter(id.name()::equals).isPresent()
                        && holder.manager().equals(user);
    }

    /** What forwards the ports of a user's container is gone a moment after it, and may not be looked at. */
    private static Predicate<Holder> remnant(ResourceId id, UnitState unit) {
        boolean ended = Duration.between(unit.activeExit(), Instant.now()).abs().compareTo(FORWARDER_LIMIT) < 0;
        return holder -> (unit.isMoving() || ended)
                && !id.scope().isOwn()
                && holder.pid().isEmpty()
                && holder.user().equals(id.scope().user());
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
        switch (action.verb()) {
            case ContainerComparison.PULL ->
                podman.of(scope)
                        .pull(ImageName.parse(spec.image()), PULL_LIMIT, line -> LOG.debugf("%s: %s", id, line));
            case QuadletUnit.WRITE -> {
                stopPost.write(id);
                quadlets.write(id, ContainerQuadlet.text(id.name(), spec));
            }
            case QuadletUnit.RELOAD -> quadlets.reload(id);
            case ContainerComparison.UNPAUSE -> podman.of(scope).unpause(id.name());
            case ContainerComparison.START -> {
                requireFiles(spec);
                start(desired);
            }
            case ContainerComparison.RESTART -> {
                requireFiles(spec); // its ports were looked at, and may still be its own
                explained(desired, () -> quadlets.restart(id, PATIENCE));
            }
            case ContainerComparison.REVIVE -> revive(id);
            case ContainerComparison.STOP -> stop(id, quadlets.unit(id));
            case QuadletUnit.REMOVE -> {
                stopPost.remove(id);
                quadlets.remove(id);
            }
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    private void start(Desired<ContainerSpec> desired) throws Trouble {
        ResourceId id = desired.id();
        UnitName unit = quadlets.unit(id);
        ServiceManager manager = systemd.of(id.scope());
        UnitState before = manager.look(unit);
        boolean givenUp = before.isFailed() && ends.keepsEnding(id);
        taken.refuse(desired.spec().listens(), own(id).or(remnant(id, before)));
        Instant began = Instant.now(); // the journal's and systemd's own clock, which no test sets
        explained(desired, () -> quadlets.start(id, PATIENCE));
        if (givenUp) {
            try {
                Steadiness.require(manager, unit, id.name(), began);
            } catch (Trouble ended) {
                if (!isEndedBySomebody(desired, began)) {
                    throw ended;
                }
            }
        }
    }

    /** Then it does not end by itself: that is drift, and, if it goes on, a fight. */
    private boolean isEndedBySomebody(Desired<ContainerSpec> desired, Instant since) {
        return rival(desired)
                .filter(r ->
                        r.pid().isPresent() && r.at().filter(since::isBefore).isPresent())
                .isPresent();
    }

    private interface Start {
        void run() throws Trouble;
    }

    /** Podman says that an address is in use, and not by whom. */
    private void explained(Desired<ContainerSpec> desired, Start start) throws Trouble {
        try {
            start.run();
        } catch (Trouble t) {
            throw taken.cause(List.of(t.getMessage()), desired.spec().listens(), own(desired.id()))
                    .orElse(t);
        }
    }

    /** Podman kills an unhealthy container itself and systemd starts it again; this is for when that did not happen. */
    private void revive(ResourceId id) throws Trouble {
        boolean stillIll = podman.of(id.scope()).containers().stream()
                .anyMatch(c -> c.name().equals(id.name())
                        && c.isRunning()
                        && c.health().equals("unhealthy"));
        if (stillIll) {
            quadlets.restart(id, PATIENCE);
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
        Set<Path> paths = Set.of();
        try {
            paths = files(desired);
        } catch (Trouble t) {
            LOG.debugf("nobody is seen who writes the Quadlet file of %s: %s", desired.id(), t.sentence());
        }
        return witness.whoever(desired.id(), paths);
    }

    /** Whose writers are of interest: the Quadlet file, and what is declared to be read at the start. */
    private Set<Path> files(Desired<ContainerSpec> desired) throws Trouble {
        Set<Path> files = new LinkedHashSet<>();
        files.add(quadlets.path(desired.id()));
        desired.spec().environmentFiles().forEach(f -> files.add(Path.of(f)));
        return files;
    }

    @Override
    public void watch(Collection<Desired<ContainerSpec>> resources, LookAgain lookAgain) {
        quadlets.watch(resources, lookAgain, new QuadletResources.Sources<>() {
            @Override
            public Collection<Path> files(Desired<ContainerSpec> desired) {
                List<Path> files = new ArrayList<>(
                        desired.spec().environmentFiles().stream().map(Path::of).toList());
                stopPost.path(desired.id()).ifPresent(files::add);
                return files;
            }

            @Override
            public List<AutoCloseable> listen(Scope scope, List<Desired<ContainerSpec>> of) throws Trouble {
                return ContainerKind.this.listen(scope, of, lookAgain);
            }
        });
    }

    private List<AutoCloseable> listen(Scope scope, List<Desired<ContainerSpec>> resources, LookAgain lookAgain)
            throws Trouble {
        Map<String, Set<ResourceId>> images = new HashMap<>();
        Map<UnitName, ResourceId> units = new HashMap<>();
        Set<Path> written = new HashSet<>();
        for (Desired<ContainerSpec> d : resources) {
            images.computeIfAbsent(ImageName.parse(d.spec().image()).text(), i -> new HashSet<>())
                    .add(d.id());
            units.put(quadlets.unit(d.id()), d.id());
            written.addAll(files(d));
        }
        Map<String, ContainerSpec> specs =
                resources.stream().collect(Collectors.toMap(d -> d.id().name(), Desired::spec));
        ServiceManager manager = systemd.of(scope);
        PodmanEngine engine = podman.of(scope);
        AutoCloseable events = engine.listen(
                event -> {
                    if (event.type().equals("container") && specs.containsKey(event.name())) {
                        suspect(new ResourceId(NAME, scope, event.name()), event, manager.user());
                        if (event.action().equals("start")) {
                            startPeriod.begin(
                                    engine, event.id(), specs.get(event.name()).health());
                        }
                    }
                    tell(event, scope, specs.keySet(), images, lookAgain);
                },
                cause -> lookAgain.all(NAME, cause));
        AutoCloseable changes = manager.listen(units.keySet(), new ServiceManager.Listener() {
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
        });
        return List.of(events, changes, witness.watchFiles(written));
    }

    /** What podman tells as the container goes; whoever wants it gone most likely still waits for that. */
    private static final Set<String> DISTURBING =
            Set.of("died", "kill", "stop", "remove", "pause", "restart", "rename", "update");

    private void suspect(ResourceId id, PodmanEvent event, Optional<Integer> user) {
        if (!DISTURBING.contains(event.action())) {
            return;
        }
        witness.look(id, suspicion(id, event.id(), user));
        event.exitCode().ifPresent(code -> ends.note(id, code));
        event.exitCode()
                .ifPresent(code -> witness.ended(
                        id,
                        "its main process ended with exit code " + code
                                + (code > Ends.SIGNALLED
                                        ? " (signal " + SignalName.of(code - Ends.SIGNALLED) + ")"
                                        : "")));
    }

    /** Not the unit's own commands: systemd starts podman too, to remove what has stopped. */
    private Witness.Suspicion suspicion(ResourceId id, String containerId, Optional<Integer> user) {
        String unit = quadlets.unit(id).text();
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
}
