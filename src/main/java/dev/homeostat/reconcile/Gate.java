package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Whether a resource that is not as declared may be corrected now, and if not, why. Thread-safe. */
final class Gate {
    private final World world;
    private final Consents consents;
    private final Pauses pauses;
    private final Fights fights;
    private final InstantSource clock;
    private final Map<Layer, ChangeRun> changeRuns = new ConcurrentHashMap<>();

    /** @param fought told of each resource that somebody else keeps undoing, when it is given up for a while */
    Gate(World world, Consents consents, Pauses pauses, Consumer<ResourceId> fought, InstantSource clock) {
        this.world = world;
        this.consents = consents;
        this.pauses = pauses;
        this.fights = new Fights(world, fought);
        this.clock = clock;
    }

    /** @param run the change that is being made, or null */
    void run(Layer layer, ChangeRun run) {
        if (run == null) {
            changeRuns.remove(layer);
        } else {
            changeRuns.put(layer, run);
        }
    }

    /** The change that is being made, or null. */
    ChangeRun run(Layer layer) {
        return changeRuns.get(layer);
    }

    Fights fights() {
        return fights;
    }

    Consents consents() {
        return consents;
    }

    /**
     * Why it is left as it is.
     *
     * @param condition that it gets; null if what was said of it stays true
     * @param resting whether others that wait for this one may be told; false if it goes on by itself very soon
     * @param again when to look again if nothing happens; empty if something is sure to happen
     */
    record Held(Condition condition, String reason, boolean resting, Optional<Duration> again) {
        private static final Held SILENTLY = new Held(null, "", false, Optional.empty());

        /** Waits for a person, or for better times. */
        static Held until(Consents.Question question) {
            return new Held(
                    question.overdue() ? Condition.FAILED : Condition.BLOCKED,
                    question.reason(),
                    true,
                    question.again());
        }

        private static Held blocked(String reason) {
            return new Held(Condition.BLOCKED, reason, true, Optional.empty());
        }
    }

    /** Empty if it may be corrected. */
    Optional<Held> held(Desired<?> desired, List<Difference> differences, List<Action> actions) {
        ResourceId id = desired.id();
        if (!actions.isEmpty() && actions.stream().allMatch(a -> a.impact() == Impact.PROMISED)) {
            return isBackingOff(id, differences) ? Optional.of(Held.SILENTLY) : Optional.empty();
        }
        Policy policy = world.policy();
        Optional<Held> paused = paused(id, policy);
        if (paused.isPresent()) {
            return paused;
        }
        Optional<Held> waits = waits(desired);
        if (waits.isPresent()) {
            return waits;
        }
        ChangeRun run = run(desired.layer());
        if (run != null && run.tooEarly(id)) {
            return Optional.of(Held.SILENTLY); // taken up when the removals have settled
        }
        Optional<Consents.Question> question = unasked(desired, differences, actions);
        if (question.isPresent()) {
            return Optional.of(Held.until(question.get()));
        }
        Instant now = clock.instant();
        Optional<Duration> truce = fights.truce(id, policy, now);
        if (truce.isPresent()) {
            return Optional.of(new Held(Condition.BLOCKED, fought(id, policy, differences), true, truce));
        }
        return isBackingOff(id, differences) ? Optional.of(Held.SILENTLY) : Optional.empty();
    }

    /**
     * Why what was begun goes no further before it disrupts anything: it was paused since, or the time for it is over. Empty
     * if it may go on.
     *
     * @param left actions
     * @param approved whether a person let them be taken at any time
     */
    Optional<Held> stopped(Desired<?> desired, List<Action> left, boolean approved) {
        if (left.stream().noneMatch(a -> a.impact() != Impact.NONE && a.impact() != Impact.PROMISED)) {
            return Optional.empty();
        }
        Policy policy = world.policy();
        Optional<Held> paused = paused(desired.id(), policy);
        if (paused.isPresent() || approved || left.stream().noneMatch(a -> a.impact() == Impact.DISRUPTIVE)) {
            return paused;
        }
        return consents.interrupted(policy);
    }

    private Optional<Held> paused(ResourceId id, Policy policy) {
        return pauses.of(id, policy).map(pause -> {
            Optional<Duration> left = pause.until().map(until -> Duration.between(clock.instant(), until));
            return new Held(Condition.PAUSED, pause.describe(), true, left);
        });
    }

    private boolean isBackingOff(ResourceId id, List<Difference> differences) {
        Instant now = clock.instant();
        return world.with(id, t -> t.next != null && t.failedAt.equals(differences) && now.isBefore(t.next))
                .orElse(true);
    }

    /** What it needs and is not right yet; empty if nothing. */
    Optional<Held> waits(Desired<?> desired) {
        return world.waitsFor(desired.id()).map(first -> after(desired, first));
    }

    /** The question to a person that has to be answered before these actions are taken; empty if none has. */
    Optional<Consents.Question> unasked(Desired<?> desired, List<Difference> differences, List<Action> actions) {
        return consents.held(desired, differences, actions, world.policy(), clock.instant());
    }

    private static Held after(Desired<?> desired, ResourceStatus first) {
        if (desired.retired()) {
            return Held.blocked("is removed after " + first.id());
        }
        Condition condition = first.condition();
        // it comes to rest after that one, and then this is taken up again
        boolean soon = condition == Condition.DRIFTED || condition == Condition.CONVERGING;
        return new Held(
                Condition.BLOCKED,
                "waits for " + first.id() + ", which is " + condition.label(),
                !soon,
                Optional.empty());
    }

    private String fought(ResourceId id, Policy policy, List<Difference> differences) {
        Optional<String> rival = world.with(id, t -> t.rival).map(r -> ", last " + r);
        return "was corrected " + policy.fights().corrections() + " times within "
                + Durations.format(policy.fights().within()) + " and did not stay so (" + Words.summary(differences)
                + "): somebody undoes it" + rival.orElse("")
                + ", or it ends by itself; tried again after a pause, or when you say so: homeostat apply --only " + id;
    }
}
