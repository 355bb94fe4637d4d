package dev.homeostat.host.posix;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What was made of files' contents (a digest, a text), remembered as long as the kernel proves that they did not change:
 * device, inode, size, mtime and ctime are the same, and ctime, which no program can set, was old enough when the content
 * was read that a later change would have got another one (what git calls the racy entry). Thread-safe.
 */
public final class Unchanged<T> {
    /** The kernel's clock for time stamps ticks every 1 to 10 ms (CONFIG_HZ 1000 to 100); with a good margin. */
    private static final Duration TICK = Duration.ofMillis(100);

    private final InstantSource clock;
    private final Map<Path, Known<T>> known = new ConcurrentHashMap<>();

    private record Known<T>(FileFacts facts, T value) {}

    public Unchanged(InstantSource clock) {
        this.clock = clock;
    }

    /** Null if not known. */
    public T of(Path path, FileFacts facts) {
        Known<T> k = known.get(path);
        return k != null && k.facts.equals(facts) ? k.value : null;
    }

    /** @param facts taken before the content was read */
    public void remember(Path path, FileFacts facts, T value) {
        long age = Math.multiplyExact(clock.millis(), 1_000_000L) - facts.ctimeNanos();
        if (age > TICK.toNanos()) {
            known.put(path, new Known<>(facts, value));
        } else {
            known.remove(path);
        }
    }

    public void forget(Path path) {
        known.remove(path);
    }

    /** Forgets all others. */
    public void retain(Set<Path> paths) {
        known.keySet().retainAll(paths);
    }
}
