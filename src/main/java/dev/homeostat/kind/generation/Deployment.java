package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.Activation;
import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.ClosureDifference;
import dev.homeostat.host.nix.GcRoots;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.NixFailure;
import dev.homeostat.host.nix.NixProgress;
import dev.homeostat.host.nix.OtherSwitch;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.RunningSystem;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Preflight;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** The steps that put a generation in force. Each looks first at what is so already. Thread-safe for different resources. */
final class Deployment {
    private static final Logger LOG = Logger.getLogger(Deployment.class);

    static final String GARBAGE = "collect garbage: nix-collect-garbage";

    /** Of roots that keep what was built, before the key. */
    static final String TARGET_ROOT = "target-";

    /** Keeps what was built until it is known to be a system, and of the key that was looked at. */
    private static final String BUILT_ROOT = "built";

    private static final String ROLLBACK_ROOT = "rollback";
    private static final String ROLLBACK_ACTIVATED_ROOT = "rollback-activated";
    private static final String VERIFIED_ROOT = "verified";

    /** Inputs are fetched over the network: nixpkgs alone is some 50 MB. */
    static final Duration LOCK_LIMIT = Duration.ofMinutes(30);
    /** A large system is evaluated in a minute; a small machine takes several. */
    static final Duration EVALUATION_LIMIT = Duration.ofMinutes(30);
    /** It compares units and does nothing. */
    private static final Duration DRY_LIMIT = Duration.ofMinutes(2);
    /** What was started has to last so long: a service that cannot run fails within its first second. */
    private static final Duration STEADY = Duration.ofSeconds(1);
    /** Between two lines of the log about a build. */
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(10);

    private final Nix nix;
    private final RunningSystem running;
    private final Activation activation;
    private final SystemTree tree;
    private final DeploymentState state;
    private final Verification verification;
    private final Trials trials;
    private final Undoing undoing;
    private final LockedInputs inputs;
    private final Reports reports;
    private final Requirements requirements;
    private final InstantSource clock;
    private final Evaluations evaluations;
    private volatile Predicate<String> wanted = key -> true;

    /**
     * What a machine needs for a new generation.
     *
     * @param storeBytes free where the store is: less than that, and the machine itself has trouble soon
     * @param bootBytes free where kernels are: one and its initrd
     * @param boot where kernels are; it need not exist
     * @param preflight what else must not be in the way
     */
    record Requirements(long storeBytes, long bootBytes, Path boot, Preflight preflight) {
        static final Requirements USUAL = new Requirements(2L << 30, 64L << 20, Path.of("/boot"));

        /** With nothing else in the way. */
        Requirements(long storeBytes, long bootBytes, Path boot) {
            this(storeBytes, bootBytes, boot, List::of);
        }

        Requirements with(Preflight other) {
            return new Requirements(storeBytes, bootBytes, boot, other);
        }
    }

    Deployment(
            Nix nix,
            RunningSystem running,
            Activation activation,
            SystemTree tree,
            DeploymentState state,
            Verification verification,
            Trials trials,
            Undoing undoing,
            LockedInputs inputs,
            Reports reports,
            Requirements requirements,
            InstantSource clock) {
        this.nix = nix;
        this.running = running;
        this.activation = activation;
        this.tree = tree;
        this.state = state;
        this.verification = verification;
        this.trials = trials;
        this.undoing = undoing;
        this.inputs = inputs;
        this.reports = reports;
        this.requirements = requirements;
        this.clock = clock;
        this.evaluations = new Evaluations(nix);
    }

    /** Asked while something is built: whether that is still what is to be in force. */
    void whileWanted(Predicate<String> isWanted) {
        wanted = isWanted;
    }

    /** What was built of a key and is still there. */
    Optional<StorePath> target(String key) throws Trouble {
        StorePath target = nix.roots().list().get(TARGET_ROOT + key);
        return target != null && nix.has(target) ? Optional.of(target) : Optional.empty();
    }

    private StorePath built(String key) throws Trouble {
        return target(key).orElseThrow(Deployment::changed);
    }

    /** The next look begins anew, from where the machine is then. */
    private static Trouble changed() {
        return Trouble.passing("what the system is made from changed while it was put in force");
    }

    // ---- 1 initialization

