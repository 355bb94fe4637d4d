package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One resource as it should be.
 *
 * @param requires what has to be in sync first; ids that are not declared are looked through
 * @param place where the declaration says so
 * @param retired true when it has left the declaration and {@code spec} says how to leave the machine
 * @param ours true when it is recorded as made by us, whatever became of it since: nobody else's is taken over by mistake
 * @param preset the entry of the catalogue that it comes from; null if it is written out
 * @param layer what it is part of
 */
public record Desired<S extends Spec>(
        ResourceId id,
        S spec,
        Set<ResourceId> requires,
        Place place,
        boolean retired,
        boolean ours,
        Preset preset,
        Layer layer) {
    public Desired {
        requireNonNull(layer, "layer is null");
        requireNonNull(id, "id is null");
        requireNonNull(spec, "spec is null");
        requireNonNull(place, "place is null");
        requires = Set.copyOf(requires);
    }

    public Desired(ResourceId id, S spec, Set<ResourceId> requires, Place place) {
        this(id, spec, requires, place, false, false);
    }

    public Desired(ResourceId id, S spec, Set<ResourceId> requires, Place place, boolean retired) {
        this(id, spec, requires, place, retired, false);
    }

    public Desired(ResourceId id, S spec, Set<ResourceId> requires, Place place, boolean retired, boolean ours) {
        this(id, spec, requires, place, retired, ours, null, Layer.MACHINE);
    }

    /** The ports of this machine that it listens on when it is as declared, also if its spec does not know them. */
    public List<HostPort> listens() {
        if (retired) {
            return List.of();
        }
        List<HostPort> own = spec instanceof Listens listening ? listening.listens() : List.of();
        // of a container its spec says the same
        return preset == null || preset.form() == Preset.Form.CONTAINER
                ? own
                : Stream.concat(own.stream(), preset.ports().stream())
                        .distinct()
                        .toList();
    }

    /** The same, as what an entry of the catalogue stands for, and with more that comes first. */
    public Desired<S> of(Preset from, Set<ResourceId> alsoRequires) {
        Set<ResourceId> all = new HashSet<>(requires);
        all.addAll(alsoRequires);
        all.remove(id);
        return new Desired<>(id, spec, all, place, retired, ours, from, layer);
    }

    /** The same, as part of another layer, and with more that comes first. */
    public Desired<S> in(Layer other, Set<ResourceId> alsoRequires) {
        Set<ResourceId> all = new HashSet<>(requires);
        all.addAll(alsoRequires);
        all.remove(id);
        return new Desired<>(id, spec, all, place, retired, ours, preset, other);
    }
}
