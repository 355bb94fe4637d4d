package dev.homeostat.host.posix;

import dev.homeostat.host.posix.InotifyCalls.Event;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * {@link FolderWatch} by inotify(7), read by a thread of its own: the JDK's WatchService hands each event from its thread to
 * ours, which costs a waking more, and keeps only 512 events of a folder.
 *
 * <p>Each folder on the way to a path is watched too, for its child on that way only, so that a folder that is renamed,
 * removed or made later is noticed. One thread hands out the events.
 */
@ApplicationScoped
public class Inotify implements FolderWatch {
    private static final Logger LOG = Logger.getLogger(Inotify.class);

    /** Until what could not be watched is tried again: the limits are the machine's, and others give back what they used. */
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(10);
    /** About a thousand events at once. */
    private static final long BUFFER_BYTES = 64 * 1024;

    /** Makes the kernel tell of a folder: see {@link InotifyCalls#add}. */
    interface Registrar {
        int add(int fd, String folder);
    }

    private final Registrar registrar;
    private final Duration retryPause;
    private final Object lock = new Object();
    /** Guarded by {@code lock}; negative where the kernel gives us no instance. */
    private int fd = -1;

    private final int end;
    /** Guarded by {@code lock}; null where there is no instance. */
    private Thread reader;

    /** The watch of each watched folder. Guarded by {@code lock}. */
    private final Map<Path, Integer> watches = new HashMap<>();

    /** The folders of each watch: several where a link leads to a folder. Guarded by {@code lock}. */
    private final Map<Integer, Set<Path>> folders = new HashMap<>();

    /** Guarded by {@code lock}. */
    private final Set<Subscription> subscriptions = new HashSet<>();

    /** Folders that could not be watched, each said once. Guarded by {@code lock}. */
    private final Set<Path> unwatched = new HashSet<>();

    /** Guarded by {@code lock}. */
    private boolean retrying;

    private volatile boolean closed;
    private Mounts mounts;

    public Inotify() {
        this(InotifyCalls::add, RETRY_PAUSE);
    }

    Inotify(Registrar registrar, Duration retryPause) {
        this.registrar = registrar;
        this.retryPause = retryPause;
        this.end = LibC.eventfd();
        synchronized (lock) {
            open();
        }
        try {
            mounts = new Mounts(this::mountsChanged);
        } catch (IOException e) {
            LOG.warnf("mounts are not noticed, only what the resync finds: %s", e.getMessage());
        }
    }

    /** Call with the lock held. */
    private void open() {
        int opened = end < 0 ? end : InotifyCalls.init();
        if (opened < 0) { // without events the resync still finds everything
            LOG.warnf(
                    "inotify cannot be used, changes are found by the resync only: %s",
                    opened == -LibC.EMFILE
                            ? "the limit of instances or open files is reached (fs.inotify.max_user_instances)"
                            : LibC.text(-opened));
            retryLater();
            return;
        }
        fd = opened;
        reader = Thread.ofPlatform().daemon().name("inotify").start(() -> read(opened));
    }

