package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Standings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import java.util.SortedMap;

/** The loop's answer. The keeper is asked for when it is needed: it is made after the kinds, which may ask. Thread-safe. */
@ApplicationScoped
class LiveStandings implements Standings {
    private final Instance<Keeper> keeper;

    LiveStandings(Instance<Keeper> keeper) {
        this.keeper = keeper;
    }

    @Override
    public SortedMap<ResourceId, String> amiss(ResourceId except) {
        return keeper.get().amiss(except);
    }
}
