package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Rival;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** What is remembered of one resource between looks. Guarded by {@link World}'s lock. */
final class Tracked {
    final Desired<?> desired;
    /** Why a difference would be there: a change until it was in sync once with this spec, then drift. */
    Origin origin;

    ResourceStatus status;
    int attempts;
    /** Nothing is done before; null if nothing failed. */
    Instant next;
    /** What was noticed when it left InSync and went on its way back without us; null if that is not so. */
    Excursion excursion;

    /** @param nanos when it was noticed, by {@link System#nanoTime} */
    record Excursion(String cause, List<Difference> differences, long nanos) {}

    /** When drift was corrected lately: too often is a fight. */
    final Deque<Instant> corrections = new ArrayDeque<>();

    /** Fights in a row, and until when it is left alone because of the last; null if there was none. */
    int fights;

    Instant truce;

    /** Who moved it last; null if that is not known. */
    Rival rival;

    /** Why it failed last, until it is in sync; empty if it did not. */
    String failure = "";

    /** Differences when it last failed: others are taken up at once. */
    List<Difference> failedAt = List.of();

    Tracked(Desired<?> desired, Origin origin, Instant now) {
        this.desired = desired;
        this.origin = origin;
        this.status = new ResourceStatus(
                desired.id(),
                Condition.DRIFTED,
                "not looked at yet",
                now,
                now,
                List.of(),
                List.of(),
                Optional.of(origin),
                desired.place(),
                0,
                Optional.empty(),
                desired.layer(),
                Optional.empty(),
                false,
                false);
    }

    /** Moves all times that are compared with the clock. */
    void shift(Duration by) {
        next = next == null ? null : next.plus(by);
        truce = truce == null ? null : truce.plus(by);
        List<Instant> moved = corrections.stream().map(at -> at.plus(by)).toList();
        corrections.clear();
        corrections.addAll(moved);
    }

    /** @return whether the condition is another than before */
    boolean settle(
            Condition condition, String reason, List<Difference> differences, List<Action> pending, Instant now) {
        boolean moved = status.condition() != condition;
        status = new ResourceStatus(
                desired.id(),
                condition,
                reason,
                moved ? now : status.since(),
                now,
                differences,
                pending,
                differences.isEmpty() ? Optional.empty() : Optional.of(origin),
                desired.place(),
                attempts,
                Optional.ofNullable(next),
                desired.layer(),
                Optional.empty(),
                true,
                false);
        return moved;
    }

    /** @return whether the condition is another than before */
    boolean settleInSync(Assessment look, Instant now) {
        boolean moved = settle(Condition.IN_SYNC, look.note(), List.of(), List.of(), now);
        status = status.idle(look.idle());
        return moved;
    }
}
