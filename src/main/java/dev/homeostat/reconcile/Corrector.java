package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import dev.homeostat.reconcile.Kinds.Look;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * One resource: look, compare, correct, look again. Nothing counts as done before the last look shows no difference.
 * Thread-safe; the work queue sees to it that no resource is worked on twice at once.
 */
final class Corrector {
    private static final Logger LOG = Logger.getLogger(Corrector.class);

    /** What comes to light only after the first actions (a written unit, then not running) is done in further rounds. */
    private static final int ROUNDS_LIMIT = 4;
    /** Before the next try when somebody was seen to undo a correction at once: long enough not to be a loop. */
    private static final Duration UNDONE_LOOK = Duration.ofMillis(50);
    /** The machine is on its way and an event will tell; this is for when the event is lost. */
    private static final Duration CONVERGING_LOOK = Duration.ofSeconds(2);

    private final World world;
    private final Kinds kinds;
    private final Journal journal;
    private final Gate gate;
    private final Events events;
    private final Advances advances;
    private final List<RunListener> listeners;
    private final InstantSource clock;
    private final BiConsumer<ResourceId, Duration> later;
    private final BiConsumer<ResourceId, Duration> atLatest;
    private final Settled settled;
    private final Ownership ownership;

    /** Told when a resource has come to rest: its dependents may go on. */
    interface Settled {
        void settled(ResourceId id, Condition condition, boolean moved);
    }

    Corrector(
            World world,
            Kinds kinds,
            Journal journal,
            Ownership ownership,
            Gate gate,
            Events events,
            List<RunListener> listeners,
            InstantSource clock,
            BiConsumer<ResourceId, Duration> later,
            BiConsumer<ResourceId, Duration> atLatest,
            Settled settled) {
        this.world = world;
        this.kinds = kinds;
        this.journal = journal;
        this.ownership = ownership;
        this.gate = gate;
        this.events = events;
        this.advances = new Advances(world, events);
        this.listeners = listeners;
        this.clock = clock;
        this.later = later;
        this.atLatest = atLatest;
        this.settled = settled;
    }

    void run(Layer layer, ChangeRun run) {
        gate.run(layer, run);
    }

    /** Never throws: a bug in a kind is logged and becomes the resource's condition. */
    void work(WorkQueue.Item item) {
        Optional<Desired<?>> desired = world.with(item.id(), t -> t.desired);
        if (desired.isEmpty()) {
            return;
        }
        try {
            work(desired.get(), item);
        } catch (RuntimeException e) {
            LOG.errorf(e, "bug: %s could not be worked on", item.id());
            fail(desired.get(), List.of(), List.of(), Trouble.passing("a bug in Homeostat: " + e));
        }
    }

    private void work(Desired<?> desired, WorkQueue.Item item) {
        Look look = look(desired);
        noteChange(desired, look);
        Optional<Assessment> toDo = settleUnlessToDo(desired, look);
        if (look.assessment() != null && !look.inSync()) {
            noteExcursion(desired, look, toDo.isEmpty(), item);
        }
        if (toDo.isPresent() && mayAct(desired, toDo.get())) {
            correct(desired, look, toDo.get(), item);
        }
    }

    /** A new commit is as much the owner's will as an edit of the declaration. */
    private void noteChange(Desired<?> desired, Look look) {
        if (look.assessment() != null && look.assessment().changed()) {
            world.with(desired.id(), t -> {
                t.origin = t.origin == Origin.DRIFT ? Origin.CHANGE : t.origin;
                return t;
            });
        }
    }

    /**
     * What is to be removed after others is looked at when they are gone: a folder that was looked at before is not known
     * to be somebody else's for what was in it then.
     */
    private Look look(Desired<?> desired) {
        boolean early = desired.retired() && world.waitsFor(desired.id()).isPresent();
        Look look = kinds.look(desired);
        return early && world.waitsFor(desired.id()).isEmpty() ? kinds.look(desired) : look;
    }

    /** Differences and the actions against them. */
    private record Assessment(List<Difference> differences, List<Action> actions) {}

