package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.Activation;
import dev.homeostat.host.nix.Activation.Operation;
import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.Profile;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.RunningSystem;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * What becomes of a generation that does not pass: it is quarantined, and the machine goes back to exactly where it was.
 * Each part may be done again: what is done already is left. Thread-safe for different resources.
 */
final class Undoing {
    private static final Logger LOG = Logger.getLogger(Undoing.class);
    /** Between a switch's own limit and giving up on hearing of its end: it is killed some seconds after its limit. */
    static final Duration MARGIN = Duration.ofSeconds(60);

    private final Nix nix;
    private final RunningSystem running;
    private final Activation activation;
    private final DeploymentState state;
    private final Chronicle chronicle;
    private final InstantSource clock;

    Undoing(
            Nix nix,
            RunningSystem running,
            Activation activation,
            DeploymentState state,
            Chronicle chronicle,
            InstantSource clock) {
        this.nix = nix;
        this.running = running;
        this.activation = activation;
        this.state = state;
        this.chronicle = chronicle;
        this.clock = clock;
    }

    /** What is told as long as a quarantine lasts. */
    Trouble trouble(Quarantine quarantine) {
        return Trouble.invalid(
                quarantine.sentence(),
                "it is not tried again until what it is made from changes, or you ask for it: homeostat retry "
                        + GenerationKind.SYSTEM);
    }

    /**
     * It did not pass.
     *
     * @param log of what failed, may be empty
     * @return what to throw
     */
    Trouble giveUp(GenerationSpec spec, String key, String reason, List<String> log) throws Trouble {
        return giveUp(spec, key, reason, log, Optional.empty());
    }

    /** @param asItIs why nothing is to be undone, a sentence; empty if all is that was done */
    Trouble giveUp(GenerationSpec spec, String key, String reason, List<String> log, Optional<String> asItIs)
            throws Trouble {
        Optional<RollbackPoint> point = state.point();
        boolean moved = point.filter(RollbackPoint::isInUse).isPresent();
        boolean back =
                moved && asItIs.isEmpty() && spec.deployment().onFailure() == DeploymentSettings.OnFailure.ROLLBACK;
        Quarantine quarantine = new Quarantine(
                key,
                clock.instant(),
                reason,
                log,
                back ? Quarantine.Rollback.PENDING : Quarantine.Rollback.SETTLED,
                back
                        ? ""
                        : asItIs.orElse(
                                moved
                                        ? "it stays, as deployment.onFailure says"
                                        : "nothing on the machine was changed"));
        state.quarantine(quarantine);
        if (back) {
            LOG.warnf("%s: rolling back to %s", reason, point.get().describe());
            return rollBack(spec, quarantine);
        }
        if (moved) {
            state.point(point.get().at(RollbackPoint.Stage.CLOSED, clock.instant()));
        }
        chronicle(spec, quarantine, moved ? Deployed.Outcome.LEFT : Deployed.Outcome.REFUSED);
        return trouble(quarantine);
    }

    /**
     * Goes back, or goes on with that.
     *
     * @return what to throw: that something did not pass, with what was done about it
     * @throws Trouble if it could not be done now
     */
    Trouble rollBack(GenerationSpec spec, Quarantine quarantine) throws Trouble {
        Optional<RollbackPoint> found = state.point();
        Quarantine settled;
        boolean nowhere = found.isEmpty()
                || found.get().profile().isEmpty() && found.get().activated().isEmpty();
        if (nowhere) {
            settled = quarantine.settled("it stays: there was no generation before it to roll back to");
        } else {
            RollbackPoint point = found.get();
            try {
                settled = quarantine.settled(goBack(spec, point, quarantine.since()));
            } catch (Trouble t) {
                throw new Trouble(
                        t.sort(),
                        quarantine.reason() + "; rolling back to " + point.describe() + " did not work: "
                                + t.getMessage(),
                        t.remedy(),
                        t);
            }
        }
        state.quarantine(settled);
        if (found.isPresent()) {
            state.point(found.get().at(RollbackPoint.Stage.CLOSED, clock.instant()));
        }
        chronicle(spec, settled, nowhere ? Deployed.Outcome.LEFT : Deployed.Outcome.ROLLED_BACK);
        return trouble(settled);
    }