    /** Ends it: nobody is told of anything any more. A machine has only some hundred of these. */
    @PreDestroy
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
        }
        if (mounts != null) {
            mounts.close();
        }
        Thread last;
        synchronized (lock) {
            last = reader;
        }
        if (end >= 0) {
            LibC.raise(end);
        }
        if (last != null) {
            try {
                last.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        LibC.close(end);
    }

    /** One caller's paths, by the folder that tells of them: folder -> name in it -> the paths at or below that name. */
    private final class Subscription implements AutoCloseable {
        final Map<Path, Map<String, Set<Path>>> interest = new HashMap<>();
        /** Folder in which every name matters; null if none. */
        final Path whole;

        final Consumer<Path> changed;
        final Runnable overflow;

        Subscription(Set<Path> paths, Path whole, Consumer<Path> changed, Runnable overflow) {
            this.whole = whole;
            if (whole != null) {
                interest.put(whole, new HashMap<>());
            }
            this.changed = changed;
            this.overflow = overflow;
            for (Path path : paths) {
                for (Path at = path; at.getParent() != null; at = at.getParent()) {
                    interest.computeIfAbsent(at.getParent(), f -> new HashMap<>())
                            .computeIfAbsent(at.getFileName().toString(), n -> new HashSet<>())
                            .add(path);
                }
            }
        }

        /** Whose business an event is. */
        Set<Path> meant(Path folder, String name, boolean cameOrWent) {
            if (folder.equals(whole)) {
                return Set.of(whole);
            }
            if (name == null) { // the folder itself: the one above tells of it, too, and knows whose business it is
                return Set.of();
            }
            Set<Path> below = interest.getOrDefault(folder, Map.of()).getOrDefault(name, Set.of());
            if (cameOrWent || below.isEmpty()) {
                return below;
            }
            Path itself = folder.resolve(name);
            return below.contains(itself) ? Set.of(itself) : Set.of();
        }

        /** Whether the name in the folder is a folder that is watched when it is there. */
        boolean leadsOn(Path folder, String name) {
            return interest.getOrDefault(folder, Map.of()).containsKey(name)
                    && interest.containsKey(folder.resolve(name));
        }

        Set<Path> below(Path folder) {
            Set<Path> all = new HashSet<>();
            if (folder.equals(whole)) {
                all.add(whole);
            }
            interest.getOrDefault(folder, Map.of()).values().forEach(all::addAll);
            return all;
        }

        @Override
        public void close() {
            synchronized (lock) {
                subscriptions.remove(this);
                arm();
            }
        }
    }

    @Override
    public AutoCloseable watch(Set<Path> paths, Consumer<Path> changed, Runnable overflow) {
        return add(new Subscription(Set.copyOf(paths), null, changed, overflow));
    }

    @Override
    public AutoCloseable watchFolder(Path folder, Runnable changed) {
        return add(new Subscription(Set.of(folder), folder, path -> changed.run(), changed));
    }

    private Subscription add(Subscription subscription) {
        synchronized (lock) {
            subscriptions.add(subscription);
            arm();
        }
        return subscription;
    }

    /** Watches what is wanted and there, and nothing else. Call with the lock held. */
    private void arm() {
        Set<Path> wanted = new HashSet<>();
        subscriptions.forEach(s -> wanted.addAll(s.interest.keySet()));
        List<Path> missing = new ArrayList<>();
        for (Path folder : wanted) {
            if (!watches.containsKey(folder)) {
                missing.add(folder);
            }
        }
        // From above to below: what is made in a folder after it was found missing is told by the one above, watched by
        // then.
        missing.sort(Comparator.comparingInt(Path::getNameCount));
        missing.forEach(this::register);
        List.copyOf(watches.keySet()).stream()
                .filter(folder -> !wanted.contains(folder))
                .forEach(this::forget);
        unwatched.retainAll(wanted);
    }

    /** Whether what is at the path is watched now, if it was not before. Call with the lock held. */
    private boolean register(Path folder) {
        if (fd < 0) {
            return false;
        }
        int watch = registrar.add(fd, folder.toString());
        if (watch == -LibC.ENOENT || watch == -LibC.ENOTDIR) {
            return false;
        }
        if (watch < 0) {
            // most likely the limit: the resync still finds everything
            if (unwatched.add(folder)) {
                LOG.warnf(
                        "cannot watch %s, its changes are found by the resync only: %s",
                        folder,
                        watch == -LibC.ENOSPC
                                ? "the limit of watches is reached (fs.inotify.max_user_watches)"
                                : LibC.text(-watch));
            }
            retryLater();
            return false;
        }
        watches.put(folder, watch);
        folders.computeIfAbsent(watch, w -> new HashSet<>()).add(folder);
        if (unwatched.remove(folder)) {
            LOG.infof("%s is watched again", folder);
        }
        return true;
    }

    /** A watch may serve several paths that lead to one folder: it goes with the last of them. Call with the lock held. */
    private void forget(Path folder) {
        Integer watch = watches.remove(folder);
        Set<Path> same = folders.getOrDefault(watch, new HashSet<>());
        same.remove(folder);
        if (same.isEmpty() && folders.remove(watch) != null) {
            InotifyCalls.remove(fd, watch);
        }
    }

    /** Call with the lock held. */
    private void retryLater() {
        if (retrying || closed) {
            return;
        }
        retrying = true;
        Thread.ofVirtual().name("inotify-retry").start(() -> {
            try {
                Thread.sleep(retryPause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            retry();
        });
    }

    /** What is watched at last may have changed before: it is looked at. */
    private void retry() {
        Map<Subscription, Set<Path>> tell = new HashMap<>();
        synchronized (lock) {
            retrying = false;
            if (closed) {
                return;
            }
            Set<Path> before = new HashSet<>(watches.keySet());
            if (fd < 0) {
                open();
            }
            arm();
            watches.keySet().stream()
                    .filter(folder -> !before.contains(folder))
                    .forEach(folder -> subscriptions.forEach(s -> note(tell, s, s.below(folder))));
        }
        tell.forEach((s, paths) -> paths.forEach(s.changed));
    }

    /** A folder that we watch may be hidden by a mount, or be seen again: then it is another one. */
    private void mountsChanged(Set<Path> places) {
        Map<Subscription, Set<Path>> tell = new HashMap<>();
        synchronized (lock) {
            for (Path place : places) {
                for (Path folder : List.copyOf(watches.keySet())) {
                    if (folder.startsWith(place) && isAnother(folder)) {
                        subscriptions.forEach(s -> note(tell, s, s.below(folder)));
                    }
                }
                if (place.getParent() != null) {
                    String name = place.getFileName().toString();
                    subscriptions.forEach(s -> note(tell, s, s.meant(place.getParent(), name, true)));
                }
            }
            arm();
        }
        tell.forEach((s, paths) -> paths.forEach(s.changed));
    }

    /** Watches what is at the path now: the kernel gives the same number for the same folder. Call with the lock held. */
    private boolean isAnother(Path folder) {
        int before = watches.get(folder);
        int now = fd < 0 ? fd : registrar.add(fd, folder.toString());
        if (now == before) {
            return false;
        }
        forget(folder);
        if (now >= 0) {
            register(folder);
        }
        return true;
    }

    private void read(int from) {
        Pace pace = new Pace();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
            while (LibC.awaitReadable(from, end)) {
                pace.keep();
                long bytes = LibC.read(from, buffer);
                if (bytes == -LibC.EAGAIN || bytes == -LibC.EINTR) {
                    continue;
                }
                if (bytes <= 0) {
                    LOG.errorf(
                            "inotify cannot be read any more, changes are found by the resync only: %s",
                            LibC.text((int) -bytes));
                    return;
                }
                try {
                    handle(buffer.asSlice(0, bytes));
                } catch (RuntimeException e) {
                    LOG.error("bug: an event of inotify could not be handled", e);
                }
            }
        } finally {
            synchronized (lock) {
                LibC.close(from);
                fd = -1;
                watches.clear();
                folders.clear();
                retryLater();
            }
        }
    }

    private void handle(MemorySegment events) {
        Map<Subscription, Set<Path>> tell = new HashMap<>();
        boolean missed = false;
        synchronized (lock) {
            boolean rearm = false;
            for (long at = 0; at < events.byteSize(); at += InotifyCalls.length(events, at)) {
                Event event = InotifyCalls.event(events, at);
                missed |= event.isOverflow();
                for (Path folder : Set.copyOf(folders.getOrDefault(event.watch(), Set.of()))) {
                    rearm |= handle(event, folder, tell);
                }
            }
            if (missed) { // what was made, removed or replaced meanwhile is not known
                List.copyOf(watches.keySet()).forEach(this::isAnother);
                subscriptions.forEach(s -> tell.putIfAbsent(s, Set.of()));
            }
            if (rearm || missed) {
                arm();
            }
        }
        // only now: whoever looks because of this finds the watches in place, so that nothing falls between
        if (missed) {
            LOG.warn("inotify lost events, looking at all watched files");
            tell.keySet().forEach(s -> s.overflow.run());
        } else {
            tell.forEach((s, paths) -> paths.forEach(s.changed));
        }
    }

    /** Whether other folders may have to be watched now. Call with the lock held. */
    private boolean handle(Event event, Path folder, Map<Subscription, Set<Path>> tell) {
        if (event.isEnd()) {
            folders.remove(event.watch());
            watches.remove(folder);
            subscriptions.forEach(s -> note(tell, s, s.below(folder)));
            return true;
        }
        String name = event.name();
        boolean leadsOn = false;
        for (Subscription s : subscriptions) {
            note(tell, s, s.meant(folder, name, event.cameOrWent()));
            leadsOn |= name != null && event.cameOrWent() && s.leadsOn(folder, name);
        }
        if (leadsOn) { // a folder on a way came or went: what was watched below is another folder now
            Path gone = folder.resolve(name);
            List.copyOf(watches.keySet()).stream()
                    .filter(watched -> watched.startsWith(gone))
                    .forEach(this::forget);
        }
        return leadsOn;
    }

    private static void note(Map<Subscription, Set<Path>> tell, Subscription subscription, Set<Path> paths) {
        if (!paths.isEmpty()) {
            tell.computeIfAbsent(subscription, s -> new HashSet<>()).addAll(paths);
        }
    }
}
