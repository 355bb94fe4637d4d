package dev.homeostat.host.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.homeostat.resource.Trouble;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Turns this process into another program, as a shell's {@code exec} does: nothing of us stays. */
@SuppressWarnings("restricted") // calling the C library is what it is for; --enable-native-access allows it
public final class Exec {
    /** From signal.h. */
    private static final int SIG_SETMASK = 2;
    /** Of the C library's sigset_t. */
    private static final long SIGSET_BYTES = 128;
    /** From linux/close_range.h: marks descriptors instead of closing them at once. */
    private static final int CLOSE_RANGE_CLOEXEC = 4;

    private static final int FIRST_OF_OURS = 3;

    private Exec() {}

    /**
     * Does not return. Standard input, output and error are the new program's; every other descriptor is closed, no signal is
     * blocked.
     *
     * @param program absolute
     * @param arguments the first is the program's name
     * @throws Trouble invalid, naming the program and why it could not be started
     */
    public static void become(Path program, List<String> arguments, Map<String, String> environment) throws Trouble {
        Linker linker = Linker.nativeLinker();
        try (Arena arena = Arena.ofConfined()) {
            linker.defaultLookup().find("close_range").ifPresent(function -> {
                MethodHandle closeRange =
                        linker.downcallHandle(function, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
                call(() -> (int) closeRange.invokeExact(FIRST_OF_OURS, -1, CLOSE_RANGE_CLOEXEC));
            });
            MethodHandle mask = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("pthread_sigmask"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
            MemorySegment none = arena.allocate(SIGSET_BYTES, Long.BYTES);
            call(() -> (int) mask.invokeExact(SIG_SETMASK, none, MemorySegment.NULL));
            MethodHandle execve = LibC.handle("execve", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
            MemorySegment state = LibC.state(arena);
            MemorySegment file = arena.allocateFrom(program.toString());
            MemorySegment words = strings(arena, arguments);
            MemorySegment variables = strings(
                    arena,
                    environment.entrySet().stream()
                            .map(e -> e.getKey() + "=" + e.getValue())
                            .toList());
            call(() -> (int) execve.invokeExact(state, file, words, variables));
            throw Trouble.invalid(
                    "cannot start " + program + ": " + LibC.text(LibC.errno(state)),
                    "install it, or correct the command");
        }
    }

    private interface Call {
        int make() throws Throwable;
    }

    private static void call(Call call) {
        try {
            call.make();
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    private static MemorySegment strings(Arena arena, List<String> texts) {
        MemorySegment all = arena.allocate(ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            all.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i)));
        }
        all.setAtIndex(ADDRESS, texts.size(), MemorySegment.NULL);
        return all;
    }
}
