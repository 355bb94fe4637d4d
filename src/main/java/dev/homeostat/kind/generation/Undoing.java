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

/**
 * What becomes of a system that does not pass: it is rejected, and the machine goes back to exactly where it was.
 * Each part may be done again: what is done already is left. Thread-safe for different resources.
 */
final class Undoing {
    /** Between a switch's own limit and giving up on hearing of its end: it is killed some seconds after its limit. */
    static final Duration MARGIN = Duration.ofSeconds(60);

    private final Nix nix;
    private final RunningSystem running;
    private final Activation activation;
    private final Rejection rejection;
    private final DeploymentState state;
    private final LockedInputs inputs;
    private final Chronicle chronicle;
    private final InstantSource clock;

    Undoing(
            Nix nix,
            RunningSystem running,
            Activation activation,
            DeploymentState state,
            LockedInputs inputs,
            Chronicle chronicle,
            InstantSource clock) {
        this.state = state;
        this.inputs = inputs;
        this.chronicle = chronicle;
        this.clock = clock;
        this.nix = nix;
        this.running = running;
        this.activation = activation;
        this.rejection = new Rejection(GenerationKind.SYSTEM, state, clock);
    }

    /** What is told as long as a quarantine lasts. */
    Trouble trouble(GenerationSpec spec, Quarantine quarantine) throws Trouble {
        return rejection.trouble(quarantine, further(spec));
    }

    /** What else may be done about it. */
    private String further(GenerationSpec spec) throws Trouble {
        return inputs.remedy(spec)
                + (state.order().isPresent() ? "; homeostat deploy --declared goes back to what is declared" : "");
    }

    /** It did not pass; as {@link Rejection#giveUp}. */
    Trouble giveUp(GenerationSpec spec, String key, String reason, List<String> log) throws Trouble {
        return giveUp(spec, key, reason, log, Optional.empty());
    }

    /** @param asItIs why nothing is to be undone, a sentence; empty if all is that was done */
    Trouble giveUp(GenerationSpec spec, String key, String reason, List<String> log, Optional<String> asItIs)
            throws Trouble {
        return rejection.giveUp(spec.deployment().onFailure(), key, reason, log, asItIs, further(spec), way(spec));
    }

    /** Goes back, or goes on with that; as {@link Rejection#rollBack}. */
    Trouble rollBack(GenerationSpec spec, Quarantine quarantine) throws Trouble {
        return rejection.rollBack(quarantine, further(spec), way(spec));
    }

    private Rejection.WayBack way(GenerationSpec spec) {
        return new Rejection.WayBack() {
            @Override
            public String goBack(RollbackPoint point, Instant since) throws Trouble {
                return Undoing.this.goBack(spec, point, since);
            }

            @Override
            public void ended(Quarantine quarantine, Deployed.Outcome outcome) throws Trouble {
                chronicle(spec, quarantine, outcome);
            }
        };
    }

    private void chronicle(GenerationSpec spec, Quarantine quarantine, Deployed.Outcome outcome) throws Trouble {
        Optional<StorePath> target =
                Optional.ofNullable(nix.roots().list().get(Deployment.TARGET_ROOT + quarantine.key()));
        chronicle.failed(spec, quarantine, target, outcome, clock.instant());
    }

    private String goBack(GenerationSpec spec, RollbackPoint point, Instant since) throws Trouble {
        List<String> done = new ArrayList<>();
        boolean tried = point.stage() == RollbackPoint.Stage.TRIED; // what is booted was left as it is
        if (!tried && point.profile().isPresent() && moveProfile(nix.systemProfile(), point)) {
            done.add("the profile is back at generation " + point.number().orElseThrow());
        }
        if (!tried && point.profile().isEmpty() && point.activated().isPresent()) {
            // it had none, which cannot be brought back; but what did not pass must not be what is booted
            nix.systemProfile().set(point.activated().get());
            done.add("the profile had no generation before, and holds what was in force now");
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
    static boolean moveProfile(Profile profile, RollbackPoint point) throws Trouble {
        StorePath target = point.profile().orElseThrow();
        int number = point.number().orElseThrow();
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
        Optional<StorePath> booted = point.profile().or(point::activated);
        if (operation == NixosSettings.Operation.SWITCH && activated.isPresent() && activated.equals(booted)) {
            return List.of(new Order(Operation.SWITCH, activated.get()));
        }
        if (operation != NixosSettings.Operation.TEST) {
            booted.ifPresent(p -> orders.add(new Order(Operation.BOOT, p)));
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
