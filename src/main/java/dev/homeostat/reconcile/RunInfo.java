package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One run as the journal has it.
 *
 * @param trigger why it ran: {@code drift}, {@code change}, {@code apply}, {@code rollback}
 * @param cause what was noticed or who asked, for people
 * @param outcome {@code succeeded}, {@code failed}, {@code blocked}, {@code superseded} (by a newer revision), {@code returned} (right
 *     again without us: systemd or podman brought it back), {@code interrupted} (daemon ended; observed again since); empty while it runs
 * @param rival who had moved the resource, if this is about drift and it is known
 */
public record RunInfo(
        long id,
        String trigger,
        String cause,
        String revision,
        Instant started,
        Optional<Instant> ended,
        Optional<String> outcome,
        Optional<Rival> rival,
        List<StepInfo> steps) {

    /**
     * @param outcome {@code done}, {@code failed}, {@code interrupted}; empty while it runs
     * @param message what went wrong, empty otherwise
     */
    public record StepInfo(
            ResourceId resource,
            String verb,
            String summary,
            Instant started,
            Optional<Duration> took,
            Optional<String> outcome,
            String message) {}
}
