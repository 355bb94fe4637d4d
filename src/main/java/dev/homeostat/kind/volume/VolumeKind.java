package dev.homeostat.kind.volume;

import static dev.homeostat.host.systemd.UnitFile.quoteForExec;

import dev.homeostat.host.podman.Podman;
import dev.homeostat.host.podman.QuadletResources;
import dev.homeostat.host.podman.QuadletUnit;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.podman.Volume;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Volumes. One that is there already is taken over with its data; none is ever removed. */
@ApplicationScoped
public class VolumeKind implements Kind<VolumeSpec, VolumeSeen> {
    public static final String NAME = "volume";

    private static final String CREATE = "create";
    /** One podman command; more than a slow machine needs. */
    private static final Duration CREATE_LIMIT = Duration.ofSeconds(90);

    private final QuadletResources<VolumeSpec> quadlets;

    public VolumeKind(Podman podman, Quadlets quadlets, Systemd systemd, FolderWatch folderWatch) {
        this.quadlets = new QuadletResources<>(NAME, podman, quadlets, systemd, folderWatch);
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
        return quadlets.observe(resources, engine -> {
            Map<String, Volume> volumes = new HashMap<>();
            engine.volumes().forEach(v -> volumes.put(v.name(), v));
            return (d, placed) -> {
                if (!d.spec().retired()) {
                    placed.refuseForeign("declare the volume under another name");
                }
                return new Sighting.Seen<>(new VolumeSeen(volumes.get(d.id().name()), placed.quadlet(), placed.unit()));
            };
        });
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
                        QuadletUnit.REMOVE,
                        "remove the Quadlet file of volume " + id.name() + "; the volume and its data stay"));
            }
            return new Assessment(differences, actions);
        }
        String text = text(id.name(), desired.spec());
        QuadletUnit.compare(id, text, seen.quadlet(), seen.unit(), differences).ifPresent(actions::add);
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
            case QuadletUnit.WRITE -> quadlets.write(id, text(id.name(), desired.spec()));
            case QuadletUnit.RELOAD -> quadlets.reload(id);
            case CREATE -> quadlets.restart(id, CREATE_LIMIT);
            case QuadletUnit.REMOVE -> quadlets.remove(id);
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
    public void watch(Collection<Desired<VolumeSpec>> resources, LookAgain lookAgain) {
        quadlets.watchByName(resources, lookAgain);
    }
}
