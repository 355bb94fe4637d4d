package dev.homeostat.reconcile;

import dev.homeostat.resource.Condition;
import dev.homeostat.resource.ResourceId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The run that a new revision causes: what left the declaration is removed first, then the rest follows. It ends when every
 * resource it is about has settled. Thread-safe.
 */
final class ChangeRun {
    final long id;
    private final Set<ResourceId> removals = new HashSet<>();
    private final Set<ResourceId> rest = new HashSet<>();
    private final Map<ResourceId, Condition> settled = new HashMap<>();

    ChangeRun(long id, Set<ResourceId> removals, Set<ResourceId> rest) {
        this.id = id;
        this.removals.addAll(removals);
        this.rest.addAll(rest);
    }

    synchronized boolean about(ResourceId resource) {
        return removals.contains(resource) || rest.contains(resource);
    }

    /** Whether it has to wait until the removals have settled. */
    synchronized boolean tooEarly(ResourceId resource) {
        return rest.contains(resource) && !settled.keySet().containsAll(removals);
    }

    /** @return what may be taken up now because of this */
    synchronized List<ResourceId> settle(ResourceId resource, Condition condition) {
        boolean wasEarly = !settled.keySet().containsAll(removals);
        if (about(resource)) {
            settled.put(resource, condition);
        }
        boolean isEarly = !settled.keySet().containsAll(removals);
        return wasEarly && !isEarly ? List.copyOf(rest) : List.of();
    }

    /** It is being worked on again. */
    synchronized void unsettle(ResourceId resource) {
        settled.remove(resource);
    }

    synchronized boolean ended() {
        return settled.keySet().containsAll(removals) && settled.keySet().containsAll(rest);
    }

    synchronized String outcome() {
        if (settled.containsValue(Condition.FAILED)) {
            return "failed";
        }
        return settled.containsValue(Condition.BLOCKED) ? "blocked" : "succeeded";
    }
}
