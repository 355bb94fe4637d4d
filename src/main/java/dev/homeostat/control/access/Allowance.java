package dev.homeostat.control.access;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** How much of what costs work may be asked for through programs, by user. Thread-safe. */
final class Allowance {
    /** More than an agent needs that mends its proposal step by step, and few enough to be read in the audit log. */
    static final int PER_HOUR = 120;

    private static final Duration HOUR = Duration.ofHours(1);

    private record Used(Instant start, int times) {}

    private final Map<Integer, Used> used = new HashMap<>();

    /** @return false if it is used up */
    synchronized boolean take(int uid, Instant now) {
        Used before = used.get(uid);
        boolean fresh = before == null || !now.isBefore(before.start().plus(HOUR)) || now.isBefore(before.start());
        Used next = fresh ? new Used(now, 1) : new Used(before.start(), before.times() + 1);
        if (next.times() > PER_HOUR) {
            return false;
        }
        used.put(uid, next);
        return true;
    }
}