    /** What one look says without acting; empty if the resource is settled by it. */
    private Optional<Assessment> settleUnlessToDo(Desired<?> desired, Look look) {
        if (look.unsupported() != null) {
            settle(desired, Condition.UNSUPPORTED, look.unsupported(), List.of(), List.of());
            return Optional.empty();
        }
        if (look.trouble() != null) {
            Optional<Gate.Held> first = desired.retired() ? Optional.empty() : gate.waits(desired);
            if (first.isPresent()) { // what it needs is not right, so no wonder
                hold(desired, first.get(), new Assessment(List.of(), List.of()));
            } else {
                fail(desired, List.of(), List.of(), look.trouble());
            }
            return Optional.empty();
        }
        if (look.inSync()) {
            Optional<ResourceStatus> first = desired.retired() ? world.waitsFor(desired.id()) : Optional.empty();
            if (first.isPresent()) { // a folder is not empty before what was in it is gone
                settle(
                        desired,
                        Condition.BLOCKED,
                        "is removed after " + first.get().id(),
                        List.of(),
                        List.of());
            } else {
                inSync(desired, look);
            }
            return Optional.empty();
        }
        List<Difference> differences = look.assessment().differences();
        List<Action> actions = look.assessment().actions();
        String waits = look.assessment().waits();
        if (!waits.isEmpty()) {
            settle(desired, Condition.BLOCKED, waits, differences, actions);
            atLatest.accept(desired.id(), CONVERGING_LOOK);
            return Optional.empty();
        }
        if (look.assessment().converging() || actions.isEmpty()) {
            String failure = world.with(desired.id(), t -> t.failure).orElse("");
            String last = failure.isEmpty() ? "" : "; the last attempt failed: " + failure;
            settle(desired, Condition.CONVERGING, Words.summary(differences) + last, differences, actions);
            atLatest.accept(desired.id(), CONVERGING_LOOK);
            return Optional.empty();
        }
        return Optional.of(new Assessment(differences, actions));
    }

    /** It was in sync, is not, and somebody else (systemd, podman) is bringing it back: that is history too. */
    private void noteExcursion(Desired<?> desired, Look look, boolean withoutUs, WorkQueue.Item item) {
        world.with(desired.id(), t -> {
            if (!withoutUs) {
                t.excursion = null;
            } else if (t.excursion == null && t.origin == Origin.DRIFT) {
                t.excursion =
                        new Tracked.Excursion(item.cause(), look.assessment().differences(), item.noticedNanos());
            }
            return t;
        });
    }

    private void tellReturn(Desired<?> desired, Tracked.Excursion excursion) {
        ResourceId id = desired.id();
        Duration took = Duration.ofNanos(System.nanoTime() - excursion.nanos());
        long run = journal.begin("drift", id + ": " + excursion.cause(), world.revision(), clock.instant());
        journal.intend(new Journal.Intent(
                run,
                id,
                Origin.DRIFT,
                excursion.cause(),
                Words.shortened(excursion.differences()),
                List.of(),
                Optional.empty()));
        journal.end(run, "returned", clock.instant());
        listeners.forEach(l -> l.converged(id, Origin.DRIFT, took));
        String what = Words.summary(excursion.differences()) + "; back without us " + Words.millis(took) + " later";
        whoMoved(desired, excursion.cause(), what, run);
    }

    /** The look of a full pass: what is in sync is noted, the rest is for the queue. */
    boolean noteInSync(Desired<?> desired, Look look) {
        if (!look.inSync() || desired.retired()) {
            return false;
        }
        inSync(desired, look);
        return true;
    }

    private boolean mayAct(Desired<?> desired, Assessment toDo) {
        Optional<Gate.Held> held = gate.held(desired, toDo.differences, toDo.actions);
        held.ifPresent(h -> hold(desired, h, toDo));
        return held.isEmpty();
    }

    private void hold(Desired<?> desired, Gate.Held held, Assessment toDo) {
        if (held.condition() != null) {
            if (held.resting()) {
                settle(desired, held.condition(), held.reason(), toDo.differences, toDo.actions);
            } else {
                world.with(
                        desired.id(),
                        t -> t.settle(
                                held.condition(), held.reason(), toDo.differences, toDo.actions, clock.instant()));
            }
        }
        held.again().ifPresent(pause -> atLatest.accept(desired.id(), pause));
    }

