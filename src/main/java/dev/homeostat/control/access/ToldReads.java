package dev.homeostat.control.access;

import dev.homeostat.reconcile.Via;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which looks through programs are written to the audit log: of one tool one a minute, of one user so many an hour, and of
 * the rest the number. So an agent that asks in a loop neither fills the disk nor pushes out of the log what others did.
 * Thread-safe.
 */
final class ToldReads {
    /** Between two lines about the same tool of the same client. */
    static final Duration BETWEEN = Duration.ofMinutes(1);
    /** Of a user, whatever names its programs give themselves: some thousand lines a day. */
    static final int PER_HOUR = 120;
    /** Different tools and clients that are remembered; beyond that the oldest is forgotten, and told anew. */
    private static final int REMEMBERED = 256;

    private static final Duration HOUR = Duration.ofHours(1);

    private record Key(int uid, Via via) {}

    private static final class Window {
        private final Instant start;
        private int told;
        private long untold;

        private Window(Instant start, long untold) {
            this.start = start;
            this.untold = untold;
        }
    }

    private final Map<Integer, Window> windows = new HashMap<>();

    private final Map<Key, Instant> last = new LinkedHashMap<>(REMEMBERED, 0.75F, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Instant> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @return how many went untold before this one, which is to be written; empty if this one is not */
    synchronized Optional<Long> next(int uid, Via via, Instant now) {
        Window window = windows.get(uid);
        if (window == null || !now.isBefore(window.start.plus(HOUR)) || now.isBefore(window.start)) {
            window = new Window(now, window == null ? 0 : window.untold);
            windows.put(uid, window);
        }
        Key key = new Key(uid, via);
        Instant before = last.get(key);
        boolean again = before != null && now.isBefore(before.plus(BETWEEN)) && !now.isBefore(before);
        if (again || window.told >= PER_HOUR) {
            window.untold++;
            return Optional.empty();
        }
        last.put(key, now);
        window.told++;
        long untold = window.untold;
        window.untold = 0;
        return Optional.of(untold);
    }
}
