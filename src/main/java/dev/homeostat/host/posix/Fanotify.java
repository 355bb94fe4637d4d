package dev.homeostat.host.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which process touches what is in some folders, by fanotify(7). Needs CAP_SYS_ADMIN: without it the kernel tells of events,
 * but not whose they are. Folders are marked, never file systems or mounts, so that the rest of the machine costs nothing. The
 * kernel's queue is bounded; what does not fit in it is not told, for it is evidence and triggers nothing.
 *
 * <p>Thread-safe. One thread hands out the events.
 */
public final class Fanotify implements AutoCloseable {
    /** Told by the one thread that reads: has to return soon, because processes end. */
    public interface Listener {
        /** @param touch the most telling thing that was done; the kernel puts several together */
        void touched(Path folder, String name, long pid, Touch touch);
    }

    /** In the order in which they tell more. Values: linux/fanotify.h. */
    public enum Touch {
        DELETED(0x200, "deleted"),
        MOVED_AWAY(0x40, "moved away"),
        REPLACED(0x80, "replaced"),
        CREATED(0x100, "created"),
        WRITTEN(0x2 | 0x8, "written"),
        ATTRIBUTES(0x4, "given other attributes");

        private final long mask;
        private final String deed;

        Touch(long mask, String deed) {
            this.mask = mask;
            this.deed = deed;
        }

        /** For people: {@code written}. */
        public String deed() {
            return deed;
        }
    }

    private static final long FAN_EVENT_ON_CHILD = 0x08000000;
    private static final long FAN_ONDIR = 0x40000000;
    private static final long EVENTS = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | FAN_EVENT_ON_CHILD | FAN_ONDIR;
    private static final byte INFO_DFID_NAME = 2;
    /** struct fanotify_event_metadata, and the head and the file system id of struct fanotify_event_info_fid. */
    private static final int METADATA_BYTES = 24;

    private static final int INFO_HEAD_BYTES = 4;
    private static final int FSID_BYTES = 8;
    private static final int HANDLE_HEAD_BYTES = 8;
    /** Some hundred events at once. */
    private static final int BUFFER_BYTES = 32 * 1024;
    /** Bit of CAP_SYS_ADMIN in the masks of proc_pid_status(5). */
    private static final int CAP_SYS_ADMIN = 21;

    private final int fd;
    private final int end;
    private final Listener listener;
    private final Thread reader;
    private final Object lock = new Object();
    /** What events call a folder, and its paths. Guarded by {@code lock}. */
    private final Map<ByteBuffer, Set<Path>> folders = new HashMap<>();

    /** Guarded by {@code lock}. */
    private final Map<Path, ByteBuffer> identities = new HashMap<>();

    private Fanotify(int fd, int end, Listener listener) {
        this.fd = fd;
        this.end = end;
        this.listener = listener;
        this.reader = Thread.ofPlatform().daemon().name("fanotify").unstarted(this::read);
    }

    /** @throws IOException saying what is missing, if this process is not told whose events are */
    public static Fanotify open(Listener listener) throws IOException {
        if (!mayKnowProcesses()) {
            throw new IOException("it needs CAP_SYS_ADMIN");
        }
        int fd = FanotifyCalls.init(FanotifyCalls.FAN_CLASS_NOTIF
                | FanotifyCalls.FAN_CLOEXEC
                | FanotifyCalls.FAN_NONBLOCK
                | FanotifyCalls.FAN_REPORT_DFID_NAME);
        if (fd < 0) {
            throw new IOException("fanotify_init: " + LibC.text(-fd));
        }
        int end = LibC.eventfd();
        if (end < 0) {
            LibC.close(fd);
            throw new IOException("eventfd: " + LibC.text(-end));
        }
        Fanotify fanotify = new Fanotify(fd, end, listener);
        fanotify.reader.start();
        return fanotify;
    }

