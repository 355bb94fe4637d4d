package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnManual;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is to be done about a home, by what was seen alone. The verbs are those of a system, but for one. */
final class HomeComparison {
    static final String ACTIVATE = "activate";

    private static final String NOTHING = "nothing";
    private static final String NOT_BUILT = "a home that is not built yet";
    /** Enough that two trees do not look alike. */
    private static final int KEY_DIGITS_SHOWN = 12;

    private final Desired<HomeSpec> desired;
    private final HomeSeen seen;
    private final String whose;
    private final List<Difference> differences = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();

    private HomeComparison(Desired<HomeSpec> desired, HomeSeen seen) {
        this.desired = desired;
        this.seen = seen;
        this.whose = "the home of " + desired.spec().user();
    }

    static Assessment of(Desired<HomeSpec> desired, HomeSeen seen) {
        Assessment assessment = new HomeComparison(desired, seen).assess();
        return seen.verified() || assessment.inSync() ? assessment : assessment.asChange();
    }

    private Assessment assess() {
        Optional<ActivationRun> running = seen.run().filter(ActivationRun::isRunning);
        if (running.isPresent()) {
            ActivationRun run = running.get();
            differ("activation", "ended", "that of " + run.generation() + " runs since " + run.began());
            return new Assessment(differences, actions, true);
        }
        if (seen.quarantine().isPresent()) {
            return quarantined(seen.quarantine().get());
        }
        // what passed was in force, and is not any more, although nothing of ours is under way
        boolean moved = seen.verified() && !seen.isUnderWay() && (isProfileOff() || isActivatedOff());
        OnManual onManual = desired.spec().deployment().onManual();
        if (moved && onManual == OnManual.ADOPT) {
            return Assessment.IN_SYNC;
        }
        if (!seen.verified() || moved || seen.isUnderWay()) {
            deploy(moved && onManual == OnManual.ASK ? Impact.CONTESTED : Impact.DISRUPTIVE);
        } else if (!seen.reported()) {
            differ("report", "written", NOTHING);
            report();
        }
        return new Assessment(differences, actions);
    }

    /** It did not pass: nothing more is done for it than to end what was begun about it. */
    private Assessment quarantined(Quarantine quarantine) {
        if (quarantine.rollback() == Quarantine.Rollback.SETTLED) {
            differ("home", targetText(), "quarantined: " + quarantine.sentence());
            return new Assessment(differences, actions);
        }
        String back = seen.point().map(RollbackPoint::describe).orElse(NOTHING);
        differ("home", back, text(seen.activated()));
        // whoever let it be activated let it be undone
        act(
                GenerationComparison.ROLL_BACK,
                Phase.DEPLOYMENT,
                Impact.NONE,
                "go on rolling back " + whose + " to " + back,
                "");
        return new Assessment(differences, actions);
    }

    private boolean isProfileOff() {
        return seen.target().isEmpty() || !seen.inProfile().equals(seen.target());
    }

    private boolean isActivatedOff() {
        return seen.target().isEmpty() || !seen.activated().equals(seen.target());
    }

    /** @param impact of moving the home */
    private void deploy(Impact impact) {
        if (isProfileOff()) {
            differ("profile", targetText(), text(seen.inProfile()));
        }
        if (isActivatedOff()) {
            differ("home", targetText(), text(seen.activated()));
        }
        if (!seen.verified() || seen.isUnderWay()) {
            differ("verification", "passed", seen.isUnderWay() ? "under way" : "not done");
        }
        if (!seen.isUnderWay()) {
            act(
                    GenerationComparison.CHECK,
                    Phase.INITIALIZATION,
                    Impact.NONE,
                    "check that Nix works and that there is space for a new home",
                    "");
            String point = seen.profile()
                    .currentGeneration()
                    .map(g -> "generation " + g.number() + " of " + whose)
                    .orElse("that there is no generation of " + whose);
            act(
                    GenerationComparison.RECORD,
                    Phase.BACKUP,
                    Impact.NONE,
                    "record " + point + " as the point to roll back to",
                    "");
        }
        if (seen.target().isEmpty()) {
            act(GenerationComparison.VALIDATE, Phase.VALIDATION, Impact.NONE, "evaluate " + whose, "");
            act(GenerationComparison.BUILD, Phase.DEPLOYMENT, Impact.NONE, "build " + whose, "");
        }
        if (isProfileOff()) {
            act(
                    GenerationComparison.PROFILE,
                    Phase.DEPLOYMENT,
                    isActivatedOff() ? Impact.NONE : impact,
                    "make " + describeTarget() + " the current generation of " + whose,
                    "roll back to " + text(seen.inProfile()));
        }
        if (isActivatedOff() && seen.ownRun().isEmpty()) {
            act(
                    ACTIVATE,
                    Phase.DEPLOYMENT,
                    impact,
                    "activate " + describeTarget() + " for " + desired.spec().user(),
                    "roll back to " + text(seen.activated()));
        }
        act(
                GenerationComparison.VERIFY,
                Phase.VERIFICATION,
                Impact.NONE,
                "verify that " + describeTarget() + " is in force",
                "");
        report();
    }

    private void report() {
        act(
                GenerationComparison.REPORT,
                Phase.REPORT,
                Impact.NONE,
                "report, and delete old generations of " + whose,
                "");
    }

    private void differ(String path, String wanted, String observed) {
        differences.add(new Difference(path, wanted, observed));
    }

    private void act(String verb, Phase phase, Impact impact, String summary, String undo) {
        actions.add(new Action(desired.id(), verb, phase, impact, summary, undo));
    }

    private String describeTarget() {
        return seen.target().map(StorePath::toString).orElse("the new generation");
    }

    private String targetText() {
        // with the key: what waits after a failure, or for an approval, waits for this tree and no other
        return seen.target()
                .map(StorePath::toString)
                .orElse(NOT_BUILT + " (" + seen.key().substring(0, KEY_DIGITS_SHOWN) + ")");
    }

    private static String text(Optional<StorePath> path) {
        return path.map(StorePath::toString).orElse(NOTHING);
    }
}
