package dev.homeostat.host.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads files of proc(5) with three system calls and nothing else: a process that is looked for may end within some
 * hundred microseconds, and the JDK's streams take a good part of that. Thread-safe.
 */
public final class ProcFile {
    private ProcFile() {}

    /** At most so many bytes of it; empty if it is not there or cannot be read, most likely because the process has ended. */
    public static Optional<String> read(String path, int limitBytes) {
        int fd = LibC.openat(LibC.AT_FDCWD, path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(limitBytes);
            long filled = 0;
            while (filled < limitBytes) {
                long n = LibC.read(fd, buffer.asSlice(filled));
                if (n == -LibC.EINTR) {
                    continue;
                }
                if (n < 0) {
                    return Optional.empty();
                }
                if (n == 0) {
                    break;
                }
                filled += n;
            }
            return Optional.of(
                    new String(buffer.asSlice(0, filled).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
        } finally {
            LibC.close(fd);
        }
    }
}