    private static boolean mayKnowProcesses() throws IOException {
        return Files.readString(Path.of("/proc/self/status"))
                .lines()
                .filter(line -> line.startsWith("CapEff:"))
                .map(line -> Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).strip(), 16))
                .anyMatch(caps -> (caps >> CAP_SYS_ADMIN & 1) == 1);
    }

    /**
     * Watches these folders and no others. Calling it again is cheap, and finds those that were made anew.
     *
     * @return those that cannot be watched, with why; folders that are not there are not among them
     */
    public Map<Path, String> watch(Set<Path> wanted) {
        Map<Path, String> refused = new HashMap<>();
        synchronized (lock) {
            for (Path gone : Set.copyOf(identities.keySet())) {
                if (!wanted.contains(gone)) {
                    forget(gone, true);
                }
            }
            for (Path folder : wanted) {
                mark(folder).ifPresent(why -> refused.put(folder, why));
            }
        }
        return refused;
    }

    /** Watches this folder, which has to be one of those watched, also if it was made anew. */
    public void refresh(Path folder) {
        synchronized (lock) {
            mark(folder);
        }
    }

    private Optional<String> mark(Path folder) {
        Optional<ByteBuffer> identity = FanotifyCalls.identity(folder.toString());
        ByteBuffer before = identities.get(folder);
        if (identity.isEmpty() || identity.get().equals(before)) {
            return Optional.empty(); // not there, or watched already
        }
        if (before != null) {
            forget(folder, false);
        }
        int result = FanotifyCalls.mark(
                fd, FanotifyCalls.FAN_MARK_ADD | FanotifyCalls.FAN_MARK_ONLYDIR, EVENTS, folder.toString());
        if (result < 0) {
            return result == -LibC.ENOENT ? Optional.empty() : Optional.of(LibC.text(-result));
        }
        identities.put(folder, identity.get());
        folders.computeIfAbsent(identity.get(), i -> new HashSet<>()).add(folder);
        return Optional.empty();
    }

    private void forget(Path folder, boolean there) {
        ByteBuffer identity = identities.remove(folder);
        Set<Path> paths = folders.get(identity);
        paths.remove(folder);
        if (paths.isEmpty()) {
            folders.remove(identity);
            if (there) { // fails if it is gone, and its mark with it
                FanotifyCalls.mark(fd, FanotifyCalls.FAN_MARK_REMOVE, EVENTS, folder.toString());
            }
        }
    }

    @Override
    public void close() {
        LibC.raise(end);
    }

    private void read() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
            Pace pace = new Pace();
            while (LibC.awaitReadable(fd, end)) {
                pace.keep();
                long bytes = LibC.read(fd, buffer);
                if (bytes <= 0 && bytes != -LibC.EAGAIN && bytes != -LibC.EINTR) {
                    break;
                }
                if (bytes > 0) {
                    handle(buffer.asSlice(0, bytes));
                }
            }
        } finally {
            LibC.close(fd);
            LibC.close(end);
        }
    }

    private void handle(MemorySegment events) {
        for (long at = 0; at + METADATA_BYTES <= events.byteSize(); ) {
            int length = events.get(ValueLayout.JAVA_INT_UNALIGNED, at);
            if (length < METADATA_BYTES || at + length > events.byteSize()) {
                return;
            }
            long mask = events.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8);
            int pid = events.get(ValueLayout.JAVA_INT_UNALIGNED, at + 20);
            int head = Short.toUnsignedInt(events.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 6));
            // 0: of a process that this one cannot see; an overflow says nothing of a folder
            if (pid > 0 && length > head && events.get(ValueLayout.JAVA_BYTE, at + head) == INFO_DFID_NAME) {
                handle(events.asSlice(at + head, length - head), mask, pid);
            }
            at += length;
        }
    }

    private void handle(MemorySegment info, long mask, int pid) {
        long handle = INFO_HEAD_BYTES + FSID_BYTES;
        ByteBuffer identity = FanotifyCalls.identity(info, INFO_HEAD_BYTES, info, handle);
        long name = handle + HANDLE_HEAD_BYTES + info.get(ValueLayout.JAVA_INT_UNALIGNED, handle);
        Set<Path> paths;
        synchronized (lock) {
            paths = Set.copyOf(folders.getOrDefault(identity, Set.of()));
        }
        String text = info.getString(name, StandardCharsets.UTF_8);
        for (Touch touch : Touch.values()) {
            if ((mask & touch.mask) != 0) {
                paths.forEach(folder -> listener.touched(folder, text, pid, touch));
                return;
            }
        }
    }
}
