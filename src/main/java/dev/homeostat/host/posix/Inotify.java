package dev.homeostat.host.posix;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * {@link FolderWatch} by inotify (the JDK's WatchService).
 *
 * <p>Each folder on the way to a path is watched too, for its child on that way only, so that a folder that is renamed,
 * removed or made later is noticed. One thread hands out the events.
 */
@ApplicationScoped
public class Inotify implements FolderWatch {
    private static final Logger LOG = Logger.getLogger(Inotify.class);

    /** Until what could not be watched is tried again: the limits are the machine's, and others give back what they used. */
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(10);

    /** Makes the kernel tell of a folder. */
    interface Registrar {
        WatchKey register(Path folder, WatchService service) throws IOException;
    }

    private final Registrar registrar;
    private final Duration retryPause;
    private final Object lock = new Object();
    /** Guarded by {@code lock}; null where the kernel gives us no instance. */
    private WatchService service;

    /** Guarded by {@code lock}. */
    private final Map<Path, WatchKey> keys = new HashMap<>(); // two paths may share one key, where a link leads

    /** All keys that are in use. Guarded by {@code lock}. */
    private final Set<WatchKey> registered = new HashSet<>();

    /** Guarded by {@code lock}. */
    private final Set<Subscription> subscriptions = new HashSet<>();

    /** Folders that could not be watched, each said once. Guarded by {@code lock}. */
    private final Set<Path> unwatched = new HashSet<>();

    /** Guarded by {@code lock}. */
    private boolean retrying;

    private volatile boolean closed;
    private Mounts mounts;

    public Inotify() {
        this((folder, service) -> folder.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE), RETRY_PAUSE);
    }

    Inotify(Registrar registrar, Duration retryPause) {
        this.registrar = registrar;
        this.retryPause = retryPause;
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
        try {
            service = FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            // fs.inotify.max_user_instances, or no descriptors left: without events the resync still finds everything
            LOG.warnf("inotify cannot be used, changes are found by the resync only: %s", e.getMessage());
            retryLater();
            return;
        }
        WatchService opened = service;
        Thread.ofPlatform().daemon().name("inotify").start(() -> deliver(opened));
    }

    @PreDestroy
    void close() throws IOException {
        closed = true;
        if (mounts != null) {
            mounts.close();
        }
        synchronized (lock) {
            if (service != null) {
                service.close();
            }
        }
    }

    /** One caller's paths, by the folder that tells of them: folder -> name in it -> the paths at or below that name. */
    private final class Subscription implements AutoCloseable {
        final Map<Path, Map<Path, Set<Path>>> interest = new HashMap<>();
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
                            .computeIfAbsent(at.getFileName(), n -> new HashSet<>())
                            .add(path);
                }
            }
        }

        /** Whose business an event is. */
        Set<Path> meant(Path folder, Path name, boolean cameOrWent) {
            if (folder.equals(whole)) {
                return Set.of(whole);
            }
            Set<Path> below = interest.getOrDefault(folder, Map.of()).getOrDefault(name, Set.of());
            Path itself = folder.resolve(name);
            return cameOrWent ? below : below.contains(itself) ? Set.of(itself) : Set.of();
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
        for (Path folder : wanted) {
            if (!keys.containsKey(folder) && Files.isDirectory(folder)) {
                register(folder);
            }
        }
        keys.keySet().retainAll(wanted);
        unwatched.retainAll(wanted);
        cancelUnused();
    }

    /** A key may serve several paths that lead to one folder: it goes with the last of them. Call with the lock held. */
    private void cancelUnused() {
        for (WatchKey key : registered) {
            if (!keys.containsValue(key)) {
                key.cancel();
            }
        }
        registered.retainAll(keys.values());
    }

    /** Whether the folder is watched. Call with the lock held. */
    private boolean register(Path folder) {
        try {
            if (service == null) {
                return false;
            }
            WatchKey key = registrar.register(folder, service);
            keys.put(folder, key);
            registered.add(key);
            if (unwatched.remove(folder)) {
                LOG.infof("%s is watched again", folder);
            }
            return true;
        } catch (IOException e) {
            // most likely fs.inotify.max_user_watches: the resync still finds everything
            if (unwatched.add(folder)) {
                LOG.warnf("cannot watch %s, its changes are found by the resync only: %s", folder, e.getMessage());
            }
            retryLater();
            return false;
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
            Set<Path> before = new HashSet<>(keys.keySet());
            if (service == null) {
                open();
            }
            arm();
            keys.keySet().stream()
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
                for (Path folder : List.copyOf(keys.keySet())) {
                    if (folder.startsWith(place) && isAnother(folder)) {
                        subscriptions.forEach(s -> note(tell, s, s.below(folder)));
                    }
                }
                if (place.getParent() != null) {
                    subscriptions.forEach(s -> note(tell, s, s.meant(place.getParent(), place.getFileName(), true)));
                }
            }
            arm();
        }
        tell.forEach((s, paths) -> paths.forEach(s.changed));
    }

    /** Watches what is at the path now: the kernel gives the same key for the same folder. Call with the lock held. */
    private boolean isAnother(Path folder) {
        WatchKey before = keys.remove(folder);
        return !Files.isDirectory(folder)
                || !register(folder)
                || !keys.get(folder).equals(before);
    }

    private void deliver(WatchService from) {
        Pace pace = new Pace();
        while (true) {
            WatchKey key;
            try {
                key = from.take();
                pace.keep();
            } catch (ClosedWatchServiceException e) {
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            try {
                handle(key);
            } catch (RuntimeException e) {
                LOG.error("bug: an event of inotify could not be handled", e);
            }
        }
    }

    private void handle(WatchKey key) {
        Map<Subscription, Set<Path>> tell = new HashMap<>();
        boolean missed = false;
        synchronized (lock) {
            boolean rearm = false;
            Set<Path> aliases = new HashSet<>();
            keys.forEach((folder, k) -> {
                if (k.equals(key)) {
                    aliases.add(folder);
                }
            });
            for (WatchEvent<?> event : key.pollEvents()) {
                if (event.kind() == OVERFLOW) {
                    missed = true;
                    continue;
                }
                Path name = (Path) event.context();
                boolean cameOrWent = event.kind() != ENTRY_MODIFY;
                for (Path folder : aliases) {
                    subscriptions.forEach(s -> note(tell, s, s.meant(folder, name, cameOrWent)));
                    rearm |= cameOrWent && dropBelow(folder.resolve(name));
                }
            }
            if (!key.reset()) { // the folder itself is gone
                for (Path folder : aliases) {
                    keys.remove(folder);
                    subscriptions.forEach(s -> note(tell, s, s.below(folder)));
                }
                rearm = true;
            }
            if (rearm || missed) {
                arm();
            }
            if (missed) {
                subscriptions.forEach(s -> tell.putIfAbsent(s, Set.of()));
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

    private static void note(Map<Subscription, Set<Path>> tell, Subscription subscription, Set<Path> paths) {
        if (!paths.isEmpty()) {
            tell.computeIfAbsent(subscription, s -> new HashSet<>()).addAll(paths);
        }
    }

    /** A folder on a way came or went: what was watched below is another folder now. True if any watched folder is meant. */
    private boolean dropBelow(Path path) {
        boolean any = subscriptions.stream().anyMatch(s -> s.interest.containsKey(path));
        if (any) {
            keys.keySet().removeIf(folder -> folder.startsWith(path));
            cancelUnused();
        }
        return any;
    }
}
