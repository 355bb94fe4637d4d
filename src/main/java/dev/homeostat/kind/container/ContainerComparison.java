package dev.homeostat.kind.container;

import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.host.podman.QuadletUnit;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** One container compared with its declaration. */
final class ContainerComparison {
    static final String PULL = "pull";
    static final String START = "start";
    static final String RESTART = "restart";
    static final String REVIVE = "revive";
    static final String UNPAUSE = "unpause";
    static final String STOP = "stop";

    /**
     * Podman reads files a little before the time that it says the container was made. What changed within this time before
     * may have been read or not; a restart too many is better than a secret that is not the current one.
     */
    private static final Duration READ_MARGIN = Duration.ofMillis(100);

    /** Within this time systemd notices that a container ended, or podman that it runs; both take under a second. */
    static final Duration NOTICE_LIMIT = Duration.ofSeconds(15);

    private final ResourceId id;
    private final ContainerSpec spec;
    private final ContainerSeen seen;
    private final List<Difference> differences = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();
    /** The running container is not the declared one. */
    private boolean outdated;

    ContainerComparison(ResourceId id, ContainerSpec spec, ContainerSeen seen) {
        this.id = id;
        this.spec = spec;
        this.seen = seen;
    }

    Assessment assess() {
        if (spec.retired()) {
            return retire();
        }
        image();
        quadlet();
        made();
        boolean converging = run();
        return new Assessment(differences, actions, converging && actions.isEmpty());
    }

    private Assessment retire() {
        boolean runs = seen.unit().isThere()
                && seen.quadlet() != null
                && (seen.unit().isActive() || seen.unit().isMoving());
        boolean exists = seen.container() != null && seen.container().labels().containsKey(Quadlets.SPEC_LABEL);
        if (runs || exists) {
            differ(
                    "state",
                    "absent",
                    exists ? seen.container().state() : seen.unit().active());
            act(
                    STOP,
                    Impact.DISRUPTIVE,
                    "stop container " + id.name() + " and remove it; its volumes stay",
                    "declare it again");
        }
        if (seen.quadlet() != null && seen.quadlet().isOurs()) {
            differ("quadlet", "absent", "there");
            act(
                    QuadletUnit.REMOVE,
                    Impact.NONE,
                    "remove the Quadlet file of container " + id.name() + " (no longer declared, made by us)",
                    "declare it again");
        }
        return new Assessment(differences, actions);
    }

    private void image() {
        if (seen.imageId() == null) {
            differ("image", spec.image(), "not on this machine");
            act(PULL, Impact.NONE, "pull " + spec.image(), "");
        }
    }

    private void quadlet() {
        Optional<Action> due = QuadletUnit.compare(
                id, ContainerQuadlet.text(id.name(), spec), seen.quadlet(), seen.unit(), differences);
        due.ifPresent(actions::add);
        if (!seen.stopPost()
                && due.filter(a -> a.verb().equals(QuadletUnit.WRITE)).isEmpty()) {
            differ("dropIn", "without ExecStopPost", "absent");
            act(QuadletUnit.WRITE, Impact.NONE, "write the drop-in of container " + id.name() + "'s unit", "remove it");
        }
    }

    /** Whether the container, if there is one, was made of what is declared now. */
    private void made() {
        Container c = seen.container();
        if (c == null) {
            return;
        }
        String digest = ContainerQuadlet.digest(spec);
        String made = c.labels().getOrDefault(Quadlets.SPEC_LABEL, "");
        if (!digest.equals(made)) {
            outdated("declaration", shorten(digest), shorten(made));
            return;
        }
        if (seen.imageId() != null && !seen.imageId().equals(c.imageId())) {
            outdated(
                    "image",
                    spec.image() + " (" + shorten(seen.imageId()) + ")",
                    c.imageName() + " (" + shorten(c.imageId()) + ")");
        }
        if (!c.ports().equals(new TreeSet<>(spec.ports())) && !inheritsPorts()) {
            outdated("ports", ports(spec.ports()), ports(List.copyOf(c.ports())));
        }
        if (seen.environmentNanos() > nanos(c.created().minus(READ_MARGIN))) {
            outdated("environmentFiles", "as they are now", "as they were when the container was made, " + c.created());
        }
        if (isEdited() && seen.quadlet().changedNanos() <= nanos(c.created())) {
            outdated("container", "made from the declaration", "made from an edited Quadlet file");
        }
    }

    /** The host's network has all ports and podman lists none, or those that the image names. */
    private boolean inheritsPorts() {
        return spec.networks().contains("host") || spec.networks().contains("none");
    }

    private boolean isEdited() {
        return seen.quadlet() != null && !seen.quadlet().text().equals(ContainerQuadlet.text(id.name(), spec));
    }

    /** Whether it runs; true if it is on its way by itself. */
    private boolean run() {
        Container c = seen.container();
        boolean defined = actions.isEmpty();
        if (c == null || !c.isRunning() && !c.isPaused()) {
            differ("state", "running", c == null ? "absent" : c.state());
            missing().forEach(f -> differ("environmentFiles", f, "absent"));
            if (defined && !outdated && isOnItsWay()) {
                return true;
            }
            boolean again = seen.unit().isActive() || seen.unit().isMoving();
            act(again ? RESTART : START, Impact.NONE, "start container " + id.name(), "");
            return false;
        }
        if (outdated) {
            act(RESTART, Impact.DISRUPTIVE, "make container " + id.name() + " anew and start it; its volumes stay", "");
            return false;
        }
        if (c.isPaused()) {
            differ("state", "running", "paused");
            act(UNPAUSE, Impact.NONE, "let container " + id.name() + " go on", "podman pause " + id.name());
            return false;
        }
        if (seen.unit().isThere() && !seen.unit().isActive() && !seen.unit().isMoving()) {
            differ("unit", "active", seen.unit().active());
            act(RESTART, Impact.DISRUPTIVE, "start container " + id.name() + " by its unit, which runs without it", "");
            return false;
        }
        if (seen.unsteady()) {
            differ("state", "running", "running for a moment, after it ended by itself several times");
            return true;
        }
        return health(c);
    }

    /** Starting, being started again by systemd, or one of the two has not noticed yet: a restart from us would only interrupt it. */
    private boolean isOnItsWay() {
        return seen.unit().isMoving()
                || seen.unit().isActive() && seen.goneFor().compareTo(NOTICE_LIMIT) < 0;
    }

    private boolean health(Container c) {
        if (spec.health() == null || c.health().isEmpty() || c.health().equals("healthy")) {
            return false;
        }
        differ("health", "healthy", c.health());
        if (c.health().equals("starting")) {
            return true;
        }
        act(REVIVE, Impact.DISRUPTIVE, "restart container " + id.name() + ", which is unhealthy", "");
        return false;
    }

    private List<String> missing() {
        return seen.missingFiles();
    }

    private void outdated(String path, String desired, String observed) {
        outdated = true;
        differ(path, desired, observed);
    }

    private void differ(String path, String desired, String observed) {
        differences.add(new Difference(path, desired, observed));
    }

    private void act(String verb, Impact impact, String summary, String undo) {
        actions.add(new Action(id, verb, Phase.DEPLOYMENT, impact, summary, undo));
    }

    private static String ports(List<PublishedPort> ports) {
        return ports.isEmpty()
                ? "none"
                : String.join(", ", ports.stream().map(PublishedPort::toString).toList());
    }

    private static String shorten(String digest) {
        return digest.length() > 12 ? digest.substring(0, 12) : digest;
    }

    private static long nanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000L + time.getNano();
    }
}
