package dev.homeostat.reconcile;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.Policy;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** All resources of the declaration in force and those being retired, with how they stand. Thread-safe. */
final class World {
    private final Object lock = new Object();
    private TreeMap<ResourceId, Tracked> tracked = new TreeMap<>();
    private Dependencies dependencies = new Dependencies(List.of());
    private Declaration declaration;

    /**
     * Takes a declaration in force.
     *
     * @param retired what was ours and is not in it
     * @param origin of resources that are new or other than before
     * @return ids of those, and of the newly retired
     */
    Set<ResourceId> replace(
            Declaration next, Collection<Desired<?>> retired, Function<ResourceId, Origin> origin, Instant now) {
        synchronized (lock) {
            Set<ResourceId> moved = new TreeSet<>();
            TreeMap<ResourceId, Tracked> all = new TreeMap<>();
            List<Desired<?>> wanted = new ArrayList<>(next.resources().values());
            wanted.addAll(retired);
            for (Desired<?> d : wanted) {
                Tracked before = tracked.get(d.id());
                if (before != null && before.desired.equals(d)) {
                    all.put(d.id(), before);
                    continue;
                }
                boolean same =
                        before != null && !d.retired() && before.desired.spec().equals(d.spec());
                Tracked t =
                        new Tracked(d, same ? before.origin : d.retired() ? Origin.REMOVAL : origin.apply(d.id()), now);
                if (same) { // written elsewhere in the file, or with other needs
                    t.status = before.status;
                    t.attempts = before.attempts;
                    t.next = before.next;
                    t.failure = before.failure;
                } else {
                    moved.add(d.id());
                }
                all.put(d.id(), t);
            }
            tracked = all;
            declaration = next;
            dependencies =
                    new Dependencies(all.values().stream().map(t -> t.desired).toList());
            return moved;
        }
    }

    Optional<Declaration> declaration() {
        synchronized (lock) {
            return Optional.ofNullable(declaration);
        }
    }

    Policy policy() {
        return declaration().map(Declaration::policy).orElse(Policy.DEFAULT);
    }

    String revision() {
        return declaration().map(Declaration::revision).orElse("");
    }

    List<Desired<?>> desired() {
        synchronized (lock) {
            List<Desired<?>> all = new ArrayList<>(tracked.size());
            tracked.values().forEach(t -> all.add(t.desired));
            return all;
        }
    }

    /** Acts on one resource under the lock; empty if it is not there. */
    <T> Optional<T> with(ResourceId id, Function<Tracked, T> act) {
        synchronized (lock) {
            return Optional.ofNullable(tracked.get(id)).map(act);
        }
    }

    /** The clock was set: what waits goes on waiting as long as it was meant to. */
    void shift(Duration by) {
        synchronized (lock) {
            tracked.values().forEach(t -> t.shift(by));
        }
    }

    List<ResourceStatus> statuses() {
        synchronized (lock) {
            return tracked.values().stream().map(t -> t.status).toList();
        }
    }

    static Map<Condition, Long> count(List<ResourceStatus> statuses) {
        Map<Condition, Long> counts = new EnumMap<>(Condition.class);
        for (Condition c : Condition.values()) {
            counts.put(c, 0L);
        }
        statuses.forEach(s -> counts.merge(s.condition(), 1L, Long::sum));
        return counts;
    }

    /** A retired resource is gone: nothing is left to be kept. */
    void remove(ResourceId id) {
        synchronized (lock) {
            tracked.remove(id);
        }
    }

    Set<ResourceId> needs(ResourceId id) {
        synchronized (lock) {
            return dependencies.needs(id);
        }
    }

    Set<ResourceId> neededBy(ResourceId id) {
        synchronized (lock) {
            return dependencies.neededBy(id);
        }
    }

    /** What needs it, and what needs that, and so on. */
    Set<ResourceId> dependents(ResourceId id) {
        synchronized (lock) {
            Set<ResourceId> all = new TreeSet<>();
            Deque<ResourceId> left = new ArrayDeque<>(dependencies.neededBy(id));
            while (!left.isEmpty()) {
                ResourceId next = left.pop();
                if (all.add(next)) {
                    left.addAll(dependencies.neededBy(next));
                }
            }
            return all;
        }
    }

    /** What it is part of; of what is not there, the machine. */
    Layer layer(ResourceId id) {
        return with(id, t -> t.desired.layer()).orElse(Layer.MACHINE);
    }

    List<ResourceId> order() {
        synchronized (lock) {
            return dependencies.order().stream().filter(tracked::containsKey).toList();
        }
    }

    /**
     * What has to be right first, if it is not: for a retired resource, that those needing it are gone; for any other, that
     * what it needs is in sync.
     */
    Optional<ResourceStatus> waitsFor(ResourceId id) {
        synchronized (lock) {
            Tracked t = tracked.get(id);
            if (t == null) {
                return Optional.empty();
            }
            Set<ResourceId> before = t.desired.retired() ? dependencies.neededBy(id) : dependencies.needs(id);
            for (ResourceId other : before) {
                Tracked o = tracked.get(other);
                if (o != null && o.desired.retired() == t.desired.retired() && !right(o, t.desired.retired())) {
                    return Optional.of(o.status);
                }
            }
            return Optional.empty();
        }
    }

    private static boolean right(Tracked t, boolean shouldBeGone) {
        if (shouldBeGone) {
            return false;
        }
        return t.status.condition() == Condition.IN_SYNC
                || t.status.condition() == Condition.PAUSED
                        && t.status.differences().isEmpty();
    }
}
