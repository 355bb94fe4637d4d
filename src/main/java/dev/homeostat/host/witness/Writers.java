package dev.homeostat.host.witness;

import dev.homeostat.host.posix.Fanotify;
import dev.homeostat.host.posix.Fanotify.Touch;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Who touched which path last, where the kernel tells (see {@link Fanotify}). What is remembered is bounded in number and time.
 * Thread-safe.
 */
@ApplicationScoped
public class Writers {
    private static final Logger LOG = Logger.getLogger(Writers.class);

    /** As {@link Witness} keeps what it saw. */
    private static final Duration KEPT = Duration.ofMinutes(3);

    private static final int PATHS_LIMIT = 1024;
    /**
     * An editor's first event is often on a file of its own beside the declared one; at its last it may have ended. Process
     * numbers are not used again within such a time.
     */
    private static final Duration PROCESS_KEPT = Duration.ofSeconds(2);

    private static final int PROCESSES_LIMIT = 256;

    private final ProcessTable processes;
    private final InstantSource clock;
    private final Object lock = new Object();
    /** Guarded by {@code lock}. */
    private final List<Set<Path>> watches = new ArrayList<>();

    /** Guarded by {@code lock}. */
    private Set<Path> paths = Set.of();

    /** Null if it is not allowed, or not wanted yet. Guarded by {@code lock}. */
    private Fanotify fanotify;

    private boolean refused;

    private final Map<Path, Touched> last = bounded(PATHS_LIMIT);
    /** Used by the thread that reads events alone. */
    private final Map<Long, Known> known = bounded(PROCESSES_LIMIT);

    /** @param told to whom it was told already */
    private record Touched(Rival rival, Touch touch, Instant at, Set<ResourceId> told) {}

    /** @param process empty if it had ended at its first event */
    private record Known(Optional<ProcessFacts> process, boolean ours, Instant at) {}

    public Writers(ProcessTable processes, InstantSource clock) {
        this.processes = processes;
        this.clock = clock;
    }

    private static <K, V> Map<K, V> bounded(int limit) {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > limit;
            }
        };
    }

    @PreDestroy
    void close() {
        synchronized (lock) {
            if (fanotify != null) {
                fanotify.close();
            }
        }
    }

    /** Until closed. */
    AutoCloseable watch(Set<Path> wanted) {
        synchronized (lock) {
            watches.add(wanted);
            arm();
        }
        return () -> {
            synchronized (lock) {
                watches.removeIf(w -> w == wanted);
                arm();
            }
        };
    }

    /** Call with the lock held. */
    private void arm() {
        if (refused) {
            return;
        }
        Set<Path> all = new HashSet<>();
        watches.forEach(all::addAll);
        paths = all;
        try {
            if (fanotify == null) {
                fanotify = Fanotify.open(this::touched);
                LOG.debug("fanotify tells who writes declared files");
            }
        } catch (IOException e) {
            refused = true;
            LOG.infof(
                    "which program changes a declared file is not known, its owner is what tells: no fanotify, %s (see the guide, \"Who changed it?\")",
                    e.getMessage());
            return;
        }
        Set<Path> folders = new HashSet<>();
        all.forEach(path -> folders.add(path.getParent() == null ? path : path.getParent()));
        fanotify.watch(folders).forEach((folder, why) -> LOG.debugf("who writes in %s is not seen: %s", folder, why));
    }

    private void touched(Path folder, String name, long pid, Touch touch) {
        Known who = who(pid);
        if (who.ours()) {
            return;
        }
        Path path = folder.resolve(name);
        synchronized (lock) {
            if (!paths.contains(path)) {
                return;
            }
        }
        Instant now = clock.instant();
        Rival rival = who.process()
                .map(p -> processes.rival(p, touch.deed(), now))
                .orElseGet(() -> new Rival(Optional.empty(), "", Optional.of(pid), "", touch.deed(), Optional.of(now)));
        synchronized (lock) {
            Touched before = last.remove(path);
            boolean less = before != null
                    && before.told().isEmpty()
                    && before.rival().pid().equals(Optional.of(pid))
                    && before.touch().compareTo(touch) <= 0
                    && now.isBefore(before.at().plus(PROCESS_KEPT));
            last.put(path, less ? before : new Touched(rival, touch, now, new HashSet<>()));
        }
    }

    private Known who(long pid) {
        Instant now = clock.instant();
        Known before = known.get(pid);
        if (before != null && now.isBefore(before.at().plus(PROCESS_KEPT))) {
            return before;
        }
        Optional<ProcessFacts> process = processes.of(pid);
        Known found = new Known(process, process.filter(processes::isOurs).isPresent(), now);
        known.remove(pid);
        known.put(pid, found);
        return found;
    }

    /** Tells it once to each who asks. */
    Optional<Rival> last(Path path, ResourceId asks) {
        synchronized (lock) {
            if (fanotify != null && path.getParent() != null) {
                fanotify.refresh(path.getParent()); // it may be another folder than before
            }
            Touched touched = last.get(path);
            return touched == null
                            || clock.instant().isAfter(touched.at().plus(KEPT))
                            || !touched.told().add(asks)
                    ? Optional.empty()
                    : Optional.of(touched.rival());
        }
    }
}
