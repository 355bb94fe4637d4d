package dev.homeostat.host.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The few functions of the C library that the JDK has no door to: opening relative to a folder without following links,
 * and the name service. Thin: a negative errno for failure, as the kernel gives it, and nothing decided here.
 *
 * <p>Thread-safe. Source: the manual pages openat2(2), statx(2), renameat(2), unlinkat(2), fchownat(2), getpwnam_r(3).
 */
@SuppressWarnings("restricted") // calling the C library is what it is for; --enable-native-access allows it
final class LibC {
    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;

    /** From linux/fs.h, for {@link #renameat2}. */
    static final int RENAME_NOREPLACE = 1;

    static final int RENAME_EXCHANGE = 2;

    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_CREAT = 0100;
    static final int O_EXCL = 0200;
    static final int O_NONBLOCK = 04000;
    static final int O_DIRECTORY = arm() ? 040000 : 0200000;
    static final int O_NOFOLLOW = arm() ? 0100000 : 0400000;
    static final int O_CLOEXEC = 02000000;
    static final int O_PATH = 010000000;

    /** From linux/openat2.h: fail with ELOOP if any component is a symbolic link. */
    static final long RESOLVE_NO_SYMLINKS = 0x04;

    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int ENOTDIR = 20;
    static final int EISDIR = 21;
    static final int EINVAL = 22;
    static final int EMFILE = 24;
    static final int ENOSPC = 28;
    static final int EROFS = 30;
    static final int EBUSY = 16;
    static final int ESTALE = 116;
    static final int ERANGE = 34;
    static final int ENOSYS = 38;
    static final int ENOTEMPTY = 39;
    static final int ELOOP = 40;
    static final int EDQUOT = 122;

    /** The same number on every architecture: openat2 is younger than the common system call table. */
    private static final long SYS_OPENAT2 = 437;

