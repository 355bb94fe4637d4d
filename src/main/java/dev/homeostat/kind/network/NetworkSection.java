package dev.homeostat.kind.network;

import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Set;

/** {@code networks}: from a name to the network that should exist. */
@ApplicationScoped
public class NetworkSection implements Section<NetworkEntry> {
    /** What podman means something else by. */
    private static final Set<String> TAKEN =
            Set.of("podman", "host", "none", "bridge", "default", "private", "pasta", "slirp4netns", "container", "ns");

    @Override
    public String key() {
        return "networks";
    }

    @Override
    public String about() {
        return "Podman networks by name. Networks that are not listed are left alone.";
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
    public Class<NetworkEntry> entryType() {
        return NetworkEntry.class;
    }

    @Override
    public void read(Entry<NetworkEntry> entry, Resources out) {
        NetworkEntry e = entry.value();
        Map<String, String> labels = e.labels() == null ? Map.of() : e.labels();
        if (TAKEN.contains(entry.name())) {
            out.problem(
                    entry,
                    "",
                    "\"" + entry.name() + "\" is not a name for a network: podman means something else by it");
            return;
        }
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
        NetworkSpec spec = new NetworkSpec(e.subnet(), Boolean.TRUE.equals(e.internal()), labels, false);
        try {
            if (e.subnet() != null) {
                Subnets.check(e.subnet());
            }
            NetworkKind.text(entry.name(), spec);
        } catch (IllegalArgumentException x) {
            out.problem(entry, e.subnet() == null ? "" : "subnet", x.getMessage());
            return;
        }
        out.add(new Desired<>(
                new ResourceId(NetworkKind.NAME, entry.scope(), entry.name()), spec, Set.of(), entry.place()));
    }
}
