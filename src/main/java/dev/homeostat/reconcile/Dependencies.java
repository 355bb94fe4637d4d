package dev.homeostat.reconcile;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Who needs whom among a set of resources. Immutable. */
final class Dependencies {
    private final Map<ResourceId, Set<ResourceId>> needs = new HashMap<>();
    private final Map<ResourceId, Set<ResourceId>> neededBy = new HashMap<>();

    Dependencies(Collection<? extends Desired<?>> resources) {
        Set<ResourceId> there = new TreeSet<>();
        resources.forEach(d -> there.add(d.id()));
        for (Desired<?> d : resources) {
            Set<ResourceId> needed = new TreeSet<>();
            for (ResourceId id : d.requires()) {
                if (there.contains(id) && !id.equals(d.id())) {
                    needed.add(id);
                    neededBy.computeIfAbsent(id, i -> new TreeSet<>()).add(d.id());
                }
            }
            needs.put(d.id(), needed);
        }
    }

    Set<ResourceId> needs(ResourceId id) {
        return needs.getOrDefault(id, Set.of());
    }

    Set<ResourceId> neededBy(ResourceId id) {
        return neededBy.getOrDefault(id, Set.of());
    }

    /** All, each after what it needs; the order of ids otherwise. */
    List<ResourceId> order() {
        Set<ResourceId> order = new LinkedHashSet<>();
        new TreeSet<>(needs.keySet()).forEach(id -> place(id, order, new LinkedHashSet<>(), null));
        return List.copyOf(order);
    }

    /** Every circle of needs, as a problem. */
    static List<Problem> circles(Collection<? extends Desired<?>> resources) {
        Dependencies dependencies = new Dependencies(resources);
        Map<ResourceId, Desired<?>> byId = new HashMap<>();
        resources.forEach(d -> byId.put(d.id(), d));
        List<List<ResourceId>> circles = new ArrayList<>();
        Set<ResourceId> order = new LinkedHashSet<>();
        new TreeSet<>(dependencies.needs.keySet())
                .forEach(id -> dependencies.place(id, order, new LinkedHashSet<>(), circles));
        return circles.stream()
                .map(circle -> new Problem(
                        byId.get(circle.getFirst()).place(),
                        "",
                        circle.getFirst() + " needs itself: "
                                + String.join(
                                        " -> ",
                                        circle.stream()
                                                .map(ResourceId::toString)
                                                .toList())))
                .toList();
    }

    private void place(ResourceId id, Set<ResourceId> order, Set<ResourceId> path, List<List<ResourceId>> circles) {
        if (order.contains(id)) {
            return;
        }
        if (!path.add(id)) {
            if (circles != null) {
                List<ResourceId> circle = new ArrayList<>(path);
                circle = new ArrayList<>(circle.subList(circle.indexOf(id), circle.size()));
                circle.add(id);
                circles.add(circle);
            }
            return;
        }
        needs(id).forEach(needed -> place(needed, order, path, circles));
        path.remove(id);
        order.add(id);
    }
}
