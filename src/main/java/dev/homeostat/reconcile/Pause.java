package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A resource that is left alone for now.
 *
 * @param until when it is taken up again; empty: until resumed
 * @param declared true if machine.yaml says so, false if it was asked for on the command line
 */
public record Pause(ResourceId id, String reason, Optional<Instant> until, String by, boolean declared) {
    /** Whoever means longer takes it out of the declaration. */
    public static final Duration LONGEST = Duration.ofDays(366);
    /** It is shown in every status; as in the schema of machine.yaml. */
    public static final int REASON_LIMIT_CHARS = 500;

    /** Why, until when and by whom. */
    String describe() {
        return reason + until.map(u -> " until " + u).orElse("") + " (by " + by + ")";
    }
}
