package dev.homeostat.control.access;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How many refused attempts of a user are written to the audit log: the first ones one by one, of a flood the number. So a
 * stranger can neither fill the disk nor push out of the log what others did. Thread-safe.
 */
final class RefusedAttempts {
    /** Long enough that a flood that never ends writes some hundred lines a day. */
    static final Duration WINDOW = Duration.ofHours(1);
    /** More than a person makes by mistake in that time. */
    static final int TOLD_ONE_BY_ONE = 20;

    private final Map<Integer, Window> windows = new HashMap<>();

    private static final class Window {
        private final Instant start;
        private int attempts;
        private long untold;

        private Window(Instant start, long untold) {
            this.start = start;
            this.untold = untold;
        }
    }

    /** @return how many attempts went untold before this one, which is to be written; empty if this one is not */
    synchronized OptionalLong next(int uid, Instant now) {
        Window window = windows.get(uid);
        if (window == null || !now.isBefore(window.start.plus(WINDOW)) || now.isBefore(window.start)) {
            window = new Window(now, window == null ? 0 : window.untold);
            windows.put(uid, window);
            windows.values().removeIf(w -> w.untold == 0 && !now.isBefore(w.start.plus(WINDOW)));
        }
        if (++window.attempts > TOLD_ONE_BY_ONE) {
            window.untold++;
            return OptionalLong.empty();
        }
        long untold = window.untold;
        window.untold = 0;
        return OptionalLong.of(untold);
    }
}
