package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.ResourceId;
import java.util.List;
import java.util.Optional;

/**
 * What would be done now, in order of phase and dependency.
 *
 * @param hash of revision, differences and actions; {@code apply --plan} refuses when it is another by then
 * @param revision id of the declaration it leads to
 * @param troubles resources that cannot be planned, with the reason
 */
public record Plan(String hash, String revision, List<Item> items, List<Unplanned> troubles) {
    /**
     * One resource's part.
     *
     * @param held why its actions would not run by themselves (paused, needs approval, waits for another), empty otherwise
     */
    public record Item(
            ResourceId id,
            Origin origin,
            List<Difference> differences,
            List<Action> actions,
            List<ResourceId> requires,
            Optional<String> held) {}

    /** A resource that could not be looked at, or is not supported here. */
    public record Unplanned(ResourceId id, String reason) {}

    public boolean nothingToDo() {
        return items.isEmpty();
    }
}
