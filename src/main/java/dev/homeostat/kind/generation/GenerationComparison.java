package dev.homeostat.kind.generation;

import dev.homeostat.host.git.CommitId;
import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.OtherSwitch;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnManual;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Phase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is to be done about a generation, by what was seen alone. */
final class GenerationComparison {
    static final String FETCH = "fetch";
    static final String ACCEPT = "accept";
    static final String CHECK = "check";
    static final String RECORD = "record";
    static final String WRITE = "write";
    static final String VALIDATE = "validate";
    static final String BUILD = "build";
    static final String PROFILE = "profile";
    static final String SWITCH = "switch";
    static final String TRY = "try";
    static final String KEEP = "keep";
    static final String LAPSE = "lapse";
    static final String VERIFY = "verify";
    static final String REPORT = "report";
    static final String ROLL_BACK = "roll-back";

    private static final String NOTHING = "nothing";
    private static final String NOT_BUILT = "a system that is not built yet";

    /** Enough that two trees do not look alike. */
    private static final int KEY_DIGITS_SHOWN = 12;

    private final Desired<GenerationSpec> desired;
    private final GenerationSpec spec;
    private final GenerationSeen seen;
    private final List<Difference> differences = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();

    private GenerationComparison(Desired<GenerationSpec> desired, GenerationSeen seen) {
        this.desired = desired;
        this.spec = seen.source().order().map(o -> o.instead(desired.spec())).orElse(desired.spec());
        this.seen = seen;
    }

    static Assessment of(Desired<GenerationSpec> desired, GenerationSeen seen) {
        Assessment assessment = new GenerationComparison(desired, seen).assess();
        return seen.verified() || assessment.inSync() ? assessment : assessment.asChange();
    }

    /** As switch-to-configuration takes it. */
    static String word(Operation operation) {
        return operation.name().toLowerCase(Locale.ROOT);
    }

    private Assessment assess() {
        Optional<ActivationRun> running = seen.run().filter(ActivationRun::isRunning);
        if (running.isPresent()) {
            ActivationRun run = running.get();
            differ(
                    "switch",
                    "ended",
                    "the " + run.operation() + " of " + run.generation() + " runs since " + run.began());
            return new Assessment(differences, actions, true);
        }
        if (seen.source().missing().isPresent()) {
            return fetch(seen.source().missing().get());
        }
        if (isRewritten()) {
            return rewritten(seen.source().refused().get());
        }
        if (seen.quarantine().isPresent()) {
            return quarantined(seen.quarantine().get());
        }
        if (seen.trial().isPresent()) {
            return tried(seen.trial().get());
        }
        boolean moved = isMovedBySomebody();
        if (moved && spec.deployment().onManual() == OnManual.ADOPT) {
            return inSync();
        }
        if (!seen.verified() || moved || seen.isUnderWay()) {
            deploy(moved);
        } else {
            if (!seen.written()) {
                write();
            }
            if (!seen.reported()) {
                differ("report", "written", NOTHING);
                report();
            }
        }
        return othersFirst();
    }

    private Assessment othersFirst() {
        if (!differences.isEmpty() && !seen.others().isEmpty()) {
            seen.others().forEach(this::othersSwitch);
            return new Assessment(differences, actions, true);
        }
        return differences.isEmpty() ? inSync() : new Assessment(differences, actions);
    }

    private Assessment inSync() {
        return Assessment.inSync(seen.source().note());
    }

    private Assessment fetch(String why) {
        String repository = seen.source().repository().orElse("");
        differ("source", repository, why);
        act(FETCH, Phase.INITIALIZATION, Impact.NONE, "fetch " + repository, "");
        return new Assessment(differences, actions);
    }

    /** Somebody gave the branch another history, and nothing else is to be done about what was there. */
    private boolean isRewritten() {
        return seen.source().refused().filter(GitState.Refused::rewritten).isPresent()
                && !seen.isUnderWay()
                && (seen.verified()
                        || seen.quarantine()
                                .filter(q -> q.rollback() == Quarantine.Rollback.SETTLED)
                                .isPresent());
    }

    private Assessment rewritten(GitState.Refused refused) {
        String from = seen.source().commit().map(CommitId::text).orElse(NOTHING);
        differ("source", refused.head().text(), from + " (" + refused.reason() + ")");
        act(
                ACCEPT,
                Phase.INITIALIZATION,
                Impact.CONTESTED,
                "take commit " + refused.head() + ", which does not descend from what is deployed",
                "push the former history, and approve that");
        return new Assessment(differences, actions);
    }

