package dev.homeostat.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.declaration.Policy;
import dev.homeostat.reconcile.Kinds.Look;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * One resource: look, compare, correct, look again. Nothing counts as done before the last look shows no difference.
 * Thread-safe; the work queue sees to it that no resource is worked on twice at once.
 */
final class Corrector {
    private static final Logger LOG = Logger.getLogger(Corrector.class);

    /** What comes to light only after the first actions (a written unit, then not running) is done in further rounds. */
    private static final int ROUNDS_LIMIT = 4;
    /** The machine is on its way and an event will tell; this is for when the event is lost. */
    private static final Duration CONVERGING_LOOK = Duration.ofSeconds(2);
    /** Text of a difference that is kept in the journal; the whole can be seen while it lasts. */
    private static final int JOURNALED_CHARS = 500;
    /** What was in a file may have been a secret, whatever the declaration says of it now: never journaled. */
    private static final String CONTENT = "content";

    /** So many corrections of drift within the window are a fight: somebody keeps undoing them. */
    private static final int FIGHT_CORRECTIONS = 10;

    private static final Duration FIGHT_WINDOW = Duration.ofSeconds(30);

    private final World world;
    private final Kinds kinds;
    private final Journal journal;
    private final Consents consents;
    private final Pauses pauses;
    private final Events events;
    private final List<RunListener> listeners;
    private final InstantSource clock;
    private final BiConsumer<ResourceId, Duration> later;
    private final Settled settled;
    private final Ownership ownership;

    private volatile ChangeRun changeRun;

    /** Told when a resource has come to rest: its dependents may go on. */
    interface Settled {
        void settled(ResourceId id, Condition condition, boolean moved);
    }

    Corrector(
            World world,
            Kinds kinds,
            Journal journal,
            Ownership ownership,
            Consents consents,
            Pauses pauses,
            Events events,
            List<RunListener> listeners,
            InstantSource clock,
            BiConsumer<ResourceId, Duration> later,
            Settled settled) {
        this.world = world;
        this.kinds = kinds;
        this.journal = journal;
        this.ownership = ownership;
        this.consents = consents;
        this.pauses = pauses;
        this.events = events;
        this.listeners = listeners;
        this.clock = clock;
        this.later = later;
        this.settled = settled;
    }

