package dev.homeostat.reconcile;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationFiles;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.declaration.Policy;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
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
    /** A correction that runs for so long hangs: systemd's and podman's own limits end before. */
    private static final Duration HUNG = Duration.ofMinutes(10);

    /** Between two looks at something that fails, as far as events cause them: heals soon, and costs next to nothing. */
    private static final Duration FAILED_LOOK = Duration.ofSeconds(3);

    private static final String RESYNC_JOB = "resync";

    private final Kinds kinds;
    private final DeclarationFiles files;
    private final DeclarationReader reader;
    private final FolderWatch folderWatch;
    private final Journal journal;
    private final Ownership ownership;
    private final Timetable timetable;
    private final List<RunListener> listeners;
    private final InstantSource clock;

    final World world = new World();
    final Events events;
    final Consents consents;
    final Pauses pauses;
    final Planner planner;
    private final Corrector corrector;
    private final WorkQueue queue;
    private final ScheduledThreadPoolExecutor timer;
    /** One change of what is in force, or one full pass, at a time. */
    private final ReentrantLock changing = new ReentrantLock();

    private final AtomicLong beat = new AtomicLong();
    private volatile boolean started;
    private volatile boolean stopping;
    private final CountDownLatch firstPass = new CountDownLatch(1);
    private volatile Instant lastPass;
    private volatile Duration lastPassTook;
    private volatile ChangeRun changeRun;
    private volatile MachineStatus.DeclarationState declarationState;
    private volatile Duration resync;
    private final Object rest = new Object();
    /** Failing resources that an event has spoken of, and that are looked at a little later. */
    private final Set<ResourceId> deferred = ConcurrentHashMap.newKeySet();

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
            @All List<RunListener> listeners,
            InstantSource clock) {
        this.kinds = kinds;
        this.files = files;
        this.reader = reader;
        this.folderWatch = folderWatch;
        this.journal = journal;
        this.ownership = ownership;
        this.timetable = timetable;
        this.listeners = listeners;
        this.clock = clock;
        this.events = new Events(clock);
        this.consents = new Consents(journal);
        this.pauses = new Pauses(journal, clock);
        this.planner = new Planner(kinds, consents, pauses);
        this.declarationState =
                new MachineStatus.DeclarationState("missing", "not read yet", List.of(), clock.instant());
        this.corrector = new Corrector(
                world,
                kinds,
                journal,
                ownership,
                consents,
                pauses,
                events,
                listeners,
                clock,
                this::lookLater,
                this::settled);
        this.queue = new WorkQueue(corrector::work);
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("timer").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    // ---- start and stop

    @Override
    public void start() throws Trouble {
        journal.open();
        consents.load();
        pauses.load();
        started = true;
        beat.set(System.nanoTime());
        timer.scheduleAtFixedRate(this::beat, 0, BEAT.toMillis(), TimeUnit.MILLISECONDS);
        watchFiles();
        Map<ResourceId, Origin> interrupted = journal.interrupted(clock.instant());
        if (!interrupted.isEmpty()) {
            LOG.infof(
                    "the last daemon ended in the middle of %d corrections: they are looked at again",
                    interrupted.size());
        }
        Thread.ofVirtual().name("first pass").start(() -> {
            begin(interrupted);
            pass("start");
        });
    }

    /** The declaration on disk if it is valid, else the revision that was in force. */
    private void begin(Map<ResourceId, Origin> interrupted) {
        changing.lock();
        try {
            Optional<Journal.Kept> kept = journal.inForce();
            kept.ifPresent(k -> restore(k, interrupted));
            readFiles("read at start");
        } finally {
            changing.unlock();
        }
    }

    private void restore(Journal.Kept kept, Map<ResourceId, Origin> interrupted) {
        try {
            Declaration declaration = reader.restore(kept.content(), kept.id(), kept.files());
            takeInForce(declaration, id -> interrupted.getOrDefault(id, Origin.DRIFT));
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
        timer.shutdownNow();
        long end = System.nanoTime() + limit.toNanos();
        if (!queue.close(limit.toNanos()) || !passEnds(end - System.nanoTime())) {
            LOG.warn("a running step did not end in time: it is looked at again at the next start");
        }
        journal.close();
    }

    /** A pass, or the taking up of a declaration, that is under way. */
    private boolean passEnds(long limitNanos) {
        try {
            boolean ended = changing.tryLock(limitNanos, TimeUnit.NANOSECONDS);
            if (ended) {
                changing.unlock();
            }
            return ended;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // ---- progress

    private void beat() {
        if (queue.oldestNanos() < HUNG.toNanos()) {
            beat.set(System.nanoTime());
        }
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

    private void watchFiles() {
        folderWatch.watch(Set.of(files.file()), path -> filesChanged(), this::filesChanged);
        folderWatch.watchFolder(files.folder(), this::filesChanged);
    }

    private void filesChanged() {
        synchronized (fileTimer) {
            if (stopping) {
                return;
            }
            if (fileRead != null) {
                fileRead.cancel(false);
            }
            fileRead = timer.schedule(
                    () -> Thread.ofVirtual().name("declaration").start(() -> readFilesLocked("edited")),
                    FILES_SETTLE.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    void readFilesLocked(String cause) {
        changing.lock();
        try {
            if (stopping) {
                return;
            }
            readFiles(cause);
        } catch (RuntimeException e) {
            LOG.error("bug: the declaration could not be taken up", e);
        } finally {
            changing.unlock();
        }
    }

    /** Reads the files and takes them in force, unless policy or a hold says to wait. Call with {@code changing} held. */
    private void readFiles(String cause) {
        Declaration declaration;
        try {
            Optional<Declaration> read = read();
            if (read.isEmpty()) {
                state("missing", "there is no machine.yaml" + staysInForce(), List.of());
                return;
            }
            declaration = read.get();
        } catch (InvalidDeclaration e) {
            List<Problem> problems = e.problems();
            state("invalid", e.getMessage() + staysInForce(), problems);
            return;
        }
        Optional<Journal.Hold> hold = journal.hold();
        if (hold.isPresent() && hold.get().ignored().equals(declaration.revision())) {
            state(
                    "held",
                    "rolled back to revision " + shortId(world.revision()) + " by "
                            + hold.get().by() + "; edit machine.yaml, or: homeostat apply",
                    List.of());
            return;
        }
        if (declaration.revision().equals(world.revision())) {
            // what was restored may have lost its sensitive content and its places: take the one from the files
            Set<ResourceId> moved =
                    takeInForce(declaration, id -> world.with(id, t -> t.origin).orElse(Origin.DRIFT));
            queueInOrder(moved, "declaration read again");
            state("in-force", "", List.of());
            return;
        }
        if (declaration.policy().apply() == Policy.Consent.ASK) {
            state(
                    "waiting",
                    "revision " + shortId(declaration.revision()) + " waits for: homeostat apply (policy.apply is ask)",
                    List.of());
            return;
        }
        accept(declaration, cause);
    }

    Optional<Declaration> read() throws InvalidDeclaration {
        SequencedMap<String, byte[]> contents = files.read();
        return contents.isEmpty() ? Optional.empty() : Optional.of(check(reader.read(contents)));
    }

    /** Rules over all resources that are the loop's own. */
    Declaration check(Declaration declaration) throws InvalidDeclaration {
        List<Problem> problems = Dependencies.circles(declaration.resources().values());
        if (!problems.isEmpty()) {
            throw new InvalidDeclaration(problems);
        }
        return declaration;
    }

    private String staysInForce() {
        return world.declaration()
                .map(d -> "; revision " + shortId(d.revision()) + " stays in force")
                .orElse("");
    }

    private void state(String state, String message, List<Problem> problems) {
        MachineStatus.DeclarationState before = declarationState;
        if (before.state().equals(state) && before.message().equals(message)) {
            return;
        }
        declarationState = new MachineStatus.DeclarationState(state, message, problems, clock.instant());
        String text = "declaration: " + state + (message.isEmpty() ? "" : ": " + message);
        switch (state) {
            case "invalid" -> {
                LOG.warn(text);
                problems.stream().skip(1).forEach(p -> LOG.warnf("declaration: invalid: %s", p));
            }
            case "missing" -> LOG.warn(text);
            default -> LOG.info(text);
        }
        events.tell("declaration", null, text);
    }

    // ---- take in force

    /** A new revision: journaled, then everything it moves is worked on as one run. Call with {@code changing} held. */
    void accept(Declaration declaration, String cause) {
        journal.hold(Optional.empty());
        journal.accept(declaration, clock.instant());
        Set<ResourceId> moved = takeInForce(declaration, id -> Origin.CHANGE);
        state("in-force", "", List.of());
        LOG.infof(
                "revision %s is in force (%s): %d resources, %d to be looked at",
                shortId(declaration.revision()), cause, declaration.resources().size(), moved.size());
        startChangeRun(moved, cause);
        Set<ResourceId> affected = new HashSet<>(moved); // a pause or an approval rule may be another, too
        world.statuses().stream()
                .filter(s -> s.condition() != Condition.IN_SYNC)
                .forEach(s -> affected.add(s.id()));
        affected.addAll(declaration.policy().paused().keySet());
        queueInOrder(affected, "declaration " + cause);
    }

    private void startChangeRun(Set<ResourceId> moved, String cause) {
        if (moved.isEmpty()) {
            return;
        }
        Set<ResourceId> removals = new HashSet<>();
        Set<ResourceId> others = new HashSet<>();
        for (ResourceId id : moved) {
            boolean retired = world.with(id, t -> t.desired.retired()).orElse(false);
            (retired ? removals : others).add(id);
        }
        endChangeRun(true);
        long id = journal.begin("change", cause, world.revision(), clock.instant());
        ChangeRun run = new ChangeRun(id, removals, others);
        changeRun = run;
        corrector.run(run);
    }

    private synchronized void endChangeRun(boolean evenIfUnfinished) {
        ChangeRun run = changeRun;
        if (run != null && (evenIfUnfinished || run.ended())) {
            changeRun = null;
            corrector.run(null);
            String outcome = run.ended() ? run.outcome() : "superseded";
            journal.end(run.id, outcome, clock.instant());
            events.tell("run", null, "run " + run.id + " " + outcome);
        }
    }

    private Set<ResourceId> takeInForce(Declaration declaration, Function<ResourceId, Origin> origin) {
        Collection<Desired<?>> retired = retired(declaration);
        Set<ResourceId> moved = world.replace(declaration, retired, origin, clock.instant());
        kinds.watch(world.desired(), lookAgain);
        scheduleResync(declaration.policy().resync());
        pauses.all(declaration.policy()).forEach(this::pauseEnds);
        Policy.Metrics metrics = declaration.policy().metrics();
        OptionalInt port = metrics == null ? OptionalInt.empty() : OptionalInt.of(metrics.port());
        listeners.forEach(l -> l.metricsPort(port));
        return moved;
    }

    /** What is ours and not declared any more, as it should be left. */
    Collection<Desired<?>> retired(Declaration declaration) {
        Map<ResourceId, Journal.Owned> owned = journal.owned();
        ownership.addAll(owned.keySet());
        List<Desired<?>> retired = new ArrayList<>();
        owned.forEach((id, o) -> {
            if (!declaration.resources().containsKey(id)) {
                kinds.retired(id, o).ifPresent(retired::add);
            }
        });
        return retired;
    }

    private void scheduleResync(Duration every) {
        if (every.equals(resync)) {
            return;
        }
        resync = every;
        timetable.every(RESYNC_JOB, every, () -> {
            readFilesLocked("read at resync"); // an event may have been lost there too
            pass("resync");
        });
    }

    // ---- look

    private final LookAgain lookAgain = new LookAgain() {
        @Override
        public void at(ResourceId id, String cause) {
            listeners.forEach(l -> l.noticed(id));
            Duration early = tooEarly(id);
            if (early.isZero()) {
                queue.add(id, cause);
            } else {
                lookLaterOnce(id, cause, early);
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
                    .forEach(id -> queue.add(id, cause));
        }
    };

    /**
     * What fails is not looked at for every event: some looks cause events themselves (systemd loads a unit to say that
     * there is none, and tells). Zero if it may be looked at now.
     */
    private Duration tooEarly(ResourceId id) {
        return world.with(id, t -> {
                    Condition c = t.status.condition();
                    if (c != Condition.FAILED && c != Condition.UNSUPPORTED) {
                        return Duration.ZERO;
                    }
                    Duration since = Duration.between(t.status.seen(), clock.instant());
                    return since.isNegative() || since.compareTo(FAILED_LOOK) >= 0
                            ? Duration.ZERO
                            : FAILED_LOOK.minus(since);
                })
                .orElse(Duration.ZERO);
    }

    private void lookLaterOnce(ResourceId id, String cause, Duration pause) {
        if (!stopping && deferred.add(id)) {
            timer.schedule(
                    () -> {
                        deferred.remove(id);
                        queue.add(id, cause);
                    },
                    pause.toMillis() + 1,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void lookLater(ResourceId id, Duration pause) {
        if (!stopping) {
            timer.schedule(() -> queue.add(id, "tried again"), pause.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
    }

    private void queueInOrder(Collection<ResourceId> ids, String cause) {
        if (ids.isEmpty()) {
            return; // the usual end of a pass: no order needs to be found
        }
        Set<ResourceId> wanted = new TreeSet<>(ids);
        world.order().stream().filter(wanted::contains).forEach(id -> queue.add(id, cause));
    }

    /** Looks at everything, in one go a kind; what is not right is queued. */
    void pass(String cause) {
        changing.lock();
        try {
            if (stopping) {
                return;
            }
            long start = System.nanoTime();
            List<Desired<?>> all = world.desired();
            all.removeIf(d -> queue.busy(d.id()));
            Map<ResourceId, Kinds.Look> looks = kinds.look(all);
            List<ResourceId> toDo = new ArrayList<>();
            for (Desired<?> d : all) {
                if (queue.busy(d.id()) || !corrector.noteInSync(d, looks.get(d.id()))) {
                    toDo.add(d.id());
                }
            }
            queueInOrder(toDo, cause);
            lastPassTook = Duration.ofNanos(System.nanoTime() - start);
            lastPass = clock.instant();
            firstPass.countDown();
            listeners.forEach(l -> l.passEnded(lastPassTook));
        } catch (RuntimeException e) {
            LOG.error("bug: a full pass failed", e);
        } finally {
            changing.unlock();
        }
    }

    private void settled(ResourceId id, Condition condition, boolean moved) {
        ChangeRun run = changeRun;
        if (run != null) {
            run.settle(id, condition).forEach(next -> queue.add(next, "the removals have settled"));
            endChangeRun(false);
        }
        if (moved && condition == Condition.IN_SYNC) {
            String cause = id + " is in sync";
            world.neededBy(id).forEach(other -> queue.add(other, cause));
            if (world.with(id, t -> true).isEmpty()) { // gone: what it needed may go too
                world.needs(id).forEach(other -> queue.add(other, id + " is gone"));
            }
        }
        synchronized (rest) {
            rest.notifyAll();
        }
    }

    /** Waits until nothing is queued, running or converging; false if that took longer than the limit. */
    boolean awaitRest(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (rest) {
            while (!atRest()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    // the queue empties a moment after the last notice
                    rest.wait(Math.min(left / 1_000_000 + 1, 20));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }

    private boolean atRest() {
        return queue.idle()
                && world.statuses().stream()
                        .noneMatch(s -> s.condition() == Condition.CONVERGING || s.condition() == Condition.DRIFTED);
    }

    /** Whatever waits for its next try is tried now; then everything is looked at. */
    void passWithoutPauses(Collection<ResourceId> only, String cause) {
        for (Desired<?> d : world.desired()) {
            if (only.isEmpty() || only.contains(d.id())) {
                world.with(d.id(), t -> t.next = null);
            }
        }
        if (only.isEmpty()) {
            pass(cause);
        } else {
            queueInOrder(only, cause);
        }
    }

    /** Looks again when a pause is over. */
    void pauseEnds(Pause pause) {
        pause.until().ifPresent(until -> {
            Duration left = Duration.between(clock.instant(), until);
            lookLater(pause.id(), left.isNegative() ? Duration.ZERO : left);
        });
    }

    void queue(ResourceId id, String cause) {
        queue.add(id, cause);
    }

    <T> T exclusively(Exclusive<T> act) throws Refusal {
        changing.lock();
        try {
            return act.act();
        } finally {
            changing.unlock();
        }
    }

    /** What must not happen while another declaration is taken in force. */
    interface Exclusive<T> {
        T act() throws Refusal;
    }

    /** The declaration's state changes without the files having changed. */
    void say(String state, String message) {
        state(state, message, List.of());
    }

    // ---- how it stands

    MachineStatus status(String version, long pid, Instant since) {
        List<ResourceStatus> statuses = world.statuses();
        Map<Condition, Long> counts = World.count(statuses);
        MachineStatus.DeclarationState state = declarationState;
        boolean right = state.state().equals("in-force")
                && statuses.stream()
                        .allMatch(s -> s.condition() == Condition.IN_SYNC || s.condition() == Condition.PAUSED);
        return new MachineStatus(
                right,
                summary(counts, state, journal.trouble()),
                world.declaration()
                        .map(d -> new RevisionInfo(
                                d.revision(),
                                state.since(),
                                d.files(),
                                d.resources().size(),
                                true)),
                state,
                counts,
                statuses,
                Optional.ofNullable(lastPass),
                Optional.ofNullable(lastPassTook),
                queue.size(),
                version,
                pid,
                since);
    }

    private static String summary(
            Map<Condition, Long> counts, MachineStatus.DeclarationState state, Optional<String> journalTrouble) {
        List<String> parts = new ArrayList<>();
        Map<Condition, String> words = new HashMap<>();
        words.put(Condition.IN_SYNC, "in sync");
        for (Condition c : Condition.values()) {
            long n = counts.get(c);
            if (n > 0 || c == Condition.IN_SYNC) {
                parts.add(n + " " + words.getOrDefault(c, c.label().toLowerCase(java.util.Locale.ROOT)));
            }
        }
        String text = String.join(", ", parts);
        if (!state.state().equals("in-force")) {
            text += "; declaration " + state.state() + (state.message().isEmpty() ? "" : ": " + state.message());
        }
        return text
                + journalTrouble
                        .map(t -> "; the journal cannot be written: " + t)
                        .orElse("");
    }

    static String shortId(String revision) {
        return revision.length() > 12 ? revision.substring(0, 12) : revision;
    }
}