    // ---- correct

    private void correct(Desired<?> desired, Look look, Assessment toDo, WorkQueue.Item item) {
        ResourceId id = desired.id();
        Origin origin = world.with(id, t -> t.origin).orElse(Origin.DRIFT);
        ChangeRun change = gate.run(desired.layer());
        boolean own = change == null || !change.about(id);
        long run = own
                ? journal.begin(origin.label(), id + ": " + item.cause(), world.revision(), clock.instant())
                : change.id;
        if (!own) {
            change.unsettle(id);
        }
        String outcome = "failed";
        try {
            outcome = rounds(desired, look, toDo, item, origin, run) ? "succeeded" : "failed";
        } finally {
            if (own) {
                journal.end(run, outcome, clock.instant());
            }
        }
    }

    /** @return whether every action that was taken succeeded */
    private boolean rounds(
            Desired<?> desired, Look look, Assessment toDo, WorkQueue.Item item, Origin origin, long run) {
        ResourceId id = desired.id();
        List<Action> done = new ArrayList<>();
        for (int round = 0; round < ROUNDS_LIMIT; round++) {
            settle(desired, Condition.CONVERGING, underWay(toDo, 0), toDo.differences, toDo.actions);
            Optional<Kinds.Record> record = kinds.toRecord(desired, look.observation());
            journal.intend(new Journal.Intent(
                    run,
                    id,
                    origin,
                    item.cause(),
                    Words.shortened(toDo.differences),
                    toDo.actions,
                    record.map(Kinds.Record::owned)));
            record.ifPresent(r -> {
                ownership.add(id);
                if (journal.trouble().isEmpty()) { // else it is recorded the next time
                    ownership.recorded(id, r);
                }
            });
            boolean approved = gate.consents().isApproved(desired, toDo.actions, toDo.differences);
            if (!gate.consents().use(desired, toDo.actions, toDo.differences)) {
                fail(
                        desired,
                        toDo.differences,
                        toDo.actions,
                        Trouble.passing("approved, but the journal cannot be written ("
                                + journal.trouble().orElse("") + "), so that the approval would count again"));
                return false;
            }
            Instant acted = clock.instant();
            boolean disrupted = false;
            for (int step = 0; step < toDo.actions.size(); step++) {
                Action action = toDo.actions.get(step);
                if (!isStillDesired(desired)) {
                    return true; // it is queued as what it is to be now
                }
                if (step > 0) {
                    // a build takes hours; what was begun to be disrupted is better ended than left half done
                    Optional<Gate.Held> stopped = disrupted
                            ? Optional.empty()
                            : gate.stopped(desired, toDo.actions.subList(step, toDo.actions.size()), approved);
                    if (stopped.isPresent()) {
                        hold(desired, stopped.get(), toDo);
                        return true;
                    }
                    settle(desired, Condition.CONVERGING, underWay(toDo, step), toDo.differences, toDo.actions);
                }
                Optional<Trouble> trouble = perform(desired, action, run);
                if (trouble.isPresent()) {
                    fail(desired, toDo.differences, toDo.actions, trouble.get());
                    return false;
                }
                done.add(action);
                disrupted |= action.impact() != Impact.NONE;
            }
            Look after = kinds.look(desired);
            if (after.inSync()) {
                Duration took = Duration.ofNanos(System.nanoTime() - item.noticedNanos());
                told(desired, origin, item.cause(), done, took, run);
                if (origin == Origin.DRIFT) {
                    gate.fights().corrected(id, clock.instant());
                }
                inSync(desired, after);
                return true;
            }
            Optional<Assessment> next = settleUnlessToDo(desired, after);
            if (next.isEmpty()) {
                return after.trouble() == null;
            }
            if (next.get().equals(toDo)) {
                undone(desired, toDo, origin, acted, run);
                return false;
            }
            look = after;
            toDo = next.get();
            // a removal that was approved goes on to its end; any other action that comes to light is a question of its
            // own
            Optional<Consents.Question> question =
                    desired.retired() ? Optional.empty() : gate.unasked(desired, toDo.differences, toDo.actions);
            if (question.isPresent()) {
                hold(desired, Gate.Held.until(question.get()), toDo);
                return true;
            }
        }
        fail(
                desired,
                toDo.differences,
                toDo.actions,
                Trouble.passing(
                        "still not as declared after " + ROUNDS_LIMIT + " rounds: " + Words.summary(toDo.differences)));
        return false;
    }

