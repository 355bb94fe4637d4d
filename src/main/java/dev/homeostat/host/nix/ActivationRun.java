package dev.homeostat.host.nix;

import dev.homeostat.host.systemd.ServiceRun;
import java.time.Instant;
import java.util.Optional;

/**
 * One activation that was ordered from here, also by a daemon that is no more.
 *
 * @param unit of systemd that it runs in
 * @param invocation systemd's id of the run
 * @param operation what was ordered: {@code switch}, {@code boot}, {@code test}, {@code dry-activate}, {@code home}
 * @param generation that was to be activated
 * @param state what became of it
 * @param how a sentence if it failed; else empty
 * @param ended empty while it runs
 */
public record ActivationRun(
        String unit,
        String invocation,
        String operation,
        StorePath generation,
        ServiceRun.State state,
        String how,
        Instant began,
        Optional<Instant> ended) {
    public boolean isRunning() {
        return state == ServiceRun.State.RUNNING;
    }

    public boolean hasSucceeded() {
        return state == ServiceRun.State.SUCCEEDED;
    }
}