    private void othersSwitch(OtherSwitch other) {
        differ(
                "switch",
                "nobody else's",
                other.who() + (other.since().equals(Instant.EPOCH) ? "" : ", since " + other.since()));
    }

    /** It did not pass: nothing more is done for it than to end what was begun about it. */
    private Assessment quarantined(Quarantine quarantine) {
        if (quarantine.rollback() == Quarantine.Rollback.SETTLED) {
            differ("system", targetText(), "quarantined: " + quarantine.sentence());
            return new Assessment(differences, actions);
        }
        String back = seen.point().map(RollbackPoint::describe).orElse(NOTHING);
        differ("system", back, text(seen.activated()));
        // whoever let the switch happen let it be undone: a broken generation is not kept for want of a maintenance
        // window
        act(ROLL_BACK, Phase.DEPLOYMENT, Impact.NONE, "go on rolling back to " + back, "");
        return new Assessment(differences, actions);
    }

    /** Nothing else is begun before that is settled: the machine must be known to be well first. */
    private Assessment tried(TrialSeen trial) {
        String target = trial.trial().target().toString();
        String back = seen.point().map(RollbackPoint::describe).orElse(NOTHING);
        if (trial.isConfirmed()) {
            differ("confirmation", "carried out", "given by " + trial.trial().by());
            act(
                    KEEP,
                    Phase.DEPLOYMENT,
                    // it is in force already, unless the machine was booted meanwhile
                    seen.activated().filter(trial.trial().target()::equals).isPresent()
                            ? Impact.NONE
                            : Impact.DISRUPTIVE,
                    spec.operation() == Operation.TEST
                            ? "leave " + target + " in force until the next boot"
                            : "make " + target + " what is booted from now on",
                    "roll back to " + back);
            return othersFirst();
        }
        differ("confirmation", "given", "waited for since " + trial.trial().began());
        if (trial.isOpen()) {
            return Assessment.waiting(
                    differences,
                    "waits for confirmation of " + target + ": homeostat confirm; without it, " + back
                            + " comes back in " + Durations.format(trial.left().truncatedTo(ChronoUnit.SECONDS)));
        }
        // as with any rollback: not held back by a maintenance window
        act(LAPSE, Phase.DEPLOYMENT, Impact.PROMISED, "go back to " + back + ": " + Trials.reason(trial), "");
        return othersFirst();
    }

    /** What passed was in force, and is not any more, although nothing of ours is under way. */
    private boolean isMovedBySomebody() {
        return seen.verified() && !seen.isUnderWay() && (isProfileOff() || isActivatedOff());
    }

    private boolean isProfileOff() {
        return spec.operation() != Operation.TEST
                && (seen.target().isEmpty() || !seen.inProfile().equals(seen.target()));
    }

    private boolean isActivatedOff() {
        boolean rebooted = seen.verified()
                && spec.operation() == Operation.TEST
                && seen.activated().isPresent()
                && seen.activated().equals(seen.booted());
        return spec.operation() != Operation.BOOT
                && !rebooted // a test lasts until then
                && (seen.target().isEmpty() || !seen.activated().equals(seen.target()));
    }

    private void deploy(boolean moved) {
        if (isProfileOff()) {
            differ("profile", targetText(), text(seen.inProfile()));
        }
        if (isActivatedOff()) {
            differ("system", targetText(), text(seen.activated()));
        }
        if (!seen.verified() || seen.isUnderWay()) {
            differ("verification", "passed", seen.isUnderWay() ? "under way" : "not done");
        }
        if (!seen.isUnderWay()) {
            act(
                    CHECK,
                    Phase.INITIALIZATION,
                    Impact.NONE,
                    "check that Nix works and that there is space for a new system",
                    "");
            act(
                    RECORD,
                    Phase.BACKUP,
                    Impact.NONE,
                    "record "
                            + seen.profile()
                                    .currentGeneration()
                                    .map(g -> "generation " + g.number())
                                    .orElse("that there is no generation")
                            + " as the point to roll back to",
                    "");
        }
        if (!seen.written()) {
            write();
        }
        if (seen.target().isEmpty()) {
            build();
        }
        if (isOnTrial()) {
            attempt();
            return;
        }
        putInForce(moved);
        act(VERIFY, Phase.VERIFICATION, Impact.NONE, "verify " + describeTarget(), "");
        report();
    }

