package dev.homeostat.reconcile;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationFiles;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.declaration.Policy;
import dev.homeostat.host.Hindrance;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.systemd.Inhibitors;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * The loop: takes declarations in force, listens to what says "look again", sees to it that everything is looked at, and
 * hands each resource to the {@link Corrector}. Thread-safe.
 *
 * <p>A singleton, not application scoped: {@link MachineEngine} reads its fields, which a client proxy has not.
 */
@Singleton
public class Keeper implements Loop {
    private static final Logger LOG = Logger.getLogger(Keeper.class);

    /** After the last event on the declaration's files: an editor that writes in pieces has then finished. */
    private static final Duration FILES_SETTLE = Duration.ofMillis(25);
    /** Files that may be half of an edit are read when they have been left alone for so long. */
    private static final Duration FILES_DOUBT = Duration.ofSeconds(1);
    /** Between two looks whether an editor is still at work on them. */
    private static final Duration WRITER_LOOK = Duration.ofMillis(50);
    /** A program that keeps the file open for writing for longer than that is not saving it. */
    private static final Duration WRITER_LIMIT = Duration.ofSeconds(10);
    /** Work that goes on for so long hangs: pulling an image, the longest there is, ends after half an hour. */
    static final String HUNG_AFTER = "1h";

    /** Between two looks at something that fails, as far as events cause them: heals soon, and costs next to nothing. */
    private static final Duration FAILED_LOOK = Duration.ofSeconds(3);

    private static final String STACK_NAME = "the AI stack";

    private static final String RESYNC_JOB = "resync";
    /** Before the name of a kind. */
    private static final String POLL_JOB = "poll-";

    final Kinds kinds;
    private final FolderWatch folderWatch;
    private final Journal journal;
    private final Ownership ownership;
    private final Timetable timetable;
    private final List<RunListener> listeners;
    private final InstantSource clock;

    final World world = new World();
    final DeclarationSource source;
    final Events events;
    final Consents consents;
    final Pauses pauses;
    final Planner planner;
    private final Corrector corrector;
    private final Agenda agenda;
    private final ClockWatch clockWatch;
    /** One change of what is in force at a time. */
    private final Turn changing = new Turn();
    /** One full pass at a time; an edit does not wait for it, for a pass may wait for somebody who hangs. */
    private final Turn passing = new Turn();
    /** The same for what is on top of the machine: whoever hangs there holds up nobody below. */
    private final Turn passingStack = new Turn();

    private final Duration hungAfter;

    private final AtomicLong beat = new AtomicLong();
    /** Of the timer's thread alone. */
    private boolean hungTold;

    private volatile boolean started;
    private volatile boolean stopping;
    private final CountDownLatch firstPass = new CountDownLatch(1);
    private volatile Instant lastPass;
    private volatile Duration lastPassTook;
    private final Map<Layer, ChangeRun> changeRuns = new ConcurrentHashMap<>();
    private volatile Duration resync;
    /** How often each kind asks somebody else. */
    private final Map<String, Duration> polls = new ConcurrentHashMap<>();
    /** In force, but not known to the journal; guarded by {@code changing}. */
    private Declaration unrecorded;

    private final Object fileTimer = new Object();
    /** Guarded by {@code fileTimer}. */
    private ScheduledFuture<?> fileRead;

    public Keeper(
            Kinds kinds,
            DeclarationFiles files,
            DeclarationReader reader,
            FolderWatch folderWatch,
            Journal journal,
            Ownership ownership,
            Timetable timetable,
            Inhibitors inhibitors,
            @All List<Hindrance> hindrances,
            @All List<RunListener> listeners,
            InstantSource clock,
            @ConfigProperty(name = "homeostat.hung-after", defaultValue = HUNG_AFTER) String hungAfter) {
        this.kinds = kinds;
        this.folderWatch = folderWatch;
        this.journal = journal;
        this.ownership = ownership;
        this.timetable = timetable;
        this.listeners = listeners;
        this.clock = clock;
        this.hungAfter = patience(hungAfter);
        this.clockWatch = new ClockWatch(clock);
        this.events = new Events(clock);
        this.source = new DeclarationSource(files, reader, journal, world, events, clock);
        this.consents = new Consents(journal, new Interruptions(inhibitors, clock), new Holds(hindrances));
        this.pauses = new Pauses(journal, clock);
        this.planner = new Planner(kinds, consents, pauses, clock);
        this.agenda = new Agenda(world, this::work);
        this.corrector = new Corrector(
                world,
                kinds,
                journal,
                ownership,
                new Gate(world, consents, pauses, this::fought, clock),
                events,
                listeners,
                clock,
                agenda::later,
                agenda::atLatest,
                this::settled);
    }

