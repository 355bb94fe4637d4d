package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Layer;
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
     * @param layer what it is part of
     */
    public record Item(
            ResourceId id,
            Origin origin,
            List<Difference> differences,
            List<Action> actions,
            List<ResourceId> requires,
            Optional<String> held,
            Layer layer) {}

    /**
     * A resource that could not be looked at, or is not supported here.
     *
     * @param layer what it is part of
     */
    public record Unplanned(ResourceId id, String reason, Layer layer) {}

    /** What would be done in one layer, in the same order. */
    public List<Item> items(Layer layer) {
        return items.stream().filter(item -> item.layer() == layer).toList();
    }

    /** What cannot be planned of one layer. */
    public List<Unplanned> troubles(Layer layer) {
        return troubles.stream().filter(trouble -> trouble.layer() == layer).toList();
    }

    /** In no layer. */
    public boolean nothingToDo() {
        return items.isEmpty();
    }

    /** Whether the machine is as declared, whatever there is to do on top of it. */
    public boolean machineIsRight() {
        return items(Layer.MACHINE).isEmpty();
    }
}
