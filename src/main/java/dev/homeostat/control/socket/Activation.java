package dev.homeostat.control.socket;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;

/**
 * Whether systemd listens already and hands the socket over (sd_listen_fds(3)).
 */
final class Activation {
    /** SD_LISTEN_FDS_START. */
    static final int FIRST_DESCRIPTOR = 3;

    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;

    private Activation() {}

    /** True if exactly one socket was handed to this process; the variables may also be a parent's. */
    static boolean present(Map<String, String> environment, long pid) {
        return Long.toString(pid).equals(environment.get("LISTEN_PID")) && "1".equals(environment.get("LISTEN_FDS"));
    }

    static boolean present() {
        return present(System.getenv(), ProcessHandle.current().pid());
    }

    /**
     * Makes accepting return when nobody waits any more, as Netty expects. The unit says NonBlocking=yes, too, but whoever
     * starts the daemon another way would have an event loop that hangs at the second connection.
     */
    @SuppressWarnings("restricted") // the JDK cannot set a flag of a descriptor that it did not open
    static void neverBlock() {
        Linker linker = Linker.nativeLinker();
        MethodHandle fcntl = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("fcntl"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        try {
            int flags = (int) fcntl.invokeExact(FIRST_DESCRIPTOR, F_GETFL, 0);
            if (flags < 0 || (int) fcntl.invokeExact(FIRST_DESCRIPTOR, F_SETFL, flags | O_NONBLOCK) < 0) {
                throw new IllegalStateException("LISTEN_FDS is set, but descriptor 3 is not open");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a method handle threw a checked exception that it does not declare", e);
        }
    }
}
