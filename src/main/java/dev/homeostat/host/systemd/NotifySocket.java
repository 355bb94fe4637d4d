package dev.homeostat.host.systemd;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * sd_notify(3): one datagram to the service manager's socket. The JDK has no Unix datagram sockets, so the three calls of
 * the C library are made directly. Thread-safe; never waits.
 */
@SuppressWarnings("restricted") // that is what this class is for: --enable-native-access allows it
public final class NotifySocket {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    /** MSG_NOSIGNAL | MSG_DONTWAIT: a service manager that is stuck does not stop the loop. */
    private static final int FLAGS = 0x4000 | 0x40;
    /** sizeof(sun_path). */
    private static final int PATH_LIMIT_BYTES = 108;

    private static final int FAMILY_BYTES = 2;

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final byte[] address;
    private final MethodHandle socket;
    private final MethodHandle sendto;
    private final MethodHandle close;

    private NotifySocket(byte[] address) {
        this.address = address;
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        Linker.Option errno = Linker.Option.captureCallState("errno");
        ValueLayout.OfInt number = ValueLayout.JAVA_INT;
        this.socket = linker.downcallHandle(
                library.findOrThrow("socket"), FunctionDescriptor.of(number, number, number, number), errno);
        this.sendto = linker.downcallHandle(
                library.findOrThrow("sendto"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG, number, POINTER, ValueLayout.JAVA_LONG, number, POINTER, number),
                errno);
        this.close = linker.downcallHandle(library.findOrThrow("close"), FunctionDescriptor.of(number, number));
    }

    /** Empty if nobody wants to be told: not started by a service manager. */
    public static Optional<NotifySocket> of(Map<String, String> environment) {
        String path = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (path.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= PATH_LIMIT_BYTES || bytes[0] != '/' && bytes[0] != '@') {
            throw new IllegalArgumentException("NOTIFY_SOCKET is neither a path nor an abstract name: " + path);
        }
        if (bytes[0] == '@') {
            bytes[0] = 0;
        }
        return Optional.of(new NotifySocket(bytes));
    }

    /**
     * @param state such as {@code READY=1}, several separated by newlines
     * @throws IOException if it could not be told
     */
    public void send(String state) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(STATE);
            byte[] text = state.getBytes(StandardCharsets.UTF_8);
            MemorySegment message = arena.allocateFrom(ValueLayout.JAVA_BYTE, text);
            MemorySegment to = arena.allocate(FAMILY_BYTES + PATH_LIMIT_BYTES, 2);
            to.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(address, 0, to, ValueLayout.JAVA_BYTE, FAMILY_BYTES, address.length);
            int descriptor = (int) socket.invokeExact(errno, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
            if (descriptor < 0) {
                throw new IOException("socket: errno " + (int) ERRNO.get(errno, 0L));
            }
            try {
                long sent = (long) sendto.invokeExact(
                        errno, descriptor, message, (long) text.length, FLAGS, to, FAMILY_BYTES + address.length);
                if (sent < 0) {
                    throw new IOException("sendto: errno " + (int) ERRNO.get(errno, 0L));
                }
            } finally {
                int ignored = (int) close.invokeExact(descriptor);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a method handle threw a checked exception that it does not declare", e);
        }
    }
}
