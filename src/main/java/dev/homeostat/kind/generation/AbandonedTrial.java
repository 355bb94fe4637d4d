package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Ends a trial whose system is not declared any more, perhaps by the very edit that cost its owner the way to the machine:
 * when its time is over, what was before comes back, as was promised. Until closed; one thread closes it.
 */
final class AbandonedTrial implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(AbandonedTrial.class);
    /** The clock that counts is the kernel's, through suspends: it is asked, not waited for. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    /** Between two tries if going back does not work. */
    private static final Duration TRY_EVERY = Duration.ofMinutes(1);

    private final Trials trials;
    private final Deployment deployment;
    private final CountDownLatch over = new CountDownLatch(1);

    AbandonedTrial(Trials trials, Deployment deployment) {
        this.trials = trials;
        this.deployment = deployment;
        Thread.ofVirtual().name("trial").start(this::await);
    }

    private void await() {
        try {
            Duration pause = Duration.ZERO;
            while (!over.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = LOOK_EVERY;
                try {
                    Optional<TrialSeen> seen = trials.look();
                    if (seen.isEmpty()) {
                        return;
                    }
                    if (!seen.get().isOpen()) {
                        pause = TRY_EVERY;
                        end(seen.get());
                    }
                } catch (Trouble t) { // as it is told of what did not pass, and of what cannot be done now
                    LOG.warnf("%s is not declared any more: %s", GenerationKind.SYSTEM, t.sentence());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end(TrialSeen seen) throws Trouble {
        StorePath target = seen.trial().target();
        GenerationSpec spec = new GenerationSpec(
                new SystemSource.Ready(target.toString()), Operation.SWITCH, DeploymentSettings.DEFAULT);
        if (seen.isConfirmed()) {
            deployment.keep(spec, Map.of());
        } else {
            deployment.lapse(spec);
        }
    }

    @Override
    public void close() {
        over.countDown();
    }
}
