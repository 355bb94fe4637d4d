package dev.homeostat.host.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** Where the links in a folder lead; empty if it is not there or may not be read. Those that vanish are left out. */
    public static List<String> links(String folder) {
        List<String> targets = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of(folder))) {
            for (Path one : all) {
                try {
                    targets.add(Files.readSymbolicLink(one).toString());
                } catch (IOException e) {
                    continue; // closed meanwhile
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return targets; // another user's, or it has ended
        }
        return targets;
    }
}
