package dev.homeostat.host.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What {@link Inotify} needs of the C library; thin, as {@link LibC}. Thread-safe. Source: inotify(7). */
@SuppressWarnings("restricted") // see LibC
final class InotifyCalls {
    private static final int IN_MODIFY = 0x2;
    private static final int IN_ATTRIB = 0x4;
    private static final int IN_MOVED_FROM = 0x40;
    private static final int IN_MOVED_TO = 0x80;
    private static final int IN_CREATE = 0x100;
    private static final int IN_DELETE = 0x200;
    private static final int IN_Q_OVERFLOW = 0x4000;
    private static final int IN_IGNORED = 0x8000;
    private static final int IN_ONLYDIR = 0x01000000;

    private static final int CAME_OR_WENT = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

    /** struct inotify_event without the name. */
    private static final int HEAD_BYTES = 16;

    private static final MethodHandle INIT = LibC.handle("inotify_init1", JAVA_INT, JAVA_INT);
    private static final MethodHandle ADD = LibC.handle("inotify_add_watch", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle REMOVE = LibC.handle("inotify_rm_watch", JAVA_INT, JAVA_INT, JAVA_INT);

    private InotifyCalls() {}

    /**
     * What happened to a watched folder.
     *
     * @param watch its number; negative for an overflow
     * @param name what it happened to in the folder; null if it has none that is text
     */
    record Event(int watch, String name, int mask) {
        /** Some events were lost, of whatever folder. */
        boolean isOverflow() {
            return (mask & IN_Q_OVERFLOW) != 0;
        }

        /** The watch has ended: its folder is gone, or nobody wanted it any more. */
        boolean isEnd() {
            return (mask & IN_IGNORED) != 0;
        }

        /** Made, removed or renamed, as opposed to changed. */
        boolean cameOrWent() {
            return (mask & CAME_OR_WENT) != 0;
        }
    }

    /** A descriptor, or a negative errno. */
    static int init() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.state(arena);
            int result = (int) INIT.invokeExact(state, LibC.O_CLOEXEC | LibC.O_NONBLOCK);
            return result < 0 ? -LibC.errno(state) : result;
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    /** The number of the watch of what the path leads to now, the same for the same folder; or a negative errno. */
    static int add(int fd, String folder) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.state(arena);
            int result = (int) ADD.invokeExact(
                    state, fd, arena.allocateFrom(folder), IN_MODIFY | IN_ATTRIB | CAME_OR_WENT | IN_ONLYDIR);
            return result < 0 ? -LibC.errno(state) : result;
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    /** A watch that has ended by itself is no error. */
    static void remove(int fd, int watch) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) REMOVE.invokeExact(LibC.state(arena), fd, watch);
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    /** Whole length of the event at this place. */
    static long length(MemorySegment events, long at) {
        return HEAD_BYTES + Integer.toUnsignedLong(events.get(ValueLayout.JAVA_INT_UNALIGNED, at + 12));
    }

    static Event event(MemorySegment events, long at) {
        long nameBytes = length(events, at) - HEAD_BYTES;
        return new Event(
                events.get(ValueLayout.JAVA_INT_UNALIGNED, at),
                nameBytes == 0 ? null : text(events.asSlice(at + HEAD_BYTES, nameBytes)),
                events.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4));
    }

    /** Null if it is not UTF-8: no path that we know has such a name. */
    private static String text(MemorySegment padded) {
        ByteBuffer bytes = padded.asByteBuffer();
        int end = 0;
        while (end < bytes.limit() && bytes.get(end) != 0) {
            end++;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.slice(0, end))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