    private void chronicle(GenerationSpec spec, Quarantine quarantine, Deployed.Outcome outcome) throws Trouble {
        Optional<StorePath> target =
                Optional.ofNullable(nix.roots().list().get(Deployment.TARGET_ROOT + quarantine.key()));
        chronicle.failed(spec, quarantine, target, outcome, clock.instant());
    }

    private String goBack(GenerationSpec spec, RollbackPoint point, Instant since) throws Trouble {
        List<String> done = new ArrayList<>();
        boolean tried = point.stage() == RollbackPoint.Stage.TRIED; // what is booted was left as it is
        if (!tried && point.profile().isPresent() && moveProfile(point)) {
            done.add("the profile is back at generation " + point.number().orElseThrow());
        }
        if (point.isActivated()) {
            for (Order order : orders(tried ? NixosSettings.Operation.TEST : spec.operation(), point)) {
                done.add(activate(order, spec.deployment().switchLimit(), since));
            }
        }
        return done.isEmpty()
                ? "nothing had to be rolled back"
                : "rolled back to " + point.describe() + ": " + String.join(", ", done);
    }

    /** @return whether it had to be moved */
    private boolean moveProfile(RollbackPoint point) throws Trouble {
        StorePath target = point.profile().orElseThrow();
        int number = point.number().orElseThrow();
        Profile profile = nix.systemProfile();
        ProfileState now = profile.look();
        if (now.currentGeneration()
                .filter(g -> g.number() == number && g.target().equals(target))
                .isPresent()) {
            return false;
        }
        Optional<Generation> exact =
                now.generation(number).filter(g -> g.target().equals(target));
        if (exact.isPresent()) {
            profile.switchTo(number);
        } else { // deleted meanwhile; our root kept what it held
            profile.set(target);
        }
        return true;
    }

    private record Order(Operation operation, StorePath generation) {}

    /** What the activation of the new generation changed, is changed back: what is in force, and what is booted. */
    private static List<Order> orders(NixosSettings.Operation operation, RollbackPoint point) {
        List<Order> orders = new ArrayList<>();
        Optional<StorePath> activated = point.activated();
        if (operation == NixosSettings.Operation.SWITCH && activated.isPresent() && activated.equals(point.profile())) {
            return List.of(new Order(Operation.SWITCH, activated.get()));
        }
        if (operation != NixosSettings.Operation.TEST) {
            point.profile().ifPresent(p -> orders.add(new Order(Operation.BOOT, p)));
        }
        if (operation != NixosSettings.Operation.BOOT) {
            activated.or(point::profile).ifPresent(p -> orders.add(new Order(Operation.TEST, p)));
        }
        return orders;
    }

    /** Also if it is in force: half a switch may have stopped services, and only an activation starts them again. */
    private String activate(Order order, Duration limit, Instant since) throws Trouble {
        String word = GenerationComparison.word(NixosSettings.Operation.valueOf(order.operation.name()));
        Optional<ActivationRun> last = activation.last();
        ActivationRun run;
        if (last.filter(r -> !r.isRunning()
                        && r.generation().equals(order.generation)
                        && r.operation().equals(word)
                        && !r.began().isBefore(since))
                .isPresent()) {
            run = last.get(); // begun by a daemon that did not live to see its end
        } else {
            run = activation.begin(order.operation, order.generation, limit, Map.of());
            run = activation.await(run, limit.plus(MARGIN));
        }
        if (run.hasSucceeded()) {
            return "its " + word + " succeeded";
        }
        boolean inForce = order.operation == Operation.BOOT
                || running.activated().filter(order.generation::equals).isPresent();
        if (!inForce) {
            throw Trouble.passing(
                    "the " + word + " of " + order.generation + " failed: " + run.how() + said(activation.output(run)));
        }
        return "its " + word + " is in force, but ended with a failure (" + run.how() + said(activation.output(run))
                + ")";
    }

    private static String said(List<String> output) {
        return output.isEmpty() ? "" : "; it said: " + output.getLast();
    }
}