    private void write() {
        differ("tree", "as declared", "other files");
        act(WRITE, Phase.GENERATION, Impact.NONE, "write what the system is generated from", "");
    }

    private void build() {
        switch (spec.source()) {
            case SystemSource.Ready ready ->
                act(BUILD, Phase.DEPLOYMENT, Impact.NONE, "fetch " + ready.storePath(), "");
            case SystemSource.Generated generated -> {
                act(VALIDATE, Phase.VALIDATION, Impact.NONE, "lock the inputs and evaluate the system", "");
                act(BUILD, Phase.DEPLOYMENT, Impact.NONE, "build the system", "");
            }
            case SystemSource.Git git -> {
                String what = git.name() + " of " + git.url()
                        + seen.source()
                                .commit()
                                .map(c -> " at " + c.shortText())
                                .orElse("");
                act(VALIDATE, Phase.VALIDATION, Impact.NONE, "evaluate " + what, "");
                act(BUILD, Phase.DEPLOYMENT, Impact.NONE, "build " + what, "");
            }
            case SystemSource.Flake flake -> {
                act(VALIDATE, Phase.VALIDATION, Impact.NONE, "evaluate " + flake.folder() + "#" + flake.name(), "");
                act(BUILD, Phase.DEPLOYMENT, Impact.NONE, "build " + flake.folder() + "#" + flake.name(), "");
            }
        }
    }

    /** What is new has to be confirmed; what passed once, or is in force, has not. */
    private boolean isOnTrial() {
        return spec.deployment().confirm() != null
                && spec.operation() != Operation.BOOT
                && !seen.verified()
                && (isActivatedOff()
                        || seen.point()
                                .filter(p -> p.stage() == RollbackPoint.Stage.TRIED)
                                .isPresent());
    }

    private void attempt() {
        if (seen.ownRun(word(Operation.TEST)).isEmpty()) {
            act(
                    TRY,
                    Phase.DEPLOYMENT,
                    Impact.DISRUPTIVE,
                    "put " + describeTarget() + " in force for a try: a reboot ends it" + previewed(),
                    "roll back to " + text(seen.activated()));
        }
        act(
                VERIFY,
                Phase.VERIFICATION,
                Impact.NONE,
                "verify " + describeTarget() + ", then wait "
                        + Durations.format(spec.deployment().confirm()) + " for homeostat confirm",
                "");
    }

    private void putInForce(boolean moved) {
        Impact undoing = moved && spec.deployment().onManual() == OnManual.ASK ? Impact.CONTESTED : Impact.DISRUPTIVE;
        boolean now = isActivatedOff();
        if (isProfileOff()) {
            act(
                    PROFILE,
                    Phase.DEPLOYMENT,
                    now || !moved ? Impact.NONE : undoing,
                    "make " + describeTarget() + " the current generation",
                    "roll back to " + text(seen.inProfile()));
        }
        boolean done = seen.ownRun(word(spec.operation())).isPresent();
        boolean boot = spec.operation() == Operation.BOOT && !seen.verified();
        // half a switch may have put it in force, of which nothing is known any more; a boot puts all of it in force
        boolean lost = seen.isSwitchBegun()
                && spec.operation() != Operation.BOOT
                && (seen.target().isEmpty() || !seen.booted().equals(seen.target()));
        if (!done && (now || boot || lost || isProfileOff())) {
            act(
                    SWITCH,
                    Phase.DEPLOYMENT,
                    now ? undoing : Impact.NONE,
                    switch (spec.operation()) {
                                case SWITCH -> "switch to " + describeTarget();
                                case BOOT -> "boot " + describeTarget() + " from the next time on";
                                case TEST -> "put " + describeTarget() + " in force until the next boot";
                            }
                            + previewed(),
                    "roll back to " + text(seen.activated()));
        }
    }

    private void report() {
        act(REPORT, Phase.REPORT, Impact.NONE, "report, and delete old generations", "");
    }

    private void differ(String path, String wanted, String observed) {
        differences.add(new Difference(path, wanted, observed));
    }

    private void act(String verb, Phase phase, Impact impact, String summary, String undo) {
        actions.add(new Action(desired.id(), verb, phase, impact, summary, undo));
    }

    private String previewed() {
        return seen.preview().map(p -> " (" + p.words() + ")").orElse("");
    }

    private String describeTarget() {
        return seen.target().map(StorePath::toString).orElse("the new system");
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
