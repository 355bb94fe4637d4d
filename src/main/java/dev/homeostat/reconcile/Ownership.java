package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which resources are recorded as made by us; the journal has the records. Thread-safe. */
@ApplicationScoped
public class Ownership {
    private final Set<ResourceId> ids = ConcurrentHashMap.newKeySet();

    boolean has(ResourceId id) {
        return ids.contains(id);
    }

    void add(ResourceId id) {
        ids.add(id);
    }

    void addAll(Collection<ResourceId> all) {
        ids.addAll(all);
    }

    void remove(ResourceId id) {
        ids.remove(id);
    }
}
