package dev.homeostat.reconcile;

import static java.util.Objects.requireNonNull;

import dev.homeostat.resource.Finding;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What came of checking the machine.
 *
 * @param passed whether nothing has failed; a warning is no failure
 * @param at when it began
 * @param took how long all of it took
 * @param findings by group, then by name
 */
public record Examined(boolean passed, Instant at, Duration took, List<Finding> findings) {
    public Examined {
        requireNonNull(at, "at is null");
        requireNonNull(took, "took is null");
        findings = List.copyOf(findings);
    }

    static Examined of(Instant at, Duration took, List<Finding> findings) {
        return new Examined(findings.stream().noneMatch(Finding::hasFailed), at, took, findings);
    }
}
