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
import java.util.HashMap;
import java.util.HashSet;
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

    private final WatchService service;
    private final Object lock = new Object();
    /** Guarded by {@code lock}. */
    private final Map<Path, WatchKey> keys = new HashMap<>(); // two paths may share one key, where a link leads

    /** All keys that are in use. Guarded by {@code lock}. */
    private final Set<WatchKey> registered = new HashSet<>();

    /** Guarded by {@code lock}. */
    private final Set<Subscription> subscriptions = new HashSet<>();

    public Inotify() throws IOException {
        service = FileSystems.getDefault().newWatchService();
        Thread.ofPlatform().daemon().name("inotify").start(this::deliver);
    }

    @PreDestroy
    void close() throws IOException {
        service.close();
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
        keys.entrySet().removeIf(e -> {
            if (wanted.contains(e.getKey())) {
                return false;
            }
            return true;
        });
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

    private void register(Path folder) {
        try {
            WatchKey key = folder.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
            keys.put(folder, key);
            registered.add(key);
        } catch (IOException e) {
            // most likely fs.inotify.max_user_watches: the resync timer still finds everything
            LOG.warnf("cannot watch %s, its changes are found by the resync only: %s", folder, e.getMessage());
        }
    }

    private void deliver() {
        while (true) {
            WatchKey key;
            try {
                key = service.take();
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
            keys.entrySet().removeIf(e -> {
                if (!e.getKey().startsWith(path)) {
                    return false;
                }
                return true;
            });
            cancelUnused();
        }
        return any;
    }
}