    private static Duration patience(String hungAfter) {
        Duration limit = Durations.parse(hungAfter);
        if (limit.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(
                    "homeostat.hung-after is at least 1s, not " + hungAfter + ": every look would count as hung");
        }
        return limit;
    }

    // ---- start and stop

    @Override
    public void start() throws Trouble {
        journal.open();
        consents.load();
        pauses.load();
        started = true;
        beat.set(System.nanoTime());
        agenda.every(BEAT, this::beat);
        source.watch(folderWatch, this::filesChanged);
        Journal.Interrupted interrupted = journal.interrupted(clock.instant());
        if (!interrupted.corrections().isEmpty()) {
            LOG.infof(
                    "the last daemon ended in the middle of %d corrections: they are looked at again",
                    interrupted.corrections().size());
        }
        Thread.ofVirtual().name("first pass").start(() -> {
            begin(interrupted);
            pass("start");
        });
    }

    /** The declaration on disk if it is valid, else the revision that was in force. */
    private void begin(Journal.Interrupted interrupted) {
        changing.take("the taking up of the declaration at start");
        try {
            Optional<Journal.Kept> kept = journal.inForce();
            Optional<Declaration> onDisk = kept.flatMap(k -> source.readIfIs(k.id()));
            if (onDisk.isPresent()) { // the usual start: nothing was edited meanwhile
                takeInForce(onDisk.get(), interrupted::origin);
                source.sayInForce();
            } else {
                kept.ifPresent(k -> restore(k, interrupted));
                readFiles("read at start");
            }
        } finally {
            changing.end();
        }
    }

    private void restore(Journal.Kept kept, Journal.Interrupted interrupted) {
        try {
            Declaration declaration = source.restore(kept);
            takeInForce(declaration, interrupted::origin);
        } catch (InvalidDeclaration e) {
            LOG.errorf("revision %s that was in force cannot be read by this version: %s", kept.id(), e.getMessage());
        }
    }

    @Override
    public void stop(Duration limit) {
        if (!started) {
            return;
        }
        stopping = true;
        long end = System.nanoTime() + limit.toNanos();
        if (!agenda.close(limit)
                || !ends(changing, end - System.nanoTime())
                || !ends(passing, end - System.nanoTime())) {
            LOG.warn("a running step did not end in time: it is looked at again at the next start");
        }
        journal.close();
    }