    private static String underWay(Assessment toDo, int step) {
        int all = toDo.actions.size();
        return (all > 1 ? "step " + (step + 1) + " of " + all + ": " : "")
                + toDo.actions.get(step).summary();
    }

    /** Again as before: somebody was quicker than our look, or the actions do not help. */
    private void undone(Desired<?> desired, Assessment toDo, Origin origin, Instant acted, long run) {
        ResourceId id = desired.id();
        Optional<Rival> rival = origin == Origin.DRIFT ? rival(desired) : Optional.empty();
        rival.ifPresent(r -> noteRival(id, r, run));
        if (origin == Origin.DRIFT) {
            gate.fights().corrected(id, acted);
        }
        String what = "still not as declared after \"" + Words.summary(toDo.actions) + "\": "
                + Words.summary(toDo.differences);
        boolean seen = rival.filter(r ->
                        r.pid().isPresent() && r.at().filter(acted::isBefore).isPresent())
                .isPresent();
        if (seen) { // a correction like any other that does not last: the fight decides when it is enough
            settle(desired, Condition.DRIFTED, what + ", " + rival.get(), toDo.differences, toDo.actions);
            later.accept(id, UNDONE_LOOK);
        } else {
            fail(
                    desired,
                    toDo.differences,
                    toDo.actions,
                    Trouble.passing(what + rival.map(r -> ", last " + r).orElse("")));
        }
    }