    private static final int STATX_BASIC_STATS = 0x7ff;
    /** Fixed by the kernel's interface. */
    private static final long STATX_BYTES = 256;
    /** struct open_how: flags, mode, resolve. */
    private static final long OPEN_HOW_BYTES = 24;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_FIELD = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SYSCALL_OPENAT2 = LINKER.downcallHandle(
            symbol("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
            ERRNO,
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle OPENAT = LINKER.downcallHandle(
            symbol("openat"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(3));
    private static final MethodHandle STATX = handle("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle READ = handle("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle WRITE = handle("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle READLINKAT =
            handle("readlinkat", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle FSYNC = handle("fsync", JAVA_INT, JAVA_INT);
    private static final MethodHandle FCHMOD = handle("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle FCHMODAT = handle("fchmodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle FCHOWNAT =
            handle("fchownat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle RENAMEAT = handle("renameat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle RENAMEAT2 =
            handle("renameat2", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle UNLINKAT = handle("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle MKDIRAT = handle("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SYMLINKAT = handle("symlinkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);

    private static final MethodHandle EVENTFD = handle("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle POLL = handle("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle FCNTL = LINKER.downcallHandle(
            symbol("fcntl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle STRERROR = handle("strerror", ADDRESS, JAVA_INT);

    /** From poll.h. */
    private static final short POLLIN = 1;

    private static final short POLLPRI = 2;
    /** struct pollfd: fd, events, revents. */
    private static final long POLLFD_BYTES = 8;

    /** From fcntl.h: which signal tells that a lease is broken, and a lease. */
    private static final int F_SETSIG = 10;

    private static final int F_SETLEASE = 1024;
    private static final int F_RDLCK = 0;
    /** Ignored unless somebody asks for it; the default, SIGIO, would end the process. */
    private static final int SIGURG = 23;

    private static final int PR_SET_DUMPABLE = 4;

    private LibC() {}

    /** A descriptor that becomes readable by {@link #raise}; or a negative errno. */
    static int eventfd() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result = (int) EVENTFD.invokeExact(state, 0, O_CLOEXEC); // EFD_CLOEXEC is O_CLOEXEC
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Makes an eventfd readable for good. */
    static void raise(int eventfd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocate(Long.BYTES);
            one.set(JAVA_LONG, 0, 1);
            write(eventfd, one);
        }
    }

    /** Waits until {@code fd} has something exceptional to tell, or {@code end} is readable: then false. */
    static boolean awaitPriority(int fd, int end) {
        return await(fd, POLLPRI, end);
    }

    /** Waits until {@code fd} is readable, or {@code end} is: then false. */
    static boolean awaitReadable(int fd, int end) {
        return await(fd, POLLIN, end);
    }

    private static boolean await(int fd, short what, int end) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            MemorySegment both = arena.allocate(2 * POLLFD_BYTES, Integer.BYTES);
            both.set(JAVA_INT, 0, fd);
            both.set(JAVA_SHORT, 4, what);
            both.set(JAVA_INT, POLLFD_BYTES, end);
            both.set(JAVA_SHORT, POLLFD_BYTES + 4, POLLIN);
            while (true) {
                int ready = (int) POLL.invokeExact(state, both, 2L, -1);
                if (ready < 0 && errno(state) == EINTR) {
                    continue;
                }
                return ready > 0 && both.get(JAVA_SHORT, POLLFD_BYTES + 6) == 0;
            }
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Tries to take a lease for reading on an opened regular file, which the kernel gives only while nobody has the file
     * open for writing (fcntl(2), "Leases"); the lease ends when the descriptor is closed.
     *
     * @return 0, or a negative errno: -EAGAIN if somebody has
     */
    static int leaseForReading(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result = (int) FCNTL.invokeExact(state, fd, F_SETSIG, SIGURG);
            if (result >= 0) {
                result = (int) FCNTL.invokeExact(state, fd, F_SETLEASE, F_RDLCK);
            }
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** What the functions of the name service share: result pointers and buffers are passed through. */
    static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments), ERRNO);
    }

    static MemorySegment state(Arena arena) {
        return arena.allocate(STATE);
    }

    static int errno(MemorySegment state) {
        return (int) ERRNO_FIELD.get(state, 0L);
    }

    static int openat2(int folder, String path, int flags, long resolve) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment how = arena.allocate(OPEN_HOW_BYTES, Long.BYTES);
            how.set(JAVA_LONG, 0, flags);
            how.set(JAVA_LONG, 16, resolve);
            MemorySegment state = state(arena);
            long result = (long) SYSCALL_OPENAT2.invokeExact(
                    state, SYS_OPENAT2, folder, arena.allocateFrom(path), how, OPEN_HOW_BYTES);
            return result < 0 ? -errno(state) : (int) result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int openat(int folder, String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result = (int) OPENAT.invokeExact(state, folder, arena.allocateFrom(path), flags, mode);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** What statx tells, as far as it is needed. */
    record Stat(
            long attributes,
            int mode,
            int links,
            int uid,
            int gid,
            long size,
            long device,
            long inode,
            long mtimeNanos,
            long ctimeNanos) {
        private static final int TYPE = 0170000;
        /** From linux/stat.h. */
        private static final long ATTRIBUTE_IMMUTABLE = 0x10;

        private static final long ATTRIBUTE_APPEND = 0x20;

        boolean isFile() {
            return (mode & TYPE) == 0100000;
        }

        boolean isFolder() {
            return (mode & TYPE) == 0040000;
        }

        boolean isLink() {
            return (mode & TYPE) == 0120000;
        }

        /** {@code chattr +i}: nobody may change it. */
        boolean isImmutable() {
            return (attributes & ATTRIBUTE_IMMUTABLE) != 0;
        }

        /** {@code chattr +a}: it may only grow. */
        boolean isAppendOnly() {
            return (attributes & ATTRIBUTE_APPEND) != 0;
        }

        int permissions() {
            return mode & 07777;
        }
    }

    /** @throws Failure with the errno */
    static Stat stat(int fd) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            MemorySegment buffer = arena.allocate(STATX_BYTES, Long.BYTES);
            int result = (int)
                    STATX.invokeExact(state, fd, arena.allocateFrom(""), AT_EMPTY_PATH, STATX_BASIC_STATS, buffer);
            if (result < 0) {
                throw new Failure(errno(state));
            }
            return new Stat(
                    buffer.get(JAVA_LONG, 8),
                    Short.toUnsignedInt(buffer.get(JAVA_SHORT, 28)),
                    buffer.get(JAVA_INT, 16),
                    buffer.get(JAVA_INT, 20),
                    buffer.get(JAVA_INT, 24),
                    buffer.get(JAVA_LONG, 40),
                    ((long) buffer.get(JAVA_INT, 136) << 32) | Integer.toUnsignedLong(buffer.get(JAVA_INT, 140)),
                    buffer.get(JAVA_LONG, 32),
                    nanos(buffer, 112),
                    nanos(buffer, 96));
        } catch (Failure e) {
            throw e;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private static long nanos(MemorySegment buffer, long offset) {
        return buffer.get(JAVA_LONG, offset) * 1_000_000_000L
                + Integer.toUnsignedLong(buffer.get(JAVA_INT, offset + 8));
    }

    static long read(int fd, MemorySegment buffer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            long result = (long) READ.invokeExact(state, fd, buffer, buffer.byteSize());
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long write(int fd, MemorySegment buffer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            long result = (long) WRITE.invokeExact(state, fd, buffer, buffer.byteSize());
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** The target of a link opened with O_PATH. */
    static String readlink(int fd) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            MemorySegment buffer = arena.allocate(PATH_LIMIT_BYTES);
            long result = (long) READLINKAT.invokeExact(state, fd, arena.allocateFrom(""), buffer, buffer.byteSize());
            if (result < 0) {
                throw new Failure(errno(state));
            }
            return new String(
                    buffer.asSlice(0, result).toArray(ValueLayout.JAVA_BYTE), java.nio.charset.StandardCharsets.UTF_8);
        } catch (Failure e) {
            throw e;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** PATH_MAX of linux/limits.h. */
    static final long PATH_LIMIT_BYTES = 4096;

    static void close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) CLOSE.invokeExact(state(arena), fd); // nothing to do about a failing close
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int fsync(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            return (int) FSYNC.invokeExact(state, fd) < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int fchmod(int fd, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            return (int) FCHMOD.invokeExact(state, fd, mode) < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** For a descriptor opened with O_PATH, which fchmod refuses. */
    static int chmodOpened(int fd, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result =
                    (int) FCHMODAT.invokeExact(state, AT_FDCWD, arena.allocateFrom("/proc/self/fd/" + fd), mode, 0);
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int chownOpened(int fd, int uid, int gid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result = (int) FCHOWNAT.invokeExact(state, fd, arena.allocateFrom(""), uid, gid, AT_EMPTY_PATH);
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int renameat(int folder, String from, String to) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result =
                    (int) RENAMEAT.invokeExact(state, folder, arena.allocateFrom(from), folder, arena.allocateFrom(to));
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** In one folder, with the flags of renameat2(2). */
    static int renameat2(int folder, String from, String to, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result = (int) RENAMEAT2.invokeExact(
                    state, folder, arena.allocateFrom(from), folder, arena.allocateFrom(to), flags);
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int unlinkat(int folder, String name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result = (int) UNLINKAT.invokeExact(state, folder, arena.allocateFrom(name), flags);
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int mkdirat(int folder, String name, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result = (int) MKDIRAT.invokeExact(state, folder, arena.allocateFrom(name), mode);
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int symlinkat(String target, int folder, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena);
            int result =
                    (int) SYMLINKAT.invokeExact(state, arena.allocateFrom(target), folder, arena.allocateFrom(name));
            return result < 0 ? -errno(state) : 0;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Looked up when it is used: once a process. */
    static void setDumpable(boolean dumpable) {
        MethodHandle prctl = LINKER.downcallHandle(
                symbol("prctl"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG),
                Linker.Option.firstVariadicArg(1));
        try {
            int result = (int) prctl.invokeExact(PR_SET_DUMPABLE, dumpable ? 1L : 0L);
            if (result < 0) {
                throw new IllegalStateException("prctl(PR_SET_DUMPABLE) failed");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** The text of an errno for people. */
    static String text(int errno) {
        return switch (errno) {
            case EPERM -> "operation not permitted";
            case ENOENT -> "no such file or folder";
            case EACCES -> "permission denied";
            case EEXIST -> "it exists already";
            case ENOTDIR -> "a part of the path is not a folder";
            case EISDIR -> "it is a folder";
            case EINVAL -> "invalid argument";
            case ENOSPC -> "no space left on the device";
            case EROFS -> "the file system is read-only";
            case ENOTEMPTY -> "the folder is not empty";
            case ELOOP -> "a symbolic link is in the way";
            case EDQUOT -> "the disk quota is used up";
            case EBUSY -> "a file system is mounted there, or it is in use";
            case ESTALE -> "the file system has lost it (stale file handle)";
            default -> described(errno);
        };
    }

    /** In the C library's words. */
    private static String described(int errno) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(state(arena), errno);
            return text.reinterpret(PATH_LIMIT_BYTES).getString(0).toLowerCase(java.util.Locale.ROOT) + " (error "
                    + errno + ")";
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** A failed call; its errno is all there is to say. */
    static final class Failure extends Exception {
        final transient int errno;

        Failure(int errno) {
            super(LibC.text(errno), null, false, false);
            this.errno = errno;
        }
    }

    static IllegalStateException impossible(Throwable e) {
        return new IllegalStateException("a call into the C library could not be made", e);
    }

    private static MemorySegment symbol(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new IllegalStateException("the C library has no " + name));
    }

    private static boolean arm() {
        return System.getProperty("os.arch").equals("aarch64");
    }
}
