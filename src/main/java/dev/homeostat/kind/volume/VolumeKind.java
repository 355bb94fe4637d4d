package dev.homeostat.kind.volume;

import static dev.homeostat.host.systemd.UnitFile.quoteForExec;

import dev.homeostat.host.podman.Podman;
import dev.homeostat.host.podman.PodmanEngine;
import dev.homeostat.host.podman.QuadletUnit;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.podman.Volume;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Volumes. One that is there already is taken over with its data; none is ever removed. */
@ApplicationScoped
public class VolumeKind implements Kind<VolumeSpec, VolumeSeen> {
    public static final String NAME = "volume";

    private static final Logger LOG = Logger.getLogger(VolumeKind.class);
    private static final String WRITE = "write";
    private static final String RELOAD = "reload";
    private static final String CREATE = "create";
    private static final String REMOVE = "remove";
    /** One podman command; more than a slow machine needs. */
    private static final Duration CREATE_LIMIT = Duration.ofSeconds(90);

    private final Podman podman;
    private final Quadlets quadlets;
    private final Systemd systemd;
    private final FolderWatch folderWatch;
    private final List<AutoCloseable> watching = new ArrayList<>();

    public VolumeKind(Podman podman, Quadlets quadlets, Systemd systemd, FolderWatch folderWatch) {
        this.podman = podman;
        this.quadlets = quadlets;
        this.systemd = systemd;
        this.folderWatch = folderWatch;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<VolumeSpec> specType() {
        return VolumeSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<VolumeSeen>> observe(Collection<Desired<VolumeSpec>> resources) {
        Map<ResourceId, Sighting<VolumeSeen>> answers = HashMap.newHashMap(resources.size());
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
            Scope scope, List<Desired<VolumeSpec>> resources, Map<ResourceId, Sighting<VolumeSeen>> answers)
            throws Trouble {
        PodmanEngine engine = podman.of(scope);
        Map<String, Volume> volumes = new HashMap<>();
        engine.volumes().forEach(v -> volumes.put(v.name(), v));
        Optional<String> lacking = podman.lacking(engine.version());
        if (lacking.isPresent()) {
            resources.forEach(d -> answers.put(d.id(), new Sighting.Unsupported<>(lacking.get())));
            return;
        }
        Map<UnitName, UnitState> units =
                systemd.of(scope).look(resources.stream().map(d -> unit(d.id())).toList());
        for (Desired<VolumeSpec> d : resources) {
            Sighting<VolumeSeen> answer;
            try {
                UnitState unit = units.get(unit(d.id()));
                Quadlets.Found quadlet = quadlets.read(path(d.id())).orElse(null);
                if (!d.spec().retired()) {
                    QuadletUnit.refuseForeign(quadlet, path(d.id()));
                    QuadletUnit.refuseForeign(unit, "declare the volume under another name");
                }
                answer = new Sighting.Seen<>(new VolumeSeen(volumes.get(d.id().name()), quadlet, unit));
            } catch (Trouble t) {
                answer = new Sighting.Unclear<>(t);
            }
            answers.put(d.id(), answer);
        }
    }

    @Override
    public Assessment assess(Desired<VolumeSpec> desired, VolumeSeen seen) {
        ResourceId id = desired.id();
        List<Difference> differences = new ArrayList<>();
        List<Action> actions = new ArrayList<>();
        if (desired.spec().retired()) {
            if (seen.quadlet() != null && seen.quadlet().isOurs()) {
                differences.add(new Difference("quadlet", "absent", "there"));
                actions.add(action(
                        id,
                        REMOVE,
                        "remove the Quadlet file of volume " + id.name() + "; the volume and its data stay"));
            }
            return new Assessment(differences, actions);
        }
        String text = text(id.name(), desired.spec());
        if (seen.quadlet() == null || !seen.quadlet().text().equals(text)) {
            differences.add(new Difference(
                    "quadlet",
                    text,
                    seen.quadlet() == null ? "" : seen.quadlet().text()));
            actions.add(action(id, WRITE, "write the Quadlet file of volume " + id.name()));
        } else if (!seen.unit().isThere() || seen.unit().needsReload()) {
            differences.add(new Difference(
                    "unit",
                    "made from the current Quadlet file",
                    seen.unit().isThere() ? "of an older one" : "missing"));
            actions.add(action(id, RELOAD, "let systemd read the Quadlet file of volume " + id.name()));
        }
        if (seen.volume() == null) {
            differences.add(new Difference("state", "there", "absent"));
            actions.add(action(id, CREATE, "make volume " + id.name()));
        }
        return new Assessment(differences, actions);
    }

    private static Action action(ResourceId id, String verb, String summary) {
        return new Action(id, verb, Phase.DEPLOYMENT, Impact.NONE, summary, "");
    }

    /** @throws IllegalArgumentException if a value cannot be written safely; the message names it */
    static String text(String name, VolumeSpec spec) {
        Map<String, Map<String, List<String>>> file = new LinkedHashMap<>();
        file.put("Unit", Map.of("Description", List.of("Volume " + name)));
        Map<String, List<String>> volume = new LinkedHashMap<>();
        volume.put("VolumeName", List.of(name));
        List<String> labels = new ArrayList<>();
        spec.labels().forEach((key, value) -> labels.add(quoteForExec(key + "=" + value)));
        labels.add(Quadlets.SPEC_LABEL + "=volume");
        volume.put("Label", labels);
        file.put("Volume", volume);
        return UnitFile.of(file).text();
    }

    @Override
    public void perform(Desired<VolumeSpec> desired, Action action) throws Trouble {
        ResourceId id = desired.id();
        switch (action.verb()) {
            case WRITE -> {
                quadlets.write(id.scope(), path(id), text(id.name(), desired.spec()));
                QuadletUnit.reload(systemd.of(id.scope()), unit(id));
            }
            case RELOAD -> QuadletUnit.reload(systemd.of(id.scope()), unit(id));
            case CREATE -> {
                // the unit stays active when somebody removes the volume: only a restart makes it again
                QuadletUnit.forgetFailure(systemd.of(id.scope()), unit(id));
                systemd.of(id.scope()).restart(unit(id), CREATE_LIMIT);
            }
            case REMOVE -> {
                quadlets.remove(path(id));
                systemd.of(id.scope()).reload();
            }
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    @Override
    public Optional<VolumeSpec> whenUndeclared(Desired<VolumeSpec> desired, VolumeSeen before, boolean ours) {
        boolean foreign = before.quadlet() != null && !before.quadlet().isOurs();
        return desired.spec().retired() || foreign && !ours
                ? Optional.empty()
                : Optional.of(new VolumeSpec(Map.of(), true));
    }

    @Override
    public synchronized void watch(Collection<Desired<VolumeSpec>> resources, LookAgain lookAgain) {
        List<AutoCloseable> next = new ArrayList<>();
        Map<Path, ResourceId> paths = new HashMap<>();
        resources.stream().collect(Collectors.groupingBy(d -> d.id().scope())).forEach((scope, of) -> {
            try {
                Map<String, ResourceId> names = new HashMap<>();
                for (Desired<VolumeSpec> d : of) {
                    names.put(d.id().name(), d.id());
                    paths.put(path(d.id()), d.id());
                }
                next.add(podman.of(scope)
                        .listen(
                                event -> {
                                    ResourceId id = names.get(event.name());
                                    if (event.type().equals(NAME) && id != null) {
                                        lookAgain.at(id, event.cause());
                                    }
                                },
                                cause -> lookAgain.all(NAME, cause)));
            } catch (Trouble t) {
                // no such user: the look says so, and a full pass finds the account once it is there
                LOG.debugf("nothing of %s is watched: %s", scope, t.sentence());
            }
        });
        next.add(folderWatch.watch(
                paths.keySet(),
                path -> lookAgain.at(paths.get(path), "inotify: " + path),
                () -> lookAgain.all(NAME, "inotify lost events")));
        QuadletUnit.close(watching);
        watching.addAll(next);
    }

    private Path path(ResourceId id) throws Trouble {
        return quadlets.path(id.scope(), id.name(), NAME);
    }

    private static UnitName unit(ResourceId id) {
        return Quadlets.unit(id.name(), NAME);
    }
}
