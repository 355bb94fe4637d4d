package dev.homeostat.kind.volume;

import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Set;

/** {@code volumes}: from a name to the volume that should exist. */
@ApplicationScoped
public class VolumeSection implements Section<VolumeEntry> {
    @Override
    public String key() {
        return "volumes";
    }

    @Override
    public String about() {
        return "Podman volumes by name. A volume is never removed, also not when it is no longer listed.";
    }

    @Override
    public String namePattern() {
        return "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$";
    }

    @Override
    public String nameForm() {
        return "letters, digits and _ . -, at most 128 characters, beginning with a letter or digit";
    }

    @Override
    public Class<VolumeEntry> entryType() {
        return VolumeEntry.class;
    }

    @Override
    public void read(Entry<VolumeEntry> entry, Resources out) {
        VolumeEntry e = entry.value();
        Map<String, String> labels = e.labels() == null ? Map.of() : e.labels();
        for (String label : labels.keySet()) {
            try {
                Quadlets.checkLabel(label);
            } catch (IllegalArgumentException x) {
                out.problem(entry, "labels." + label, x.getMessage());
                return;
            }
        }
        if (labels.containsKey(Quadlets.SPEC_LABEL)) {
            out.problem(entry, "labels." + Quadlets.SPEC_LABEL, "is Homeostat's own label");
            return;
        }
        VolumeSpec spec = new VolumeSpec(labels, false);
        try {
            VolumeKind.text(entry.name(), spec);
        } catch (IllegalArgumentException x) {
            out.problem(entry, "", x.getMessage());
            return;
        }
        out.add(new Desired<>(
                new ResourceId(VolumeKind.NAME, entry.scope(), entry.name()), spec, Set.of(), entry.place()));
    }
}
