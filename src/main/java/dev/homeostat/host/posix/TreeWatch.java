package dev.homeostat.host.posix;

import dev.homeostat.host.posix.InotifyCalls.Event;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells which of many folders may have changed, by inotify(7): for whole trees, where {@link FolderWatch} is for single paths
 * and what leads to them. It knows no trees: who uses it adds each folder, before looking into it, and each time again, since
 * there may be another folder at the path by then. Thread-safe.
 */
public final class TreeWatch implements AutoCloseable {
    /** About a thousand events at once. */
    private static final long BUFFER_BYTES = 64 * 1024;

    /** Called by a thread of its own; returns at once. */
    public interface Listener {
        /** Something directly in the folder was made, changed or removed, or the folder itself went. */
        void changed(Path folder);

        /** Something was missed: look at all of them. */
        void missed();
    }

    /** Makes the kernel tell of a folder: the number of its watch, or a negative errno. */
    public interface Registrar {
        int add(int fd, String folder);
    }

    private final Listener listener;
    private final Registrar registrar;
    private final Object lock = new Object();
    private final int end;
    /** Negative, an errno, where the kernel gives us no instance. */
    private final int fd;

    private final Thread reader;

    /** Who wants to be told of a folder. Guarded by {@code lock}. */
    private final Map<Path, Set<Object>> owners = new HashMap<>();

    /** Guarded by {@code lock}. */
    private final Map<Path, Integer> watches = new HashMap<>();

    /** Several where a folder was moved. Guarded by {@code lock}. */
    private final Map<Integer, Set<Path>> folders = new HashMap<>();

    /** Guarded by {@code lock}. */
    private boolean closed;

    private volatile boolean broken;

    public TreeWatch(Listener listener) {
        this(listener, InotifyCalls::add);
    }

    public TreeWatch(Listener listener, Registrar registrar) {
        this.listener = listener;
        this.registrar = registrar;
        this.end = LibC.eventfd();
        this.fd = end < 0 ? end : InotifyCalls.init();
        this.reader =
                fd < 0 ? null : Thread.ofPlatform().daemon().name("tree-watch").start(this::read);
    }

    /**
     * Watches what is at the path now.
     *
     * @param owner the same as for {@link #remove}; several may want the same folder
     * @return why it cannot be watched; empty if it is, or if there is no such folder or it is not for us to read
     */
    public String add(Object owner, Path folder) {
        synchronized (lock) {
            if (closed) {
                return "";
            }
            if (fd < 0) {
                return fd == -LibC.EMFILE
                        ? "the limit of inotify instances or open files is reached (fs.inotify.max_user_instances)"
                        : LibC.text(-fd);
            }
            if (broken) {
                return "inotify cannot be read any more";
            }
            int watch = registrar.add(fd, folder.toString());
            Integer before = watches.get(folder);
            if (before != null && before != watch) {
                forget(folder);
            }
            if (watch == -LibC.ENOENT || watch == -LibC.ENOTDIR || watch == -LibC.EACCES) {
                return "";
            }
            if (watch < 0) {
                return watch == -LibC.ENOSPC
                        ? "the limit of inotify watches is reached (fs.inotify.max_user_watches)"
                        : LibC.text(-watch);
            }
            owners.computeIfAbsent(folder, f -> new HashSet<>()).add(owner);
            watches.put(folder, watch);
            folders.computeIfAbsent(watch, w -> new HashSet<>()).add(folder);
            return "";
        }
    }

    /** Fine if it is not watched. */
    public void remove(Object owner, Path folder) {
        synchronized (lock) {
            Set<Object> left = owners.get(folder);
            if (left != null && left.remove(owner) && left.isEmpty()) {
                owners.remove(folder);
                forget(folder);
            }
        }
    }

    /** Call with the lock held. */
    private void forget(Path folder) {
        Integer watch = watches.remove(folder);
        if (watch == null) {
            return;
        }
        Set<Path> same = folders.getOrDefault(watch, new HashSet<>());
        same.remove(folder);
        if (same.isEmpty() && folders.remove(watch) != null && !closed) {
            InotifyCalls.remove(fd, watch);
        }
    }

    private void read() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
            while (LibC.awaitReadable(fd, end)) {
                long bytes = LibC.read(fd, buffer);
                if (bytes == -LibC.EAGAIN || bytes == -LibC.EINTR) {
                    continue;
                }
                if (bytes <= 0) {
                    broken = true;
                    listener.missed();
                    return;
                }
                handle(buffer.asSlice(0, bytes));
            }
        } finally {
            LibC.close(fd);
        }
    }

    private void handle(MemorySegment events) {
        Set<Path> changed = new HashSet<>();
        boolean missed = false;
        synchronized (lock) {
            for (long at = 0; at < events.byteSize(); at += InotifyCalls.length(events, at)) {
                Event event = InotifyCalls.event(events, at);
                missed |= event.isOverflow();
                Set<Path> meant = folders.getOrDefault(event.watch(), Set.of());
                changed.addAll(meant);
                if (event.isEnd()) {
                    for (Path folder : List.copyOf(meant)) {
                        watches.remove(folder);
                        owners.remove(folder);
                    }
                    folders.remove(event.watch());
                }
            }
        }
        if (missed) {
            listener.missed();
        }
        changed.forEach(listener::changed);
    }

    @Override
    public void close() throws InterruptedException {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            owners.clear();
            watches.clear();
            folders.clear();
        }
        if (reader != null) {
            LibC.raise(end);
            reader.join();
        }
        if (end >= 0) {
            LibC.close(end);
        }
    }
}
