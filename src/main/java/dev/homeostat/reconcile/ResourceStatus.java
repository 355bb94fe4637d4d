package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How one resource stands, as of {@code seen}.
 *
 * @param reason a sentence: what was seen, what it waits for, what to do; of what is InSync only if there is something to say
 * @param since when it came into this condition
 * @param seen the last look
 * @param differences at the last look
 * @param pending actions that would be taken (blocked, paused) or are being taken
 * @param origin of the differences
 * @param place where it is declared
 * @param attempts failed attempts in a row
 * @param next when it is tried again, if it failed
 * @param layer what it is part of
 * @param advance how far the action is that is being taken, if it tells
 * @param looked false until it was looked at for the first time, since the daemon started or it was declared so: until then
 *     its condition is a guess
 * @param idle true where what it is for is not on this machine, so that there is nothing to keep
 */
public record ResourceStatus(
        ResourceId id,
        Condition condition,
        String reason,
        Instant since,
        Instant seen,
        List<Difference> differences,
        List<Action> pending,
        Optional<Origin> origin,
        Place place,
        int attempts,
        Optional<Instant> next,
        Layer layer,
        Optional<Advance> advance,
        boolean looked,
        boolean idle) {
    /** The same, of what there is nothing to keep for. */
    ResourceStatus idle(boolean nothingToKeep) {
        return with(advance, nothingToKeep);
    }

    /** @param newAdvance null if nothing is under way, or it does not tell */
    ResourceStatus with(Advance newAdvance) {
        return with(Optional.ofNullable(newAdvance), idle);
    }

    private ResourceStatus with(Optional<Advance> newAdvance, boolean nothingToKeep) {
        return new ResourceStatus(
                id,
                condition,
                reason,
                since,
                seen,
                differences,
                pending,
                origin,
                place,
                attempts,
                next,
                layer,
                newAdvance,
                looked,
                nothingToKeep);
    }
}
