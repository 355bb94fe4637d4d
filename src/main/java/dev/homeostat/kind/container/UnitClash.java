package dev.homeostat.kind.container;

import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Preset;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Containers, volumes and networks get a unit each; no declared service has its name. Services that say only how that unit
 * should start are refused too: the container says it.
 */
@ApplicationScoped
public class UnitClash implements CrossCheck {
    private static final Set<String> GENERATED = Set.of("container", "volume", "network");

    @Override
    public List<Problem> check(Collection<Desired<?>> all) {
        List<Problem> problems = new ArrayList<>();
        Map<String, Desired<?>> taken = new HashMap<>();
        all.stream()
                .filter(d -> !d.retired())
                .sorted(Comparator.comparing(Desired::id))
                .forEach(d -> unit(d.id()).ifPresent(unit -> {
                    Desired<?> first = taken.putIfAbsent(d.id().scope() + "/" + unit, d);
                    if (first != null) {
                        problems.add(new Problem(
                                d.place(),
                                key(d.id()),
                                d.id() + " and " + first.id() + " (" + first.place() + ") would both be the unit "
                                        + unit + remedy(d, first)));
                    }
                }));
        for (Desired<?> file : all) {
            quadletOf(file.id())
                    .flatMap(id -> all.stream().filter(d -> d.id().equals(id)).findFirst())
                    .ifPresent(d -> problems.add(new Problem(
                            file.place(),
                            key(file.id()),
                            "it is the Quadlet file of " + d.id() + " (" + d.place() + "): declare one of them")));
        }
        return problems;
    }

    /** What a file would be the Quadlet file of, where podman's generator reads those of the whole machine. */
    private static Optional<ResourceId> quadletOf(ResourceId file) {
        if (!file.kind().equals("file") || !file.scope().isOwn()) {
            return Optional.empty();
        }
        Path path = Path.of(file.name());
        String name = path.getFileName() == null ? "" : path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 && path.getParent().endsWith("containers/systemd") && GENERATED.contains(name.substring(dot + 1))
                ? Optional.of(new ResourceId(name.substring(dot + 1), file.scope(), name.substring(0, dot)))
                : Optional.empty();
    }

    private static Optional<String> unit(ResourceId id) {
        if (GENERATED.contains(id.kind())) {
            return Optional.of(Quadlets.unit(id.name(), id.kind()).text());
        }
        return id.kind().equals("service") ? Optional.of(id.name()) : Optional.empty();
    }

    private static String remedy(Desired<?> a, Desired<?> b) {
        Desired<?> ofCatalogue = a.preset() != null ? a : b;
        if (ofCatalogue.preset() == null || ofCatalogue.preset().form() != Preset.Form.CONTAINER) {
            return ": rename one of them";
        }
        return ": keep one of them; as: service in " + ofCatalogue.preset() + " makes it a service, if it can be one";
    }

    private static String key(ResourceId id) {
        return (id.scope().isOwn() ? "" : "users." + id.scope().user() + ".") + id.kind() + "s." + id.name();
    }
}
