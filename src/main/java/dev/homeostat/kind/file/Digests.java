package dev.homeostat.kind.file;

import dev.homeostat.host.posix.FileFacts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;

/**
 * SHA-256 of files, remembered as long as the kernel proves that they did not change: device, inode, size, mtime and ctime
 * are the same, and ctime was old enough when it was read that a later change would have got another one (what git calls
 * the racy entry). Thread-safe.
 */
final class Digests {
    /** The kernel's clock for time stamps ticks every 1 to 10 ms (CONFIG_HZ 1000 to 100); with a good margin. */
    private static final Duration TICK = Duration.ofMillis(100);

    private final InstantSource clock;
    private final ConcurrentHashMap<Path, Known> known = new ConcurrentHashMap<>();

    private record Known(FileFacts facts, String sha256) {}

    Digests(InstantSource clock) {
        this.clock = clock;
    }

    /** Null if not known. */
    String of(Path path, FileFacts facts) {
        Known k = known.get(path);
        return k != null && k.facts.equals(facts) ? k.sha256 : null;
    }

    /** {@code facts} were taken before the content was read. */
    void remember(Path path, FileFacts facts, String sha256) {
        long now = Math.multiplyExact(clock.instant().toEpochMilli(), 1_000_000L);
        long age = now - facts.ctimeNanos();
        if (age > TICK.toNanos()) {
            known.put(path, new Known(facts, sha256));
        } else {
            known.remove(path);
        }
    }

    void forget(Path path) {
        known.remove(path);
    }

    void retain(java.util.Set<Path> paths) {
        known.keySet().retainAll(paths);
    }
}
