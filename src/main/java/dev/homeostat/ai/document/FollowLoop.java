package dev.homeostat.ai.document;

import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.posix.TreeWatch;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Has the knowledge base hold what the folders do. It keeps nothing of its own: at the start, every {@link Rhythm#full} and after
 * each trouble it lists what the knowledge base has of it, and puts right what differs. In between it looks where inotify says.
 *
 * <p>{@link #changed}, {@link #missed}, {@link #settings} and {@link #end} may be called by any thread; all else is done by the
 * one that runs.
 */
final class FollowLoop implements TreeWatch.Listener {
    /** Tags that say whose a document is, and from which origin. No tag that is declared has a colon. */
    private static final String OWNER_TAG = "followed:";

    private static final String ORIGIN_TAG = "from:";

    /** Of the 256 connections that the knowledge base has for all. */
    private static final int REMOVED_AT_ONCE = 16;
    /** Fewer are everyday, of which only the knowledge base tells. */
    private static final int WORTH_A_LINE = 100;
    /** Files that are read between two looks at what else there is to do. */
    private static final int READ_AT_ONCE = 200;
    /** More than this since the last time is worth the collection: else nobody gives the memory of a seeding back. */
    private static final long GROWTH_BYTES = 4L << 20;

    /**
     * How often.
     *
     * @param quiet after a change, until nothing more has come for so long: an editor writes a file in several steps
     * @param busy but for no longer than that
     * @param full between two comparisons of everything
     * @param slow the same while the kernel does not tell of all changes
     * @param first pause after a knowledge base did not answer; each is twice the one before
     * @param longest of these pauses
     */
    record Rhythm(Duration quiet, Duration busy, Duration full, Duration slow, Duration first, Duration longest) {
        static final Rhythm USUAL = new Rhythm(
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                Duration.ofMinutes(10),
                Duration.ofMinutes(1),
                Duration.ofMillis(500),
                Duration.ofSeconds(30));
    }

    private final SafeFiles files;
    private final FolderWatch roots;
    private final TreeWatch watch;
    private final InstantSource clock;
    private final Path socket;
    private final Rhythm rhythm;
    private final Told told;
    private final Consumer<String> status;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    /** Folders to look into. Guarded by {@code lock}. */
    private final Set<Path> changed = new HashSet<>();
    /** Roots that may be other folders now. Guarded by {@code lock}. */
    private final Set<Path> moved = new HashSet<>();
    /** Guarded by {@code lock}. */
    private boolean missed;
    /** Guarded by {@code lock}; null if they are as before. */
    private FollowSettings next;
    /** Guarded by {@code lock}. */
    private boolean ended;

    private FollowSettings settings;
    private KnowledgeBase base;
    private final Map<String, Origin> origins = new TreeMap<>();
    private AutoCloseable watchingRoots = () -> {};
    /** What other origins than those there are have left. */
    private final Set<String> strangers = new LinkedHashSet<>();

    private boolean compared;
    private boolean introduced;
    private Duration pause = Duration.ZERO;
    private long due = System.nanoTime();
    private long heapAfter = Long.MAX_VALUE;
    private int sent;
    private int removed;

    /**
     * @param roots for the declared folders themselves and what leads to them
     * @param watching for what is in them
     * @param socket of the daemon that is asked for what is declared
     * @param status told how it is, in one line
     */
    FollowLoop(
            SafeFiles files,
            FolderWatch roots,
            Function<TreeWatch.Listener, TreeWatch> watching,
            InstantSource clock,
            Path socket,
            Rhythm rhythm,
            Told told,
            Consumer<String> status) {
        this.files = files;
        this.roots = roots;
        this.clock = clock;
        this.socket = socket;
        this.rhythm = rhythm;
        this.told = told;
        this.status = status;
        this.watch = watching.apply(this);
    }

    // ---- what others say

    @Override
    public void changed(Path folder) {
        say(() -> changed.add(folder));
    }

    @Override
    public void missed() {
        say(() -> missed = true);
    }

    /** From now on these; also before it runs. */
    void settings(FollowSettings wanted) {
        say(() -> next = wanted);
    }

    void end() {
        say(() -> ended = true);
    }

    private void say(Runnable what) {
        lock.lock();
        try {
            what.run();
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ---- the loop

    /** Until it is told to end, or is interrupted. */
    void run() throws InterruptedException {
        try {
            while (await()) {
                try {
                    take();
                    if (settings != null) {
                        look();
                        follow();
                    }
                } catch (Trouble t) {
                    fail(t);
                } catch (RuntimeException e) {
                    told.bug("a mistake while following documents", e);
                    fail(Trouble.passing("a mistake while following documents: " + e));
                }
            }
        } finally {
            close();
        }
    }

    private void close() throws InterruptedException {
        try {
            watchingRoots.close();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            told.bug("watching did not end in order", e);
        }
        watch.close();
    }

    /** Whether there is something to do; waits until there is. */
    private boolean await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!ended && !isNews() && due - System.nanoTime() > 0) {
                news.awaitNanos(due - System.nanoTime());
            }
            if (ended) {
                return false;
            }
            boolean away = !pause.isZero();
            if (away && next == null) { // nothing can be done before; what comes meanwhile is kept
                while (!ended && next == null && due - System.nanoTime() > 0) {
                    news.awaitNanos(due - System.nanoTime());
                }
                return !ended;
            }
            settle();
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    /** Call with the lock held. */
    private boolean isNews() {
        return missed || next != null || !changed.isEmpty() || !moved.isEmpty();
    }

    /** Waits until nothing more comes. Call with the lock held. */
    private void settle() throws InterruptedException {
        long last = System.nanoTime() + rhythm.busy().toNanos();
        int before = -1;
        while (!ended && next == null && changed.size() + moved.size() != before && last - System.nanoTime() > 0) {
            before = changed.size() + moved.size();
            long quiet = System.nanoTime() + rhythm.quiet().toNanos();
            while (!ended && next == null && quiet - System.nanoTime() > 0) {
                news.awaitNanos(quiet - System.nanoTime());
            }
        }
    }

    private record Due(FollowSettings next, Set<Path> changed, Set<Path> moved, boolean missed) {}

    private Due due() {
        lock.lock();
        try {
            Due all = new Due(next, Set.copyOf(changed), Set.copyOf(moved), missed);
            next = null;
            changed.clear();
            moved.clear();
            missed = false;
            return all;
        } finally {
            lock.unlock();
        }
    }

    private void take() {
        Due all = due();
        if (all.next != null) {
            apply(all.next);
        }
        if (all.missed) {
            compared = false;
        }
        for (Tree tree : trees()) {
            if (!compared || all.moved.contains(tree.path())) {
                continue; // all of it is looked at below
            }
            all.changed.stream()
                    .filter(folder -> folder.startsWith(tree.path()))
                    .forEach(tree::look);
        }
        if (compared) {
            trees().stream().filter(tree -> all.moved.contains(tree.path())).forEach(Tree::look);
        }
        boolean found = false;
        for (Tree tree : trees()) {
            found |= tree.takeFound();
        }
        if (found || due - System.nanoTime() <= 0) {
            compared = false;
        }
    }

    private List<Tree> trees() {
        return origins.values().stream()
                .filter(Tree.class::isInstance)
                .map(Tree.class::cast)
                .toList();
    }

    private void apply(FollowSettings wanted) {
        if (base == null || !base.address().equals(wanted.knowledge())) {
            base = new KnowledgeBase(wanted.knowledge());
        }
        boolean other = settings != null && !settings.owner().equals(wanted.owner());
        for (Tree tree : trees()) {
            if (other || !Objects.equals(tree.settings(), wanted.documents().get(tree.name()))) {
                tree.close();
                origins.remove(tree.name());
            }
        }
        wanted.documents()
                .forEach((name, folder) ->
                        origins.computeIfAbsent(name, n -> new Tree(n, folder, files, watch, clock, told)));
        if (wanted.machine()) {
            origins.computeIfAbsent(Machine.NAME, n -> new Machine(socket, told));
        } else {
            origins.remove(Machine.NAME);
        }
        settings = wanted;
        compared = false;
        pause = Duration.ZERO;
        AutoCloseable before = watchingRoots;
        watchingRoots = roots.watch(
                trees().stream().map(Tree::path).collect(Collectors.toSet()),
                path -> say(() -> moved.add(path)),
                this::missed);
        try {
            before.close();
        } catch (Exception e) {
            told.bug("watching did not end in order", e);
        }
    }

    // ---- looking

    private void look() {
        if (!compared) {
            for (Origin origin : origins.values()) {
                status.accept("looks at " + origin.name());
                origin.look();
            }
        }
        for (Origin origin : origins.values()) {
            int left = origin.read(READ_AT_ONCE);
            while (left > 0) {
                status.accept("reads " + origin.name() + ": " + left + " files are left");
                left = origin.read(READ_AT_ONCE);
            }
        }
    }

    // ---- what the knowledge base has to be told

    private void follow() throws Trouble, InterruptedException {
        if (!compared) {
            compare();
        }
        for (Origin origin : origins.values()) {
            send(origin);
        }
        for (Origin origin : origins.values()) { // after: what was renamed is always there under one of its names
            remove(origin);
        }
        remove(List.copyOf(strangers), strangers::remove);
        if (!pause.isZero()) {
            told.over("base", "the knowledge base at " + base.address() + " answers again");
        }
        if (!introduced || sent + removed >= WORTH_A_LINE) {
            introduced = true;
            told.info("followed: " + sent + " new or changed, " + removed + " removed; " + summary());
        }
        sent = 0;
        removed = 0;
        compared = true;
        pause = Duration.ZERO;
        boolean watched = trees().stream().allMatch(tree -> tree.unwatched().isEmpty());
        due = System.nanoTime() + (watched ? rhythm.full() : rhythm.slow()).toNanos();
        status.accept(summary());
        returnHeap();
    }

    /** What the knowledge base has beside what it should have. Nothing is changed yet. */
    private void compare() throws Trouble {
        status.accept("compares with the knowledge base");
        origins.values().forEach(origin -> {
            origin.each(leaf -> leaf.kept = false);
            origin.gone().clear();
        });
        strangers.clear();
        base.each(OWNER_TAG + settings.owner(), this::compare);
        origins.values()
                .forEach(origin -> origin.each(leaf -> {
                    if (leaf.isDue()) {
                        origin.due().add(leaf);
                    } else {
                        origin.due().remove(leaf);
                    }
                }));
    }

    private void compare(KnowledgeBase.Held held) {
        String from = held.tags().stream()
                .filter(tag -> tag.startsWith(ORIGIN_TAG))
                .findFirst()
                .orElse("");
        String name = from.isEmpty() ? "" : from.substring(ORIGIN_TAG.length());
        if (!held.id().equals(Origin.id(settings.owner(), name, held.source()))) {
            return; // somebody else's, who tagged it like ours
        }
        Origin origin = origins.get(name);
        if (origin == null) {
            strangers.add(held.id());
            return;
        }
        if (origin.isUnclear(held.source())) {
            Leaf leaf = origin.leaf(held.source());
            if (leaf != null) {
                leaf.kept = leaf.sha256.equals(held.sha256());
            }
            return;
        }
        Leaf leaf = origin.leaf(held.source());
        if (leaf == null) {
            origin.gone().add(held.source());
        } else {
            leaf.kept = leaf.sha256.equals(held.sha256())
                    && held.project().equals(origin.project())
                    && new HashSet<>(held.tags()).equals(new HashSet<>(tags(origin, leaf)));
        }
    }

    private List<String> tags(Origin origin, Leaf leaf) {
        List<String> tags = new ArrayList<>(List.of(OWNER_TAG + settings.owner(), ORIGIN_TAG + origin.name()));
        tags.addAll(origin.tags(leaf));
        return tags;
    }

    private void send(Origin origin) throws Trouble {
        int all = origin.due().size();
        int done = 0;
        Map<Leaf, byte[]> batch = new LinkedHashMap<>();
        long bytes = 0;
        for (Leaf leaf : List.copyOf(origin.due())) {
            byte[] document = document(origin, leaf);
            if (document == null) {
                origin.due().remove(leaf);
                continue;
            }
            if (!batch.isEmpty()
                    && (batch.size() >= KnowledgeBase.BATCH_LIMIT
                            || bytes + document.length > KnowledgeBase.BATCH_LIMIT_BYTES)) {
                done += put(origin, batch);
                bytes = 0;
                status.accept(origin.name() + ": " + done + " of " + all + " documents");
            }
            batch.put(leaf, document);
            bytes += document.length;
        }
        if (!batch.isEmpty()) {
            put(origin, batch);
        }
    }

    /** Null if there is none any more, or it cannot be read. */
    private byte[] document(Origin origin, Leaf leaf) {
        try {
            String text = origin.text(leaf);
            if (text == null || leaf.dropped) {
                return null;
            }
            return KnowledgeBase.document(
                    Origin.id(settings.owner(), origin.name(), leaf.source),
                    origin.project(),
                    tags(origin, leaf),
                    leaf.source,
                    leaf.sha256,
                    text);
        } catch (Trouble t) {
            leaf.unclear = true;
            leaf.doubt();
            told.trouble(origin.name() + "/" + leaf.source, "left out for now: " + t.getMessage());
            return null;
        }
    }

    private int put(Origin origin, Map<Leaf, byte[]> batch) throws Trouble {
        int count = batch.size();
        try {
            base.put(List.copyOf(batch.values()));
            batch.keySet().forEach(leaf -> kept(origin, leaf));
        } catch (KnowledgeBase.Refused together) {
            for (Map.Entry<Leaf, byte[]> one : batch.entrySet()) {
                putAlone(origin, one.getKey(), one.getValue());
            }
        }
        batch.clear();
        return count;
    }

    private void putAlone(Origin origin, Leaf leaf, byte[] document) throws Trouble {
        try {
            base.put(List.of(document));
            kept(origin, leaf);
        } catch (KnowledgeBase.Refused e) {
            leaf.refused = leaf.sha256;
            origin.due().remove(leaf);
            told.warning(
                    "the knowledge base does not take " + leaf.source + " of " + origin.name() + ": " + e.getMessage());
        }
    }

    private void kept(Origin origin, Leaf leaf) {
        leaf.kept = true;
        origin.due().remove(leaf);
        sent++;
    }

    private void remove(Origin origin) throws Trouble, InterruptedException {
        Collection<String> gone = origin.gone();
        Map<String, String> ids = new LinkedHashMap<>();
        for (String source : List.copyOf(gone)) {
            if (origin.isUnclear(source)) {
                continue; // until it is known
            }
            if (origin.leaf(source) == null) {
                ids.put(Origin.id(settings.owner(), origin.name(), source), source);
            } else {
                gone.remove(source); // there is one again
            }
        }
        remove(ids.keySet(), id -> gone.remove(ids.get(id)));
    }

    /** Several at once, which share a sync of the disk. */
    private void remove(Collection<String> ids, Consumer<String> done) throws Trouble, InterruptedException {
        List<String> all = List.copyOf(ids);
        try (ExecutorService several = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < all.size(); i += REMOVED_AT_ONCE) {
                List<String> some = all.subList(i, Math.min(i + REMOVED_AT_ONCE, all.size()));
                List<Callable<String>> tasks = new ArrayList<>();
                some.forEach(id -> tasks.add(() -> {
                    base.remove(id);
                    return id;
                }));
                for (Future<String> each : several.invokeAll(tasks)) {
                    done.accept(each.get());
                    removed++;
                }
                status.accept("removes: " + (all.size() - i - some.size()) + " documents are left");
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Trouble t) {
                throw t;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void fail(Trouble t) {
        pause = pause.isZero() ? rhythm.first() : pause.multipliedBy(2);
        if (pause.compareTo(rhythm.longest()) > 0) {
            pause = rhythm.longest();
        }
        told.trouble("base", t.getMessage() + "; what changes meanwhile follows when it does");
        status.accept("waits: " + t.getMessage());
        compared = false; // it may have lost what it had
        due = System.nanoTime() + pause.toNanos();
    }

    // ---- how it is

    private String summary() {
        int documents = trees().stream().mapToInt(Tree::count).sum();
        List<String> troubles = origins.values().stream()
                .map(Origin::trouble)
                .filter(trouble -> !trouble.isEmpty())
                .toList();
        return "follows " + documents + " files of " + trees().size() + " folders"
                + (troubles.isEmpty() ? "" : "; " + String.join("; ", troubles));
    }

    /** The serial collector gives back only what a full collection finds free, and here none comes by itself. */
    private void returnHeap() {
        if (Runtime.getRuntime().totalMemory() - GROWTH_BYTES > heapAfter || heapAfter == Long.MAX_VALUE) {
            System.gc();
            heapAfter = Runtime.getRuntime().totalMemory();
        }
    }
}