    void check(GenerationSpec spec) throws Trouble {
        requireDaemon(nix);
        try {
            requireSpace(nix.settings().store(), requirements.storeBytes, GARBAGE);
        } catch (Trouble t) {
            if (!reports.makeRoom(spec, requirements.storeBytes)) {
                throw t;
            }
            throw new Trouble(
                    t.sort(), t.getMessage() + "; garbage is collected now, as deployment.gc says", t.remedy(), t);
        }
        if (Files.isDirectory(requirements.boot)) {
            requireSpace(
                    requirements.boot,
                    requirements.bootBytes,
                    "delete old generations, then switch to the current one");
        }
        requireNoObstacle();
    }

    /** What would make the switch go wrong halfway is better seen before. */
    private void requireNoObstacle() throws Trouble {
        List<Finding> obstacles = requirements.preflight.obstacles();
        if (!obstacles.isEmpty()) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "no switch before this is mended: "
                            + obstacles.stream().map(Finding::evidence).collect(Collectors.joining("; ")),
                    obstacles.stream().map(Finding::remedy).distinct().collect(Collectors.joining("; ")));
        }
    }

    static void requireDaemon(Nix nix) throws Trouble {
        if (!nix.isDaemonReachable()) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "the nix-daemon does not answer",
                    "look at: systemctl status nix-daemon.socket nix-daemon.service");
        }
    }

    /** @param remedy how to get more */
    static void requireSpace(Path folder, long bytes, String remedy) throws Trouble {
        long free;
        try {
            Path there = folder; // a store that is not there yet comes to lie in what is
            while (!Files.exists(there)) {
                there = there.getParent();
            }
            free = Files.getFileStore(there).getUsableSpace();
        } catch (IOException e) {
            throw Trouble.passing("how much space is free for " + folder + " cannot be told: " + e.getMessage(), e);
        }
        if (free < bytes) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "a new generation needs " + (bytes >> 20) + " MiB" + " free for " + folder + ", and there are "
                            + (free >> 20) + " MiB",
                    remedy);
        }
    }

    // ---- 2 backup

    void record() throws Trouble {
        ProfileState profile = nix.systemProfile().look();
        Optional<StorePath> activated = running.activated();
        Optional<Generation> current = profile.currentGeneration();
        GcRoots roots = nix.roots();
        keep(roots, ROLLBACK_ROOT, current.map(Generation::target));
        keep(roots, ROLLBACK_ACTIVATED_ROOT, activated);
        state.point(new RollbackPoint(
                clock.instant(),
                current.map(Generation::number),
                current.map(Generation::target),
                activated,
                verification.failedUnits(),
                verification.amiss(),
                RollbackPoint.Stage.RECORDED,
                clock.instant()));
    }

    static void keep(GcRoots roots, String name, Optional<StorePath> path) throws Trouble {
        if (path.isPresent()) {
            roots.keep(name, path.get());
        } else {
            roots.release(name);
        }
    }

    // ---- 3 generation

    void write(GenerationSpec spec) throws Trouble {
        if (spec.source() instanceof SystemSource.Generated generated) {
            tree.generated().write(tree.wanted(generated));
        }
    }

    // ---- 4 validation

    void validate(GenerationSpec spec, Consumer<Advance> advances) throws Trouble {
        String key = tree.look(spec).key();
        if (spec.source() instanceof SystemSource.Git git) {
            tree.git().ensure(git);
        }
        try {
            if (spec.source() instanceof SystemSource.Generated generated) {
                if (generated.settings().secrets() != null) {
                    tree.secrets().check(generated.settings().secrets());
                }
                parseOwnFiles(generated);
                inputs.exclusively(() -> {
                    lock(generated);
                    return generated;
                });
                key = tree.look(spec).key(); // with the inputs as they are locked now
            }
            evaluations.evaluate(
                    GenerationKind.SYSTEM,
                    key,
                    tree.system(spec.source()),
                    new Work(EVALUATION_LIMIT, told(advances), new Cancellation()));
        } catch (Trouble t) {
            throw refused(spec, key, t, false);
        }
    }

    private void parseOwnFiles(SystemSource.Generated source) throws Trouble {
        List<Path> own = new ArrayList<>();
        for (String name : tree.wanted(source).contents().keySet()) {
            if (name.startsWith("own/") && name.endsWith(".nix")) {
                own.add(tree.generated().folder().resolve(name));
            }
        }
        nix.parse(own);
    }

    /** Inputs stay as they were locked; those that are declared otherwise since are locked anew. */
    private void lock(SystemSource.Generated source) throws Trouble {
        String flake = tree.flake(source);
        Map<String, String> flakes = source.settings().nixos().flakeInputs();
        Optional<DeploymentState.Inputs> before = state.inputs();
        String locked = tree.generated().inputsDigest();
        if (!locked.isEmpty()
                && before.filter(new DeploymentState.Inputs(flakes, locked)::equals)
                        .isPresent()) {
            return; // Nix would find that all of them are locked
        }
        Work work = Work.within(LOCK_LIMIT);
        Set<String> moved = locked.isEmpty() || before.isEmpty()
                ? new TreeSet<>()
                : SystemTree.moved(before.get().flakes(), flakes);
        if (moved.isEmpty()) {
            nix.lock(flake, flakes, work);
        } else {
            nix.updateInputs(flake, moved, flakes, work);
        }
        state.inputs(new DeploymentState.Inputs(flakes, tree.generated().inputsDigest()));
    }

    /** What is wrong with the source itself is not tried again; what may pass is. */
    private Trouble refused(GenerationSpec spec, String key, Trouble trouble, boolean late) throws Trouble {
        Optional<Rejection.Lasting> lasting = Rejection.Lasting.of(trouble, late);
        return lasting.isEmpty()
                ? trouble
                : undoing.giveUp(
                        spec,
                        key,
                        tree.told(spec.source(), lasting.get().reason()),
                        lasting.get().log());
    }

    // ---- 5 deployment

    void build(GenerationSpec spec, Consumer<Advance> advances) throws Trouble {
        String key = tree.look(spec).key();
        Duration limit = spec.deployment().buildLimit();
        long start = System.nanoTime();
        Cancellation cancellation = new Cancellation();
        Work work = new Work(limit, logged("the system").andThen(told(advances)), cancellation);
        StorePath built;
        try (Vigil ignored = new Vigil(() -> wanted.test(key), cancellation)) {
            if (spec.source() instanceof SystemSource.Ready ready) {
                built = SystemTree.path(ready);
                nix.realise(built, Optional.of(BUILT_ROOT), work);
            } else {
                built = evaluations.build(GenerationKind.SYSTEM, key, tree.system(spec.source()), BUILT_ROOT, work);
            }
        } catch (Trouble t) {
            if (cancellation.isAsked()) {
                throw Trouble.passing("what was built is not wanted any more: the build was ended");
            }
            boolean late = NixFailure.of(t).isEmpty() && System.nanoTime() - start >= limit.toNanos();
            throw refused(spec, key, t, late);
        }
        if (!Files.exists(built.path().resolve("bin").resolve("switch-to-configuration"))) {
            nix.roots().release(BUILT_ROOT);
            throw undoing.giveUp(spec, key, built + " is no system: it has no bin/switch-to-configuration", List.of());
        }
        if (!tree.look(spec).key().equals(key)) {
            nix.roots().release(BUILT_ROOT);
            throw Trouble.passing("what the system is made from changed while it was built");
        }
        nix.roots().keep(TARGET_ROOT + key, built);
        nix.roots().release(BUILT_ROOT);
        preview(spec, key, built);
    }

    /** What is to come, as far as it can be told: a system that does not tell is put in force all the same. */
    private void preview(GenerationSpec spec, String key, StorePath built) throws Trouble {
        Optional<StorePath> before = running.activated();
        if (before.isEmpty() || before.get().equals(built) || spec.operation() == Operation.BOOT) {
            return;
        }
        refuseBesides();
        Meanwhile<ClosureDifference> changes = Meanwhile.of("difference", () -> nix.difference(before.get(), built));
        try {
            Preview preview = new Preview(
                    key,
                    before.get(),
                    built,
                    activation.dryActivate(built, DRY_LIMIT),
                    changes.get(),
                    spec.operation() == Operation.TEST ? List.of() : Reports.rebootReasons(running, built));
            state.preview(preview);
            LOG.infof("%s: %s", built, preview.words());
        } catch (Trouble t) {
            LOG.warnf("%s", t.sentence());
        }
    }

    private static Consumer<NixProgress> told(Consumer<Advance> advances) {
        return progress -> advances.accept(advance(progress));
    }

    /** What is built is named before what is fetched: it takes longer. */
    static Advance advance(NixProgress progress) {
        List<Advance.Count> counts = new ArrayList<>();
        count("built", progress.builds(), counts);
        count("fetched", progress.fetches(), counts);
        String doing = progress.doing();
        if (!progress.building().isEmpty()) {
            NixProgress.Building first = progress.building().getFirst();
            doing = first.name() + (first.phase().isEmpty() ? "" : " (" + first.phase() + ")");
        } else if (!progress.fetching().isEmpty()) {
            doing = progress.fetching().getFirst().name();
        }
        return new Advance(counts, doing);
    }

    private static void count(String what, NixProgress.Count count, List<Advance.Count> counts) {
        if (count.expected() > 0) {
            counts.add(new Advance.Count(what, count.done(), count.expected()));
        }
    }

    /** @param what is built, for people */
    static Consumer<NixProgress> logged(String what) {
        long[] told = {System.nanoTime()};
        return progress -> {
            if (System.nanoTime() - told[0] >= PROGRESS_EVERY.toNanos()) {
                told[0] = System.nanoTime();
                LOG.infof(
                        "building %s: %d of %d built, %d of %d fetched; %s",
                        what,
                        progress.builds().done(),
                        progress.builds().expected(),
                        progress.fetches().done(),
                        progress.fetches().expected(),
                        progress.building().isEmpty()
                                ? progress.doing()
                                : progress.building().getFirst().name());
            }
        };
    }

    void moveProfile(GenerationSpec spec) throws Trouble {
        StorePath target = built(tree.look(spec).key());
        if (nix.systemProfile().look().isAt(target)) {
            return;
        }
        RollbackPoint point = point();
        RollbackPoint.Stage stage = switch (point.stage()) {
            case SWITCHED -> point.stage();
            case TRIED -> RollbackPoint.Stage.SWITCHED; // it is activated: going back means to activate the old one
            case RECORDED, PROFILE, CLOSED -> RollbackPoint.Stage.PROFILE;
        };
        if (stage != point.stage()) {
            state.point(point.at(stage, clock.instant()));
        }
        nix.systemProfile().set(target);
    }

    private RollbackPoint point() throws Trouble {
        return state.point().orElseThrow(() -> Trouble.passing("the rollback point was taken away meanwhile"));
    }

    void activate(GenerationSpec spec) throws Trouble {
        String key = tree.look(spec).key();
        StorePath target = built(key);
        boolean inForce = running.activated().filter(target::equals).isPresent();
        if (inForce && spec.operation() != Operation.BOOT && !point().isInUse()) {
            return; // another tree, and the same system
        }
        if (spec.operation() != Operation.TEST && !nix.systemProfile().look().isAt(target)) {
            throw changed();
        }
        activate(spec, key, target, spec.operation(), RollbackPoint.Stage.SWITCHED);
    }

    /** Puts it in force, and leaves what is booted as it is: whatever becomes of the machine, a reboot brings that back. */
    void attempt(GenerationSpec spec) throws Trouble {
        String key = tree.look(spec).key();
        activate(spec, key, built(key), Operation.TEST, RollbackPoint.Stage.TRIED);
    }

    private void activate(
            GenerationSpec spec, String key, StorePath target, Operation operation, RollbackPoint.Stage stage)
            throws Trouble {
        refuseBesides();
        state.point(point().at(stage, clock.instant()));
        Duration limit = spec.deployment().switchLimit();
        ActivationRun run;
        try {
            run = activation.begin(Activation.Operation.valueOf(operation.name()), target, limit, Map.of());
        } catch (Trouble t) {
            if (t.sort() == Trouble.Sort.INVALID) { // it is no system
                throw undoing.giveUp(spec, key, t.getMessage(), List.of());
            }
            throw t;
        }
        conclude(spec, key, activation.await(run, limit.plus(Undoing.MARGIN)));
    }

    private void refuseBesides() throws Trouble {
        for (OtherSwitch other : activation.others()) {
            throw Trouble.passing("waits for another switch: " + other.who() + ", since " + other.since());
        }
    }

    private void conclude(GenerationSpec spec, String key, ActivationRun run) throws Trouble {
        if (run.hasSucceeded()) {
            return;
        }
        if (!activation.others().isEmpty()) { // it was quicker than ours, which then gave up at once
            state.point(point().at(RollbackPoint.Stage.PROFILE, clock.instant()));
            refuseBesides();
        }
        List<String> output = activation.output(run);
        throw undoing.giveUp(
                spec,
                key,
                "the " + run.operation() + " of " + run.generation() + " failed: " + run.how()
                        + (output.isEmpty() ? "" : "; it said: " + output.getLast()),
                output);
    }

    // ---- 7 verification

    void verify(GenerationSpec spec) throws Trouble {
        String key = tree.look(spec).key();
        StorePath target = built(key);
        RollbackPoint point = point();
        boolean tried = point.stage() == RollbackPoint.Stage.TRIED;
        if (point.isActivated()
                && activation
                        .last()
                        .filter(r -> !r.began().isBefore(point.moved()))
                        .filter(r -> !r.generation().equals(target))
                        .isPresent()) {
            throw changed(); // what was switched to is not what is wanted now: that is no fault of either
        }
        verify(spec, key, target, point, tried ? Operation.TEST : spec.operation());
        Optional<Duration> confirm = Optional.ofNullable(spec.deployment().confirm());
        if (tried && confirm.isPresent()) {
            trials.begin(point, key, target, confirm.get());
        } else {
            passed(spec, key, target, point);
        }
    }

    private void verify(GenerationSpec spec, String key, StorePath target, RollbackPoint point, Operation operation)
            throws Trouble {
        if (point.isActivated()) {
            Optional<ActivationRun> run = activation
                    .last()
                    .filter(r -> r.generation().equals(target))
                    .filter(r -> !r.began().isBefore(point.moved()));
            if (run.isPresent() && !run.get().isRunning()) {
                conclude(spec, key, run.get());
            }
        }
        boolean quiet = state.preview()
                .filter(p -> p.isOf(key, Optional.of(target), point.activated()) && !p.startsUnits())
                .isPresent();
        List<String> wrong = verification.settle(spec, operation, target, point, quiet ? Duration.ZERO : STEADY);
        if (!wrong.isEmpty()) {
            throw undoing.giveUp(
                    spec,
                    key,
                    target + " did not pass its verification within "
                            + Durations.format(spec.deployment().settle()) + ": " + String.join("; ", wrong),
                    List.of());
        }
    }

    private void passed(GenerationSpec spec, String key, StorePath target, RollbackPoint point) throws Trouble {
        if (spec.source() instanceof SystemSource.Git git) {
            tree.git().passed(git);
        }
        if (spec.source() instanceof SystemSource.Generated) {
            inputs.passed();
        }
        nix.roots().keep(VERIFIED_ROOT, target);
        state.verified(new Verified(key, target, clock.instant()));
        state.point(point.at(RollbackPoint.Stage.CLOSED, clock.instant()));
    }

    /**
     * What was tried and confirmed stays: from now on it is what is booted, too.
     *
     * @param took how long the phases took till now
     */
    void keep(GenerationSpec spec, Map<Phase, Duration> took) throws Trouble {
        Optional<TrialSeen> seen = trials.look().filter(TrialSeen::isConfirmed);
        if (seen.isEmpty()) {
            return;
        }
        String key = seen.get().trial().key();
        StorePath target = seen.get().trial().target();
        if (spec.operation() != Operation.TEST) {
            RollbackPoint before = point();
            if (before.stage() == RollbackPoint.Stage.TRIED) {
                state.point(before.at(RollbackPoint.Stage.SWITCHED, clock.instant()));
            }
            nix.systemProfile().set(target);
            boolean inForce = running.activated().filter(target::equals).isPresent();
            // in force, only what is booted is left to be changed; a machine that was booted since gets all of it
            activate(spec, key, target, inForce ? Operation.BOOT : Operation.SWITCH, RollbackPoint.Stage.SWITCHED);
        }
        RollbackPoint point = point();
        verify(spec, key, target, point, spec.operation());
        passed(spec, key, target, point);
        if (!key.equals(tree.look(spec).key())) { // something else waits behind it, so that nobody comes back to it
            reports.write(spec, key, target, took, clock.instant());
        }
    }

    /** What was tried and not confirmed in time does not stay. */
    void lapse(GenerationSpec spec) throws Trouble {
        Optional<TrialSeen> seen = trials.lapse();
        if (seen.isEmpty()) {
            return; // the owner was quicker
        }
        Optional<StorePath> activated = running.activated();
        boolean left = activated.filter(seen.get().trial().target()::equals).isEmpty();
        throw undoing.giveUp(
                spec,
                seen.get().trial().key(),
                Trials.reason(seen.get()),
                List.of(),
                left
                        ? Optional.of("in force is "
                                + activated.map(StorePath::toString).orElse("nothing") + ", and that stays")
                        : Optional.empty());
    }

    // ---- 8 report

    void report(GenerationSpec spec, Map<Phase, Duration> took) throws Trouble {
        Verified passed = state.verified().orElseThrow(Deployment::changed); // which need not be what is wanted by now
        reports.write(spec, passed.key(), passed.target(), took, clock.instant());
    }

    /** What is told of something that is quarantined. */
    Trouble trouble(GenerationSpec spec, Quarantine quarantine) throws Trouble {
        return undoing.trouble(spec, quarantine);
    }

    void rollBack(GenerationSpec spec) throws Trouble {
        Optional<Quarantine> quarantine = state.quarantined(tree.look(spec).key());
        if (quarantine.isPresent()) {
            throw undoing.rollBack(spec, quarantine.get());
        }
    }
}
