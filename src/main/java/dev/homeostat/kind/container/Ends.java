package dev.homeostat.kind.container;

import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** How containers ended of late, as podman tells it: by themselves, or by a signal that others send. Thread-safe. */
final class Ends {
    /** Podman's exit code of what a signal killed, without the signal. */
    static final int SIGNALLED = 128;

    /** HUP, INT, QUIT, KILL, TERM. A program that breaks ends by others. */
    private static final Set<Integer> FROM_OUTSIDE =
            Set.of(SIGNALLED + 1, SIGNALLED + 2, SIGNALLED + 3, SIGNALLED + 9, SIGNALLED + 15);

    /** Longer than the longest pause between two tries (policy.backoff.limit), or it would be forgotten in between. */
    private static final Duration OF_LATE = Duration.ofMinutes(20);
    /** Who finds his configuration wrong says so within a second; a slow machine gets its chance. */
    static final Duration STEADY = Duration.ofSeconds(2);
    /** Once may be an accident. */
    private static final int OFTEN = 2;
    /** More say the same. */
    private static final int KEPT = 8;

    private record End(int code, Instant at) {
        boolean fromOutside() {
            return FROM_OUTSIDE.contains(code);
        }
    }

    /** Newest last; each guarded by itself. */
    private final Map<ResourceId, Deque<End>> ends = new ConcurrentHashMap<>();

    void note(ResourceId id, int code) {
        Deque<End> all = ends.computeIfAbsent(id, i -> new ArrayDeque<>());
        synchronized (all) {
            all.addLast(new End(code, Instant.now()));
            if (all.size() > KEPT) {
                all.removeFirst();
            }
        }
    }

    /** Whether it has ended by itself several times in the last moments. */
    boolean keepsEnding(ResourceId id) {
        Instant since = Instant.now().minus(OF_LATE);
        Deque<End> all = ends.getOrDefault(id, new ArrayDeque<>());
        synchronized (all) {
            return all.stream()
                            .filter(end -> end.at().isAfter(since) && !end.fromOutside())
                            .count()
                    >= OFTEN;
        }
    }

    /** Whether one that keeps ending runs for a moment only. */
    boolean isUnsteady(ResourceId id, Instant started) {
        return started.isAfter(Instant.now().minus(STEADY)) && keepsEnding(id);
    }

    /** Whether somebody ended it since then. */
    boolean isFromOutside(ResourceId id, Instant since) {
        Deque<End> all = ends.getOrDefault(id, new ArrayDeque<>());
        synchronized (all) {
            return all.stream().anyMatch(end -> end.at().isAfter(since) && end.fromOutside());
        }
    }
}
