package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which resources are recorded as made by us; the journal has the records. Thread-safe. */
@ApplicationScoped
public class Ownership {
    private final Set<ResourceId> ids = ConcurrentHashMap.newKeySet();
    /** What this daemon has recorded by itself: the same need not be written again. */
    private final Map<ResourceId, Object> recorded = new ConcurrentHashMap<>();

    boolean has(ResourceId id) {
        return ids.contains(id);
    }

    void add(ResourceId id) {
        ids.add(id);
    }

    /** @param record how it is to be left, as the journal has it */
    void recorded(ResourceId id, Object record) {
        recorded.put(id, record);
    }

    boolean isRecorded(ResourceId id, Object record) {
        return record.equals(recorded.get(id));
    }

    void addAll(Collection<ResourceId> all) {
        ids.addAll(all);
    }

    void remove(ResourceId id) {
        ids.remove(id);
        recorded.remove(id);
    }
}
