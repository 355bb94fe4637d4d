package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.NixFailure;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnFailure;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * What becomes of a generation that does not pass, whether of the system or of a home: it is quarantined first, and then
 * what was moved is moved back. Thread-safe for different resources.
 */
final class Rejection {
    private static final Logger LOG = Logger.getLogger(Rejection.class);

    private final ResourceId id;
    private final DeploymentState state;
    private final InstantSource clock;

    Rejection(ResourceId id, DeploymentState state, InstantSource clock) {
        this.id = id;
        this.state = state;
        this.clock = clock;
    }

    /** Goes back to where the machine was. May be done again: what is done already is left. */
    interface WayBack {
        /**
         * @param since when the generation was quarantined
         * @return what was done, a sentence
         */
        String goBack(RollbackPoint point, Instant since) throws Trouble;

        /** Told when it is settled what became of it, before anybody else is. */
        default void ended(Quarantine quarantine, Deployed.Outcome outcome) throws Trouble {}
    }

    /**
     * What is wrong with the source itself, so that trying again gives the same.
     *
     * @param reason with where it comes from, as far as Nix tells
     */
    record Lasting(String reason, List<String> log) {
        /**
         * Empty if it may pass.
         *
         * @param late whether it took longer than the owner lets it
         */
        static Optional<Lasting> of(Trouble trouble, boolean late) {
            Optional<NixFailure> failure = NixFailure.of(trouble);
            boolean lasting = late
                    || failure.filter(f -> switch (f.reason()) {
                                case EVALUATION, BUILD, HASH -> true;
                                case DISK, DAEMON, NETWORK, MISSING, IN_USE, OTHER -> false;
                            })
                            .isPresent();
            if (!lasting) {
                return Optional.empty();
            }
            String origin = failure.map(Origins::of).orElse("");
            return Optional.of(new Lasting(
                    trouble.getMessage() + (origin.isEmpty() ? "" : " (" + origin + ")"),
                    failure.map(NixFailure::log).orElse(List.of())));
        }
    }

    /**
     * What is told as long as a quarantine lasts.
     *
     * @param further what else may be done about it, appended to the remedy; may be empty
     */
    Trouble trouble(Quarantine quarantine, String further) {
        return Trouble.invalid(
                quarantine.sentence(),
                "it is not tried again until what it is made from changes, or you ask for it: homeostat retry " + id
                        + further);
    }

    /**
     * It did not pass.
     *
     * @param log of what failed, may be empty
     * @param asItIs why nothing is to be undone, a sentence; empty if all is that was done
     * @param further as for {@link #trouble}
     * @return what to throw
     */
    Trouble giveUp(
            OnFailure onFailure,
            String key,
            String reason,
            List<String> log,
            Optional<String> asItIs,
            String further,
            WayBack way)
            throws Trouble {
        Optional<RollbackPoint> point = state.point();
        boolean moved = point.filter(RollbackPoint::isInUse).isPresent();
        boolean back = moved && asItIs.isEmpty() && onFailure == OnFailure.ROLLBACK;
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
            return rollBack(quarantine, further, way);
        }
        if (moved) {
            state.point(point.get().at(RollbackPoint.Stage.CLOSED, clock.instant()));
        }
        way.ended(quarantine, moved ? Deployed.Outcome.LEFT : Deployed.Outcome.REFUSED);
        return trouble(quarantine, further);
    }

    /**
     * Goes back, or goes on with that.
     *
     * @return what to throw: that something did not pass, with what was done about it
     * @throws Trouble if it could not be done now
     */
    Trouble rollBack(Quarantine quarantine, String further, WayBack way) throws Trouble {
        Optional<RollbackPoint> found = state.point();
        Quarantine settled;
        boolean nowhere = found.isEmpty()
                || found.get().profile().isEmpty() && found.get().activated().isEmpty();
        if (nowhere) {
            settled = quarantine.settled("it stays: there was no generation before it to roll back to");
        } else {
            RollbackPoint point = found.get();
            try {
                settled = quarantine.settled(way.goBack(point, quarantine.since()));
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
        way.ended(settled, nowhere ? Deployed.Outcome.LEFT : Deployed.Outcome.ROLLED_BACK);
        return trouble(settled, further);
    }
}
