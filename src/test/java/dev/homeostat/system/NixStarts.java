package dev.homeostat.system;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Sees every start of a program of Nix on this machine, whoever starts it: the kernel tells (inotify(7), IN_OPEN) when the
 * one file that all its commands are links to is opened, which no start can do without. Thread-safe.
 */
public final class NixStarts implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/nix");
    private static final int IN_OPEN = 0x20;
    private static final int IN_Q_OVERFLOW = 0x4000;
    private static final int O_CLOEXEC = 0x80000;
    private static final short POLLIN = 1;
    /** Between two looks whether it was closed. */
    private static final int CLOSED_LOOK_MILLIS = 50;
    /** struct inotify_event without a name, which a watched file's have not. */
    private static final int EVENT_BYTES = 16;

    private static final int EVENTS = 64;

    private static final MethodHandle INIT = handle("inotify_init1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle ADD =
            handle("inotify_add_watch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle POLL =
            handle("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle READ =
            handle("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final int fd;
    private final Thread reader;
    private final List<Long> starts = new ArrayList<>();
    private RuntimeException failure;
    private volatile boolean closed;

    public NixStarts() {
        try (Arena arena = Arena.ofConfined()) {
            fd = (int) INIT.invokeExact(O_CLOEXEC);
            String file = PROGRAM.toRealPath().toString();
            int watch = fd < 0 ? -1 : (int) ADD.invokeExact(fd, arena.allocateFrom(file), IN_OPEN);
            if (watch < 0) {
                throw new IllegalStateException(file + " cannot be watched");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        reader = Thread.ofPlatform().daemon().name("starts of Nix").start(this::read);
    }

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }

    private void read() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate((long) EVENT_BYTES * EVENTS, Long.BYTES);
            MemorySegment poll = arena.allocate(MemoryLayout.structLayout(JAVA_INT, JAVA_SHORT, JAVA_SHORT));
            poll.set(JAVA_INT, 0, fd);
            poll.set(JAVA_SHORT, Integer.BYTES, POLLIN);
            while (!closed) {
                int ready = (int) POLL.invokeExact(poll, 1L, CLOSED_LOOK_MILLIS);
                if (ready > 0) {
                    long length = (long) READ.invokeExact(fd, events, (long) EVENT_BYTES * EVENTS);
                    note(System.nanoTime(), events, length);
                }
            }
            int ignored = (int) CLOSE.invokeExact(fd);
        } catch (Throwable e) {
            synchronized (starts) {
                failure = new IllegalStateException("starts of Nix are not seen any more", e);
            }
        }
    }

    private void note(long nanos, MemorySegment events, long length) {
        if (length <= 0) {
            throw new IllegalStateException("inotify answered " + length);
        }
        synchronized (starts) {
            for (long at = 0; at < length; at += EVENT_BYTES + Integer.toUnsignedLong(events.get(JAVA_INT, at + 12))) {
                if ((events.get(JAVA_INT, at + 4) & IN_Q_OVERFLOW) != 0) {
                    throw new IllegalStateException("the kernel has lost some");
                }
                starts.add(nanos);
            }
        }
    }

    /** When they were seen since the last {@link #forget}, as {@link System#nanoTime} tells. */
    public List<Long> seen() {
        synchronized (starts) {
            if (failure != null) {
                throw failure;
            }
            return List.copyOf(starts);
        }
    }

    public void forget() {
        synchronized (starts) {
            starts.clear();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