    private Optional<Trouble> perform(Desired<?> desired, Action action, long run) {
        long start = System.nanoTime();
        journal.stepStarted(run, action, clock.instant());
        Trouble trouble = null;
        try (Advances.Telling telling = advances.of(desired.id())) {
            kinds.perform(desired, action, telling);
        } catch (Trouble t) {
            trouble = t;
        } catch (RuntimeException e) {
            LOG.errorf(e, "bug: %s of %s failed", action.verb(), desired.id());
            trouble = Trouble.passing("a bug in Homeostat: " + e);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        String outcome = trouble == null ? "done" : "failed";
        journal.stepEnded(run, action, outcome, trouble == null ? "" : trouble.sentence(), took);
        listeners.forEach(l -> l.stepEnded(action, outcome, took));
        events.tell(
                "step",
                desired.id(),
                action.summary()
                        + (trouble == null ? " (" + Words.millis(took) + ")" : " failed: " + trouble.sentence()));
        return Optional.ofNullable(trouble);
    }

    private void told(Desired<?> desired, Origin origin, String cause, List<Action> done, Duration took, long run) {
        ResourceId id = desired.id();
        listeners.forEach(l -> l.converged(id, origin, took));
        String what = Words.summary(done) + "; in sync " + Words.millis(took) + " later";
        if (origin == Origin.DRIFT) {
            whoMoved(desired, cause, what, run);
        } else {
            events.tell(origin.label(), id, what + " (" + cause + ")");
            LOG.infof("%s: %s (%s): %s", id, origin.label(), cause, what);
        }
    }

    /** Drift is told with whoever caused it, aside: finding that out must not delay what is next. */
    private void whoMoved(Desired<?> desired, String cause, String what, long run) {
        ResourceId id = desired.id();
        Thread.ofVirtual().name("rival").start(() -> {
            Optional<Rival> rival = rival(desired);
            rival.ifPresentOrElse(r -> noteRival(id, r, run), () -> forgetRival(id));
            String text = rival.map(r -> r + " (" + cause + ")").orElse(cause) + ": " + what;
            events.tell("drift", id, text);
            LOG.infof("%s: drift: %s", id, text);
        });
    }

    private void noteRival(ResourceId id, Rival rival, long run) {
        world.with(id, t -> t.rival = rival);
        journal.rival(run, id, rival);
    }

    /** Who was seen a while ago is not told to be who does it now. */
    private void forgetRival(ResourceId id) {
        Instant old = clock.instant().minus(world.policy().fights().within());
        world.with(id, t -> {
            if (t.rival != null && t.rival.at().filter(old::isBefore).isEmpty()) {
                t.rival = null;
            }
            return t;
        });
    }

    private Optional<Rival> rival(Desired<?> desired) {
        try {
            return kinds.rival(desired);
        } catch (RuntimeException e) {
            LOG.errorf(e, "bug: who moved %s could not be found out", desired.id());
            return Optional.empty();
        }
    }

    // ---- settle

    /** Another declaration may have come in force meanwhile: then this is about a resource that is no more, and is dropped. */
    private boolean isStillDesired(Desired<?> desired) {
        return world.with(desired.id(), t -> t.desired.equals(desired)).orElse(false);
    }

    private void inSync(Desired<?> desired, Look look) {
        if (!isStillDesired(desired)) {
            return;
        }
        ResourceId id = desired.id();
        gate.consents().withdraw(id);
        world.with(id, t -> {
                    Tracked.Excursion e = t.excursion;
                    t.excursion = null;
                    return e;
                })
                .ifPresent(e -> tellReturn(desired, e));
        boolean moved = world.with(id, t -> {
                    t.attempts = 0;
                    t.next = null;
                    t.failedAt = List.of();
                    t.failure = "";
                    boolean m = t.settleInSync(look.assessment(), clock.instant());
                    if (t.origin == Origin.CHANGE) {
                        t.origin = Origin.DRIFT;
                    }
                    return m;
                })
                .orElse(false);
        if (desired.retired()) {
            journal.disown(id);
            ownership.remove(id);
            world.remove(id);
            LOG.infof("%s: no longer declared, and gone", id);
        }
        rest(id, Condition.IN_SYNC, look.assessment().note(), moved);
    }

    private void settle(
            Desired<?> desired,
            Condition condition,
            String reason,
            List<Difference> differences,
            List<Action> pending) {
        if (!isStillDesired(desired)) {
            return;
        }
        boolean moved = world.with(
                        desired.id(), t -> t.settle(condition, reason, differences, pending, clock.instant()))
                .orElse(false);
        if (condition == Condition.CONVERGING) {
            if (moved) {
                events.tell("condition", desired.id(), "Converging: " + reason);
            }
            return;
        }
        if (moved && condition == Condition.FAILED) {
            LOG.warnf("%s: %s: %s", desired.id(), condition.label(), reason);
        } else if (moved && condition != Condition.BLOCKED) {
            LOG.infof("%s: %s: %s", desired.id(), condition.label(), reason);
        }
        rest(desired.id(), condition, reason, moved);
    }

    private void fail(Desired<?> desired, List<Difference> differences, List<Action> actions, Trouble trouble) {
        if (!isStillDesired(desired)) {
            return;
        }
        ResourceId id = desired.id();
        Policy.Backoff backoff = world.policy().backoff();
        Instant now = clock.instant();
        boolean moved = world.with(id, t -> {
                    String reason = trouble.sentence();
                    boolean waiting = t.next != null && now.isBefore(t.next);
                    if (waiting && t.status.condition() == Condition.FAILED && reason.equals(t.status.reason())) {
                        return t.settle(Condition.FAILED, reason, differences, actions, now);
                    }
                    t.attempts++;
                    Duration pause = Backoff.pause(backoff, t.attempts);
                    t.next = now.plus(pause);
                    t.failedAt = differences;
                    later.accept(id, pause);
                    if (!reason.equals(t.failure)) {
                        t.failure = reason;
                        LOG.warnf("%s: failed: %s; tried again in %s", id, reason, Durations.format(pause));
                    }
                    return t.settle(Condition.FAILED, reason, differences, actions, now);
                })
                .orElse(false);
        rest(id, Condition.FAILED, trouble.sentence(), moved);
    }

    private void rest(ResourceId id, Condition condition, String reason, boolean moved) {
        if (moved) {
            events.tell("condition", id, condition.label() + (reason.isEmpty() ? "" : ": " + reason));
        }
        settled.settled(id, condition, moved);
    }
}