    /** A pass, or the taking up of a declaration, that is under way. */
    private static boolean ends(Turn work, long limitNanos) {
        try {
            return work.awaitEnd(limitNanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // ---- progress

    void beat() {
        clockWatch.moved().ifPresent(by -> Thread.ofVirtual().name("clock").start(() -> clockMoved(by)));
        Optional<String> hung = hung();
        if (hung.isEmpty()) {
            // by a thread of those that work: where none of them gets on, nothing beats
            Thread.ofVirtual().name("beat").start(() -> beat.set(System.nanoTime()));
        } else if (!hungTold) {
            LOG.errorf("the loop is stuck: %s", hung.get()); // once: there is no way back but a restart
        }
        hungTold = hung.isPresent();
    }

    @Override
    public Optional<String> hung() {
        Stream<Turn.Work> turns = Stream.of(changing.work(), passing.work())
                .flatMap(Optional::stream)
                .filter(work -> System.nanoTime() - work.startNanos() > hungAfter.toNanos());
        return Stream.concat(turns, agenda.overdue(this::patience).stream())
                .min((a, b) -> Long.signum(a.startNanos() - b.startNanos()))
                .map(work -> work.what() + " has not ended for "
                        + Durations.format(
                                Duration.ofSeconds((System.nanoTime() - work.startNanos()) / 1_000_000_000)));
    }

    private Duration patience(ResourceId id) {
        Duration own = world.with(id, t -> kinds.patience(t.desired)).orElse(Duration.ZERO);
        return own.compareTo(hungAfter) > 0 ? own : hungAfter;
    }

    @Override
    public Duration longestWork() {
        return longest()
                .map(work -> Duration.ofNanos(System.nanoTime() - work.startNanos()))
                .orElse(Duration.ZERO);
    }

    /** Corrections and looks at one resource, and what needs a turn of its own. */
    private Optional<Turn.Work> longest() {
        return Stream.of(changing.work(), passing.work(), agenda.oldest())
                .flatMap(Optional::stream)
                .min((a, b) -> Long.signum(a.startNanos() - b.startNanos())); // nanoTime may overflow
    }

    /** Whatever waits goes on as if nothing had been; what has a time of day is looked at again. */
    private void clockMoved(Duration by) {
        LOG.infof(
                "the clock went %s %s (set, or the machine slept): looking at everything again",
                Durations.format(by.abs().truncatedTo(ChronoUnit.SECONDS)), by.isNegative() ? "back" : "forward");
        world.shift(by);
        changing.take("the setting of the clock");
        try {
            Duration every = resync;
            if (!stopping && every != null) {
                polls.clear();
                schedulePolls();
                resync = null; // the timetable goes by the clock, and would stand still until it is that late again
                scheduleResync(every);
                pauses.all(world.policy()).forEach(this::pauseEnds);
            }
        } finally {
            changing.end();
        }
        String cause = "the clock was set";
        world.statuses().stream()
                .filter(s -> s.condition() != Condition.IN_SYNC)
                .forEach(s -> agenda.now(s.id(), cause)); // also those that are being looked at by the time that was
        pass(cause);
    }

    @Override
    public Duration sinceBeat() {
        return started ? Duration.ofNanos(System.nanoTime() - beat.get()) : Duration.ZERO;
    }

    @Override
    public boolean firstPassDone() {
        return firstPass.getCount() == 0;
    }

    @Override
    public boolean awaitFirstPass(Duration limit) {
        try {
            return firstPass.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // ---- the declaration's files

    private void filesChanged() {
        readLater(FILES_SETTLE, Duration.ZERO);
    }

    private void readLater(Duration pause, Duration waited) {
        synchronized (fileTimer) {
            if (fileRead != null) {
                fileRead.cancel(false);
            }
            fileRead = agenda.after(
                    pause, () -> Thread.ofVirtual().name("declaration").start(() -> readEdited(waited)));
        }
    }

    /** @param waited since the last event, besides the time in which files settle */
    private void readEdited(Duration waited) {
        if (waited.compareTo(WRITER_LIMIT) < 0 && source.isBeingWritten()) {
            readLater(WRITER_LOOK, waited.plus(WRITER_LOOK));
        } else if (waited.compareTo(FILES_DOUBT) < 0 && source.isDoubtful()) {
            readLater(FILES_DOUBT, waited.plus(FILES_DOUBT));
        } else {
            readFilesLocked("edited");
        }
    }

    /** Somebody is at it: what is there now may be half of it. */
    private boolean isBeingEdited() {
        synchronized (fileTimer) {
            return fileRead != null && !fileRead.isDone();
        }
    }

    void readFilesLocked(String cause) {
        changing.take("the taking up of the declaration (" + cause + ")");
        try {
            if (!stopping) {
                readFiles(cause);
            }
        } catch (RuntimeException e) {
            LOG.error("bug: the declaration could not be taken up", e);
        } finally {
            changing.end();
        }
    }

    /** Reads the files and takes them in force, unless policy or a hold says to wait. Call with {@code changing} held. */
    private void readFiles(String cause) {
        Optional<Declaration> due = source.due();
        if (due.isEmpty()) {
            return;
        }
        Declaration declaration = due.get();
        if (!declaration.revision().equals(world.revision())) {
            accept(declaration, cause);
            return;
        }
        // what was restored may have lost its sensitive content and its places: take the one from the files
        Set<ResourceId> moved =
                takeInForce(declaration, id -> world.with(id, t -> t.origin).orElse(Origin.DRIFT));
        agenda.now(moved, "declaration read again");
        source.sayInForce();
    }

    // ---- take in force

    /** What the files say is taken in force at once; if the journal cannot have it now, it is told again with each pass. */
    private void accept(Declaration declaration, String cause) {
        unrecorded = journal.accept(declaration, Optional.empty(), clock.instant()) ? null : declaration;
        accepted(declaration, cause);
    }

    /** A new revision that is journaled: everything it moves is worked on as one run. Call with {@code changing} held. */
    void accepted(Declaration declaration, String cause) {
        Set<ResourceId> moved = takeInForce(declaration, id -> Origin.CHANGE);
        source.sayInForce();
        LOG.infof(
                "revision %s is in force (%s): %d resources, %d to be looked at",
                DeclarationSource.shortId(declaration.revision()),
                cause,
                declaration.resources().size(),
                moved.size());
        Map<Layer, Set<ResourceId>> layers = moved.stream().collect(groupingBy(world::layer, toSet()));
        layers.forEach(
                (layer, ids) -> startChangeRun(layer, ids, layer == Layer.STACK ? cause + ", " + STACK_NAME : cause));
        Set<ResourceId> affected = new HashSet<>(moved); // a pause or an approval rule may be another, too
        world.statuses().stream()
                .filter(s -> s.condition() != Condition.IN_SYNC)
                .forEach(s -> affected.add(s.id()));
        affected.addAll(declaration.policy().paused().keySet());
        agenda.now(affected, "declaration " + cause);
    }

    private void startChangeRun(Layer layer, Set<ResourceId> moved, String cause) {
        Set<ResourceId> removals = new HashSet<>();
        Set<ResourceId> others = new HashSet<>();
        for (ResourceId id : moved) {
            boolean retired = world.with(id, t -> t.desired.retired()).orElse(false);
            (retired ? removals : others).add(id);
        }
        endChangeRun(layer, true);
        long id = journal.begin("change", cause, world.revision(), clock.instant());
        ChangeRun run = new ChangeRun(id, removals, others);
        changeRuns.put(layer, run);
        corrector.run(layer, run);
    }

    private synchronized void endChangeRun(Layer layer, boolean evenIfUnfinished) {
        ChangeRun run = changeRuns.get(layer);
        if (run != null && (evenIfUnfinished || run.ended())) {
            changeRuns.remove(layer);
            corrector.run(layer, null);
            String outcome = run.ended() ? run.outcome() : "superseded";
            journal.end(run.id, outcome, clock.instant());
            events.tell("run", null, "run " + run.id + " " + outcome);
        }
    }

    private Set<ResourceId> takeInForce(Declaration declaration, Function<ResourceId, Origin> origin) {
        Map<ResourceId, Journal.Owned> owned = journal.owned();
        Collection<Desired<?>> retired = retired(declaration, owned);
        recordNeeds(declaration, owned);
        Set<ResourceId> moved = world.replace(declaration, retired, origin, clock.instant());
        kinds.watch(world.desired(), lookAgain);
        scheduleResync(declaration.policy().resync());
        schedulePolls();
        pauses.all(declaration.policy()).forEach(this::pauseEnds);
        Policy.Metrics metrics = declaration.policy().metrics();
        OptionalInt port = metrics == null ? OptionalInt.empty() : OptionalInt.of(metrics.port());
        listeners.forEach(l -> l.metricsPort(port));
        return moved;
    }

    /** What is ours and not declared any more, as it should be left. */
    Collection<Desired<?>> retired(Declaration declaration) {
        return retired(declaration, journal.owned());
    }

    private Collection<Desired<?>> retired(Declaration declaration, Map<ResourceId, Journal.Owned> owned) {
        ownership.addAll(owned.keySet());
        List<Desired<?>> retired = new ArrayList<>();
        owned.forEach((id, o) -> {
            if (!declaration.resources().containsKey(id)) {
                kinds.retired(id, o).ifPresent(retired::add);
            }
        });
        return retired;
    }

    /** What needs other things than before, and is right all the same, is removed in the order of these needs one day. */
    private void recordNeeds(Declaration declaration, Map<ResourceId, Journal.Owned> owned) {
        owned.forEach((id, o) -> {
            Desired<?> desired = declaration.resources().get(id);
            if (desired != null && (!desired.requires().equals(o.requires()) || desired.layer() != o.layer())) {
                journal.own(id, new Journal.Owned(o.spec(), desired.requires(), desired.layer()));
            }
        });
    }

    /** An interval that stays goes on; what no kind asks for any more finds nothing to ask. */
    private void schedulePolls() {
        kinds.polls(world.desired()).forEach((kind, every) -> {
            if (!every.equals(polls.put(kind, every))) {
                timetable.every(POLL_JOB + kind, every, () -> kinds.poll(kind));
            }
        });
    }

    private void scheduleResync(Duration every) {
        if (every.equals(resync)) {
            return;
        }
        resync = every;
        timetable.every(RESYNC_JOB, every, () -> {
            if (!isBeingEdited()) {
                readFilesLocked("read at resync"); // an event may have been lost there too
            }
            pass("resync");
        });
    }

    // ---- look

    private void work(WorkQueue.Item item) {
        corrector.work(item);
    }

    private final LookAgain lookAgain = new LookAgain() {
        @Override
        public void at(ResourceId id, String cause) {
            listeners.forEach(l -> l.noticed(id));
            Duration early = tooEarly(id);
            if (early.isZero()) {
                agenda.now(id, cause);
            } else {
                agenda.laterOnce(id, cause, early);
            }
        }

        @Override
        public void all(String kind, String cause) {
            LOG.debugf("%s: %s: looking at all of them", kind, cause); // the source itself says what it lost
            listeners.forEach(l -> l.missed(kind));
            events.tell("source", null, kind + ": " + cause);
            world.desired().stream()
                    .map(Desired::id)
                    .filter(id -> id.kind().equals(kind))
                    .forEach(id -> agenda.now(id, cause));
        }
    };

    /**
     * What fails, or is fought over, is not looked at for every event: some looks cause events themselves (systemd loads a unit to say that
     * there is none, and tells). Zero if it may be looked at now.
     */
    private Duration tooEarly(ResourceId id) {
        return world.with(id, t -> {
                    Condition c = t.status.condition();
                    boolean fought = Fights.isOn(t, clock.instant());
                    if (c != Condition.FAILED && c != Condition.UNSUPPORTED && !fought) {
                        return Duration.ZERO;
                    }
                    Duration since = Duration.between(t.status.seen(), clock.instant());
                    return since.isNegative() || since.compareTo(FAILED_LOOK) >= 0
                            ? Duration.ZERO
                            : FAILED_LOOK.minus(since);
                })
                .orElse(Duration.ZERO);
    }

    /** Call with {@code changing} held. */
    private void recordAgain() {
        Declaration missing = unrecorded;
        if (missing != null
                && (!missing.revision().equals(world.revision())
                        || journal.accept(missing, Optional.empty(), clock.instant()))) {
            unrecorded = null;
        }
    }

    /** Looks at everything, in one go a kind; what is not right is queued. What is on top of the machine is not waited for. */
    void pass(String cause) {
        Thread.ofVirtual().name("pass over the stack").start(() -> passStack(cause));
        passing.take("the full pass (" + cause + ")");
        try {
            if (stopping) {
                return;
            }
            long start = System.nanoTime();
            recordAgain();
            look(Layer.MACHINE, cause);
            lastPassTook = Duration.ofNanos(System.nanoTime() - start);
            lastPass = clock.instant();
            firstPass.countDown();
            listeners.forEach(l -> l.passEnded(lastPassTook));
        } catch (RuntimeException e) {
            LOG.error("bug: a full pass failed", e);
        } finally {
            passing.end();
        }
    }

    private void passStack(String cause) {
        if (passingStack.work().isPresent()) {
            return; // each pass looks at everything anyway; one that hangs must not gather others behind it
        }
        passingStack.take("the full pass over " + STACK_NAME + " (" + cause + ")");
        try {
            if (!stopping) {
                look(Layer.STACK, cause);
            }
        } catch (RuntimeException e) {
            LOG.error("bug: a full pass over " + STACK_NAME + " failed", e);
        } finally {
            passingStack.end();
        }
    }

    private void look(Layer layer, String cause) {
        List<Desired<?>> all = world.desired();
        all.removeIf(d -> d.layer() != layer || agenda.busy(d.id()));
        Map<ResourceId, Kinds.Look> looks = kinds.lookPatiently(all);
        List<ResourceId> toDo = new ArrayList<>();
        for (Desired<?> d : all) {
            if (agenda.busy(d.id()) || !corrector.noteInSync(d, looks.get(d.id()))) {
                toDo.add(d.id());
            }
        }
        agenda.now(toDo, cause);
    }

    private void fought(ResourceId id) {
        String who = world.with(id, t -> t.rival).map(r -> ", last " + r).orElse("");
        LOG.warnf("%s: left alone for a while: somebody keeps undoing its corrections%s", id, who);
        listeners.forEach(l -> l.fought(id));
    }

    private void settled(ResourceId id, Condition condition, boolean moved) {
        changeRuns.forEach((layer, run) -> {
            run.settle(id, condition).forEach(next -> agenda.now(next, "the removals have settled"));
            endChangeRun(layer, false);
        });
        if (moved && condition == Condition.IN_SYNC) {
            String cause = id + " is in sync";
            world.neededBy(id).forEach(other -> agenda.now(other, cause));
            if (world.with(id, t -> true).isEmpty()) { // gone: what it needed may go too
                world.needs(id).forEach(other -> agenda.now(other, id + " is gone"));
            }
        }
        agenda.rested();
    }

    /** Waits until nothing of these layers is queued, running or converging; false if that took longer than the limit. */
    boolean awaitRest(Set<Layer> layers, Duration limit) {
        return agenda.awaitRest(
                layers,
                limit,
                () -> world.statuses().stream()
                        .filter(s -> layers.contains(s.layer()))
                        .noneMatch(s -> s.condition() == Condition.CONVERGING || s.condition() == Condition.DRIFTED));
    }

    /** Whatever waits for its next try is tried now; then everything is looked at. */
    void passWithoutPauses(Collection<ResourceId> only, String cause) {
        for (Desired<?> d : world.desired()) {
            if (only.isEmpty() || only.contains(d.id())) {
                world.with(d.id(), t -> {
                    t.next = null;
                    Fights.forget(t);
                    return t;
                });
            }
        }
        if (only.isEmpty()) {
            pass(cause);
        } else {
            agenda.now(only, cause);
        }
    }

    /** Looks again when a pause is over. */
    void pauseEnds(Pause pause) {
        pause.until().ifPresent(until -> {
            Duration left = Duration.between(clock.instant(), until);
            agenda.atLatest(pause.id(), left.isNegative() ? Duration.ZERO : left);
        });
    }

    void queue(ResourceId id, String cause) {
        agenda.now(id, cause);
    }

    <T> T exclusively(Exclusive<T> act) throws Refusal {
        changing.take("a change that was asked for");
        try {
            return act.act();
        } finally {
            changing.end();
        }
    }

    /** What must not happen while another declaration is taken in force. */
    interface Exclusive<T> {
        T act() throws Refusal;
    }

    // ---- how it stands

    /** See {@link dev.homeostat.resource.Standings}. */
    SortedMap<ResourceId, String> amiss(ResourceId except) {
        Set<ResourceId> without = world.dependents(except);
        List<Desired<?>> asked = world.desired().stream()
                .filter(d -> !d.retired() && d.layer() == Layer.MACHINE)
                .filter(d -> !d.id().equals(except) && !without.contains(d.id()))
                .toList();
        SortedMap<ResourceId, String> amiss = new TreeMap<>();
        kinds.look(asked).forEach((id, look) -> {
            if (look.unsupported() != null || look.inSync()) {
                return;
            }
            agenda.now(id, "asked for by " + except);
            Condition condition = world.with(id, t -> t.status.condition()).orElse(Condition.IN_SYNC);
            if (condition != Condition.PAUSED && condition != Condition.BLOCKED) {
                amiss.put(
                        id,
                        look.trouble() != null
                                ? look.trouble().sentence()
                                : Words.summary(look.assessment().differences()));
            }
        });
        return amiss;
    }

    MachineStatus status(String version, long pid, Instant since) {
        return Standing.of(
                world,
                source.state(),
                journal.trouble(),
                Optional.ofNullable(lastPass),
                Optional.ofNullable(lastPassTook),
                agenda.size(),
                version,
                pid,
                since);
    }
}
