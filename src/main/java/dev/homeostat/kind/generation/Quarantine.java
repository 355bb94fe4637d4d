package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/**
 * A generation that did not pass, and is not tried again.
 *
 * @param key of what was tried
 * @param reason a sentence
 * @param log end of what was written by whatever failed
 * @param rollback whether it is still to be undone
 * @param outcome what was done about it, a sentence; empty while that is under way
 */
record Quarantine(String key, Instant since, String reason, List<String> log, Rollback rollback, String outcome) {
    /** What becomes of the machine. */
    enum Rollback {
        /** Under way: a daemon that finds this goes on with it. */
        PENDING,
        /** Nothing is left to do. */
        SETTLED
    }

    private static final int REASON_LIMIT_CHARS = 4000;
    private static final int LOG_LIMIT_LINES = 100;

    Quarantine {
        requireNonNull(since, "since is null");
        requireNonNull(rollback, "rollback is null");
        requireNonNull(outcome, "outcome is null");
        reason = reason.length() > REASON_LIMIT_CHARS ? reason.substring(0, REASON_LIMIT_CHARS) + "..." : reason;
        log = List.copyOf(log.subList(Math.max(0, log.size() - LOG_LIMIT_LINES), log.size()));
        if (!key.matches(DeploymentState.KEY)) {
            throw new IllegalArgumentException("not a key: " + key);
        }
    }

    Quarantine settled(String newOutcome) {
        return new Quarantine(key, since, reason, log, Rollback.SETTLED, newOutcome);
    }

    /** What is told as long as it lasts. */
    String sentence() {
        return reason + (outcome.isEmpty() ? "" : "; " + outcome);
    }
}
