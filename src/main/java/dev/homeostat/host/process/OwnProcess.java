package dev.homeostat.host.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/** What the kernel says of this process: proc(5). Looked up at every call; thread-safe. */
public final class OwnProcess {
    private static final Path FOLDER = Path.of("/proc/self");
    /** Of /proc/self/status, in kB of 1024 bytes: what is in memory now. */
    private static final String RESIDENT = "VmRSS:";

    private static final int BYTES_PER_KB = 1024;

    private OwnProcess() {}

    /** User and system time of all its threads, ended ones too; to the hundredth of a second. Zero if it is not told. */
    public static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The epoch if it is not told. */
    public static Instant started() {
        return ProcessHandle.current().info().startInstant().orElse(Instant.EPOCH);
    }

    /** @throws IOException if /proc does not tell */
    public static long residentBytes() throws IOException {
        try (Stream<String> lines = Files.lines(FOLDER.resolve("status"))) {
            return lines.filter(line -> line.startsWith(RESIDENT))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * BYTES_PER_KB)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no " + RESIDENT + " in " + FOLDER.resolve("status")));
        }
    }

    /**
     * Files, sockets, pipes; one more than without this call, which opens the folder.
     *
     * @throws IOException if /proc does not tell
     */
    public static long openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(FOLDER.resolve("fd"))) {
            return descriptors.count();
        }
    }
}
