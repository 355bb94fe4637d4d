package dev.homeostat.host.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What only {@link Fanotify} needs of the C library; apart from {@link LibC}, so that it costs nothing where fanotify is not
 * allowed. Thin, as there. Thread-safe. Source: fanotify_init(2), fanotify_mark(2), name_to_handle_at(2), statfs(2).
 */
@SuppressWarnings("restricted") // see LibC
final class FanotifyCalls {
    static final int FAN_CLOEXEC = 0x1;
    static final int FAN_NONBLOCK = 0x2;
    static final int FAN_CLASS_NOTIF = 0x0;
    /** FAN_REPORT_DIR_FID and FAN_REPORT_NAME: an event names its folder and the name in it. Since Linux 5.9. */
    static final int FAN_REPORT_DFID_NAME = 0xc00;

    static final int FAN_MARK_ADD = 0x1;
    static final int FAN_MARK_REMOVE = 0x2;
    static final int FAN_MARK_ONLYDIR = 0x8;

    /** Since Linux 6.5: a handle that need not be good for opening, as those of events. */
    private static final int AT_HANDLE_FID = 0x200;
    /** MAX_HANDLE_SZ of linux/exportfs.h. */
    private static final int HANDLE_LIMIT_BYTES = 128;
    /** struct file_handle without the handle: its length and its type. */
    private static final int HANDLE_HEAD_BYTES = 8;
    /** struct statfs has 120 bytes where a long has 64 bits; f_fsid is behind seven longs. */
    private static final int STATFS_BYTES = 120;

    private static final int STATFS_FSID = 56;
    private static final int FSID_BYTES = 8;

    private static final MethodHandle INIT = LibC.handle("fanotify_init", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle MARK =
            LibC.handle("fanotify_mark", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS);
    private static final MethodHandle NAME_TO_HANDLE_AT =
            LibC.handle("name_to_handle_at", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle STATFS = LibC.handle("statfs", JAVA_INT, ADDRESS, ADDRESS);

    private FanotifyCalls() {}

    static int init(int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.state(arena);
            int result = (int) INIT.invokeExact(state, flags, LibC.O_RDONLY | LibC.O_CLOEXEC);
            return result < 0 ? -LibC.errno(state) : result;
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    static int mark(int fd, int flags, long mask, String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = LibC.state(arena);
            int result = (int) MARK.invokeExact(state, fd, flags, mask, LibC.AT_FDCWD, arena.allocateFrom(path));
            return result < 0 ? -LibC.errno(state) : 0;
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    /** What events call this folder: file system id, handle type, handle. Empty if it is not there or cannot be told. */
    static Optional<ByteBuffer> identity(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            MemorySegment state = LibC.state(arena);
            MemorySegment statfs = arena.allocate(STATFS_BYTES, Long.BYTES);
            if ((int) STATFS.invokeExact(state, name, statfs) < 0) {
                return Optional.empty();
            }
            MemorySegment handle = arena.allocate(HANDLE_HEAD_BYTES + HANDLE_LIMIT_BYTES, Long.BYTES);
            MemorySegment mount = arena.allocate(JAVA_LONG);
            handle.set(JAVA_INT, 0, HANDLE_LIMIT_BYTES);
            int result = (int) NAME_TO_HANDLE_AT.invokeExact(state, LibC.AT_FDCWD, name, handle, mount, AT_HANDLE_FID);
            if (result < 0) { // an older kernel
                handle.set(JAVA_INT, 0, HANDLE_LIMIT_BYTES);
                result = (int) NAME_TO_HANDLE_AT.invokeExact(state, LibC.AT_FDCWD, name, handle, mount, 0);
            }
            return result < 0 ? Optional.empty() : Optional.of(identity(statfs, STATFS_FSID, handle, 0));
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    /** The same of a struct fanotify_event_info_fid. */
    static ByteBuffer identity(MemorySegment fsidAt, long fsidOffset, MemorySegment handleAt, long handleOffset) {
        int bytes = handleAt.get(ValueLayout.JAVA_INT_UNALIGNED, handleOffset);
        ByteBuffer identity = ByteBuffer.allocate(FSID_BYTES + Integer.BYTES + bytes);
        identity.put(fsidAt.asSlice(fsidOffset, FSID_BYTES).toArray(ValueLayout.JAVA_BYTE));
        identity.put(handleAt.asSlice(handleOffset + Integer.BYTES, Integer.BYTES + (long) bytes)
                .toArray(ValueLayout.JAVA_BYTE));
        return identity.flip().asReadOnlyBuffer();
    }
}
