package dev.homeostat.kind.generation;

import dev.homeostat.host.Messages;
import dev.homeostat.host.nix.ClosureDifference;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings.Tell;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Trouble;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/** What became of each deployment, put down and told to those who are logged in. Thread-safe. */
final class Chronicle {
    private static final Logger LOG = Logger.getLogger(Chronicle.class);

    /** A large update changes thousands of packages; the page for people shows fewer still. */
    private static final int CHANGES_LIMIT = 500;

    private static final String TITLE = "Homeostat";
    private static final String MORE = " homeostat report says more.";

    private final DeploymentState state;
    private final Messages messages;

    Chronicle(DeploymentState state, Messages messages) {
        this.state = state;
        this.messages = messages;
    }

    /** Newest first. */
    List<Deployed> last(int limit) {
        try {
            return state.chronicle(limit);
        } catch (Trouble t) {
            LOG.warnf("what became of earlier deployments cannot be read: %s", t.sentence());
            return List.of();
        }
    }

    void passed(GenerationSpec spec, Report report) throws Trouble {
        Optional<RollbackPoint> point = state.point();
        List<ClosureDifference.PackageChange> packages =
                report.changes().map(ClosureDifference::packages).orElse(List.of());
        state.chronicle(
                report.key(),
                new Deployed(
                        GenerationKind.SYSTEM,
                        point.map(RollbackPoint::recorded).orElse(report.at()),
                        report.at(),
                        Deployed.Outcome.IN_FORCE,
                        "",
                        report.operation(),
                        report.number(),
                        Optional.of(report.target().toString()),
                        point.flatMap(RollbackPoint::number),
                        report.before().map(StorePath::toString),
                        report.took(),
                        packages.stream()
                                .limit(CHANGES_LIMIT)
                                .map(p -> new Deployed.Change(p.name(), p.before(), p.after()))
                                .toList(),
                        packages.size(),
                        report.changes().map(ClosureDifference::sizeBeforeBytes).orElse(0L),
                        report.changes().map(ClosureDifference::sizeAfterBytes).orElse(0L),
                        report.reboot(),
                        report.deleted()));
        Tell tell = spec.deployment().tell();
        if (!report.reboot().isEmpty() && tell != Tell.NEVER) {
            messages.tell(TITLE, "a new system is in force, and a reboot is needed for all of it." + MORE);
        } else if (tell == Tell.ALWAYS) {
            messages.tell(TITLE, "a new system is in force." + MORE);
        }
    }

    /** @param target what was built; empty if nothing was */
    void failed(
            GenerationSpec spec,
            Quarantine quarantine,
            Optional<StorePath> target,
            Deployed.Outcome outcome,
            Instant now)
            throws Trouble {
        Optional<RollbackPoint> point = state.point();
        state.chronicle(
                quarantine.key(),
                new Deployed(
                        GenerationKind.SYSTEM,
                        point.map(RollbackPoint::recorded).orElse(quarantine.since()),
                        now,
                        outcome,
                        quarantine.sentence(),
                        GenerationComparison.word(spec.operation()),
                        Optional.empty(),
                        target.map(StorePath::toString),
                        point.flatMap(RollbackPoint::number),
                        point.flatMap(p -> p.activated().or(p::profile)).map(StorePath::toString),
                        Map.of(),
                        List.of(),
                        0,
                        0,
                        0,
                        List.of(),
                        List.of()));
        if (spec.deployment().tell() != Tell.NEVER) {
            // never the reason: what it quotes of logs is not for everybody
            messages.tell(
                    TITLE,
                    switch (outcome) {
                        case ROLLED_BACK -> "a new system did not pass, and the one before is in force again." + MORE;
                        case LEFT -> "a new system did not pass, and the machine is left as it is." + MORE;
                        case REFUSED, IN_FORCE -> "a new system could not be made. Nothing was changed." + MORE;
                    });
        }
    }
}