    void run(ChangeRun run) {
        changeRun = run;
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
        Look look = kinds.look(desired);
        Optional<Assessment> toDo = settleUnlessToDo(desired, look);
        if (look.assessment() != null && !look.inSync()) {
            noteExcursion(desired, look, toDo.isEmpty(), item);
        }
        if (toDo.isPresent() && mayAct(desired, toDo.get())) {
            correct(desired, look, toDo.get(), item);
        }
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
            fail(desired, List.of(), List.of(), look.trouble());
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
                inSync(desired);
            }
            return Optional.empty();
        }
        List<Difference> differences = look.assessment().differences();
        List<Action> actions = look.assessment().actions();
        if (look.assessment().converging() || actions.isEmpty()) {
            settle(desired, Condition.CONVERGING, summary(differences), differences, actions);
            later.accept(desired.id(), CONVERGING_LOOK);
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

    private void tellReturn(ResourceId id, Tracked.Excursion excursion) {
        Duration took = Duration.ofNanos(System.nanoTime() - excursion.nanos());
        long run = journal.begin("drift", id + ": " + excursion.cause(), world.revision(), clock.instant());
        journal.intend(new Journal.Intent(
                run,
                id,
                Origin.DRIFT,
                excursion.cause(),
                shortened(excursion.differences()),
                List.of(),
                Optional.empty()));
        journal.end(run, "returned", clock.instant());
        LOG.infof(
                "%s: drift (%s): %s; back without us %s later",
                id, excursion.cause(), summary(excursion.differences()), millis(took));
        listeners.forEach(l -> l.converged(id, Origin.DRIFT, took));
    }

    /** The look of a full pass: what is in sync is noted, the rest is for the queue. */
    boolean noteInSync(Desired<?> desired, Look look) {
        if (!look.inSync() || desired.retired()) {
            return false;
        }
        inSync(desired);
        return true;
    }

    // ---- may it be corrected now?

    private boolean mayAct(Desired<?> desired, Assessment toDo) {
        ResourceId id = desired.id();
        Policy policy = world.policy();
        Optional<Pause> pause = pauses.of(id, policy);
        if (pause.isPresent()) {
            String until = pause.get().until().map(u -> " until " + u).orElse("");
            settle(
                    desired,
                    Condition.PAUSED,
                    pause.get().reason() + until + " (by " + pause.get().by() + ")",
                    toDo.differences,
                    toDo.actions);
            return false;
        }
        Optional<ResourceStatus> first = world.waitsFor(id);
        if (first.isPresent()) {
            String reason = desired.retired()
                    ? "is removed after " + first.get().id()
                    : "waits for " + first.get().id() + ", which is "
                            + first.get().condition().label();
            boolean soon =
                    first.get().condition() == Condition.DRIFTED || first.get().condition() == Condition.CONVERGING;
            if (soon && !desired.retired()) { // it comes to rest after that one, and then this is taken up again
                world.with(
                        id, t -> t.settle(Condition.BLOCKED, reason, toDo.differences, toDo.actions, clock.instant()));
            } else {
                settle(desired, Condition.BLOCKED, reason, toDo.differences, toDo.actions);
            }
            return false;
        }
        ChangeRun run = changeRun;
        if (run != null && run.tooEarly(id)) {
            return false; // taken up when the removals have settled
        }
        Optional<String> held = consents.held(desired, toDo.differences, toDo.actions, policy, clock.instant());
        if (held.isPresent()) {
            settle(desired, Condition.BLOCKED, held.get(), toDo.differences, toDo.actions);
            return false;
        }
        Optional<Duration> fight = fight(desired, policy);
        if (fight.isPresent()) {
            settle(
                    desired,
                    Condition.BLOCKED,
                    "was corrected " + FIGHT_CORRECTIONS + " times within " + Durations.format(FIGHT_WINDOW)
                            + " and did not stay so (" + summary(toDo.differences)
                            + "): somebody undoes it, or it ends by itself; tried again after a pause",
                    toDo.differences,
                    toDo.actions);
            later.accept(id, fight.get());
            return false;
        }
        return world.with(
                        id,
                        t -> t.next == null
                                || !t.failedAt.equals(toDo.differences)
                                || !clock.instant().isBefore(t.next))
                .orElse(false);
    }

    /** How long to leave it alone, if it was corrected too often in a short time. Pauses grow while that goes on. */
    private Optional<Duration> fight(Desired<?> desired, Policy policy) {
        Instant now = clock.instant();
        return world.with(desired.id(), t -> {
            if (t.origin != Origin.DRIFT) {
                return null;
            }
            if (t.truce != null && now.isBefore(t.truce)) {
                return Duration.between(now, t.truce);
            }
            t.corrections.removeIf(at -> at.isBefore(now.minus(FIGHT_WINDOW)));
            if (t.corrections.size() < FIGHT_CORRECTIONS) {
                if (t.truce != null
                        && t.truce.isBefore(now.minus(policy.backoff().limit()))) {
                    t.fights = 0;
                }
                return null;
            }
            t.fights++;
            t.corrections.clear();
            Duration pause = pause(policy.backoff(), t.fights + FIGHT_FIRST_PAUSE);
            t.truce = now.plus(pause);
            return pause;
        });
    }

    /** The first pause of a fight is the back-off's initial one, doubled so often: 16 s with the defaults. */
    private static final int FIGHT_FIRST_PAUSE = 4;

    // ---- correct

    private void correct(Desired<?> desired, Look look, Assessment toDo, WorkQueue.Item item) {
        ResourceId id = desired.id();
        Origin origin = world.with(id, t -> t.origin).orElse(Origin.DRIFT);
        ChangeRun change = changeRun;
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
            settle(desired, Condition.CONVERGING, summary(toDo.actions), toDo.differences, toDo.actions);
            Optional<JsonNode> leaveBehind = kinds.whenUndeclared(desired, look.observation());
            journal.intend(new Journal.Intent(
                    run,
                    id,
                    origin,
                    item.cause(),
                    shortened(toDo.differences),
                    toDo.actions,
                    leaveBehind.map(spec -> new Journal.Owned(spec, desired.requires()))));
            leaveBehind.ifPresent(spec -> ownership.add(id));
            consents.use(desired, toDo.actions, toDo.differences);
            for (Action action : toDo.actions) {
                if (!isStillDesired(desired)) {
                    return true; // it is queued as what it is to be now
                }
                Optional<Trouble> trouble = perform(desired, action, run);
                if (trouble.isPresent()) {
                    fail(desired, toDo.differences, toDo.actions, trouble.get());
                    return false;
                }
                done.add(action);
            }
            Look after = kinds.look(desired);
            if (after.inSync()) {
                Duration took = Duration.ofNanos(System.nanoTime() - item.noticedNanos());
                told(id, origin, item.cause(), done, took);
                world.with(id, t -> origin == Origin.DRIFT && t.corrections.add(clock.instant()));
                inSync(desired);
                return true;
            }
            Optional<Assessment> next = settleUnlessToDo(desired, after);
            if (next.isEmpty()) {
                return after.trouble() == null;
            }
            if (next.get().equals(toDo)) {
                fail(
                        desired,
                        toDo.differences,
                        toDo.actions,
                        Trouble.passing("still not as declared after \"" + summary(toDo.actions) + "\": "
                                + summary(toDo.differences)));
                return false;
            }
            look = after;
            toDo = next.get();
            // a removal that was approved goes on to its end; any other action that comes to light is a question of its
            // own
            Optional<String> held = desired.retired()
                    ? Optional.empty()
                    : consents.held(desired, toDo.differences, toDo.actions, world.policy(), clock.instant());
            if (held.isPresent()) {
                settle(desired, Condition.BLOCKED, held.get(), toDo.differences, toDo.actions);
                return true;
            }
        }
        fail(
                desired,
                toDo.differences,
                toDo.actions,
                Trouble.passing(
                        "still not as declared after " + ROUNDS_LIMIT + " rounds: " + summary(toDo.differences)));
        return false;
    }

    private Optional<Trouble> perform(Desired<?> desired, Action action, long run) {
        long start = System.nanoTime();
        journal.stepStarted(run, action, clock.instant());
        Trouble trouble = null;
        try {
            kinds.perform(desired, action);
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
                action.summary() + (trouble == null ? " (" + millis(took) + ")" : " failed: " + trouble.sentence()));
        return Optional.ofNullable(trouble);
    }

    private void told(ResourceId id, Origin origin, String cause, List<Action> done, Duration took) {
        LOG.infof("%s: %s (%s): %s; in sync %s later", id, origin.label(), cause, summary(done), millis(took));
        listeners.forEach(l -> l.converged(id, origin, took));
    }

    // ---- settle

    /** Another declaration may have come in force meanwhile: then this is about a resource that is no more, and is dropped. */
    private boolean isStillDesired(Desired<?> desired) {
        return world.with(desired.id(), t -> t.desired.equals(desired)).orElse(false);
    }

    private void inSync(Desired<?> desired) {
        if (!isStillDesired(desired)) {
            return;
        }
        ResourceId id = desired.id();
        consents.withdraw(id);
        world.with(id, t -> {
                    Tracked.Excursion e = t.excursion;
                    t.excursion = null;
                    return e;
                })
                .ifPresent(e -> tellReturn(id, e));
        boolean moved = world.with(id, t -> {
                    t.attempts = 0;
                    t.next = null;
                    t.failedAt = List.of();
                    boolean m = t.settle(Condition.IN_SYNC, "", List.of(), List.of(), clock.instant());
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
        rest(id, Condition.IN_SYNC, "", moved);
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
        if (moved && condition != Condition.BLOCKED) {
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
                    Duration pause = pause(backoff, t.attempts);
                    t.next = now.plus(pause);
                    t.failedAt = differences;
                    later.accept(id, pause);
                    if (t.attempts == 1 || !reason.equals(t.status.reason())) {
                        LOG.warnf("%s: failed: %s; tried again in %s", id, reason, Durations.format(pause));
                    }
                    return t.settle(Condition.FAILED, reason, differences, actions, now);
                })
                .orElse(false);
        rest(id, Condition.FAILED, trouble.sentence(), moved);
    }

    /** Twice as long each time, up to the limit; a quarter more or less, so that not all come back at once. */
    static Duration pause(Policy.Backoff backoff, int attempts) {
        long initial = backoff.initial().toMillis();
        long limit = backoff.limit().toMillis();
        long doubled = attempts > 40 ? limit : Math.min(limit, initial << (attempts - 1));
        double jitter = 0.75 + ThreadLocalRandom.current().nextDouble() / 2;
        return Duration.ofMillis(Math.max(1, (long) (Math.max(doubled, Math.min(initial, limit)) * jitter)));
    }

    private void rest(ResourceId id, Condition condition, String reason, boolean moved) {
        if (moved) {
            events.tell("condition", id, condition.label() + (reason.isEmpty() ? "" : ": " + reason));
        }
        settled.settled(id, condition, moved);
    }

    // ---- words

    private static String summary(List<?> parts) {
        return parts.stream()
                .map(p -> switch (p) {
                    case Action a -> a.summary();
                    case Difference d -> d.path() + " is " + brief(d.observed()) + " instead of " + brief(d.desired());
                    default -> p.toString();
                })
                .collect(Collectors.joining(", "));
    }

    private static String brief(String text) {
        String line = text.isEmpty() ? "nothing" : text.strip().replace("\n", "\\n");
        return line.length() > 60 ? line.substring(0, 57) + "..." : line;
    }

    private static List<Difference> shortened(List<Difference> differences) {
        return differences.stream()
                .map(d -> d.path().equals(CONTENT)
                        ? new Difference(
                                CONTENT,
                                d.desired().length() + " characters",
                                d.observed().length() + " characters")
                        : new Difference(d.path(), cut(d.desired()), cut(d.observed())))
                .toList();
    }

    private static String cut(String text) {
        return text.length() > JOURNALED_CHARS ? text.substring(0, JOURNALED_CHARS) + "..." : text;
    }

    /** With as many digits as tell something: 0.8 ms, 14 ms, 2.3 s. */
    static String millis(Duration d) {
        double ms = d.toNanos() / 1e6;
        if (ms < 10) {
            return "%.1f ms".formatted(ms);
        }
        return ms < 1000 ? "%.0f ms".formatted(ms) : "%.1f s".formatted(ms / 1000);
    }
}
