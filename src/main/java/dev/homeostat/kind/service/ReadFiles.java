package dev.homeostat.kind.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Contents of small files, read again only when they can have changed: the kernel notes every change in the time of change,
 * which no program can set. Thread-safe.
 */
final class ReadFiles {
    /** That time advances in ticks of the kernel's timer, 10 ms at most; within one tick a second change is not seen. */
    private static final Duration TICK = Duration.ofMillis(20);

    private record Content(FileFacts facts, String text) {}

    private final Map<Path, Content> contents = new ConcurrentHashMap<>();
    private final SafeFiles files;
    private final InstantSource clock;
    private final long limitBytes;

    ReadFiles(SafeFiles files, InstantSource clock, long limitBytes) {
        this.files = files;
        this.clock = clock;
        this.limitBytes = limitBytes;
    }

    String text(Path path, FileFacts facts) throws Trouble {
        Content known = contents.get(path);
        if (known != null && known.facts.equals(facts)) {
            return known.text;
        }
        String text = new String(files.read(path, limitBytes), UTF_8);
        long age = clock.millis() * 1_000_000 - facts.ctimeNanos();
        if (age > TICK.toNanos()) {
            contents.put(path, new Content(facts, text));
        } else {
            contents.remove(path);
        }
        return text;
    }

    void forget(Path path) {
        contents.remove(path);
    }

    void retain(Set<Path> paths) {
        contents.keySet().retainAll(paths);
    }
}
