package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.Activation;
import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.GcRoots;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.Homes;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.Profile;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jboss.logging.Logger;

/**
 * The steps that put one home in force. Each looks first at what is so already. What runs from the home, or changes
 * something in it, has the rights of its owner. Thread-safe for different homes.
 */
final class HomeDeployment {
    private static final Logger LOG = Logger.getLogger(HomeDeployment.class);

    private final Doors doors;
    private final ResourceId id;
    private final HomeSpec spec;
    private final Account user;
    private final DeploymentState state;
    private final Rejection rejection;

    /** What all homes are deployed through. */
    record Doors(
            Nix nix,
            Activation activation,
            Homes homes,
            HomeTree tree,
            Evaluations evaluations,
            Deployment.Requirements requirements,
            InstantSource clock) {}

    HomeDeployment(Doors doors, ResourceId id, HomeSpec spec, Account user, DeploymentState state) {
        this.doors = doors;
        this.id = id;
        this.spec = spec;
        this.user = user;
        this.state = state;
        this.rejection = new Rejection(id, state, doors.clock);
    }

    // ---- roots

    private String root(String name) {
        return "home-" + user.name() + "-" + name;
    }

    private String targetRoot(String key) {
        return root("target-" + key);
    }

    /** What was built of a key and is still there. */
    Optional<StorePath> target(String key) throws Trouble {
        StorePath target = doors.nix.roots().list().get(targetRoot(key));
        return target != null && doors.nix.has(target) ? Optional.of(target) : Optional.empty();
    }

    private StorePath built(String key) throws Trouble {
        return target(key).orElseThrow(HomeDeployment::changed);
    }

    /** The next look begins anew, from where the home is then. */
    private static Trouble changed() {
        return Trouble.passing("what the home is made from changed while it was put in force");
    }

    private String key() throws Trouble {
        return doors.tree.look(spec).key();
    }

    // ---- 1 initialization

    void check() throws Trouble {
        Deployment.requireDaemon(doors.nix);
        Deployment.requireSpace(doors.nix.settings().store(), doors.requirements.storeBytes(), Deployment.GARBAGE);
    }

    // ---- 2 backup

    void record() throws Trouble {
        Optional<Generation> current = doors.homes.profile(user).look().currentGeneration();
        Optional<StorePath> activated = doors.homes.activated(user);
        GcRoots roots = doors.nix.roots();
        Deployment.keep(roots, root("rollback"), current.map(Generation::target));
        Deployment.keep(roots, root("rollback-activated"), activated);
        Instant now = doors.clock.instant();
        state.point(new RollbackPoint(
                now,
                current.map(Generation::number),
                current.map(Generation::target),
                activated,
                new TreeSet<>(),
                new TreeSet<>(),
                RollbackPoint.Stage.RECORDED,
                now));
    }

    private RollbackPoint point() throws Trouble {
        return state.point().orElseThrow(() -> Trouble.passing("the rollback point was taken away meanwhile"));
    }

    // ---- 4 validation

    void validate() throws Trouble {
        SystemTree.Look look = requireWritten();
        try {
            doors.evaluations.evaluate(id, look.key(), doors.tree.home(spec), Work.within(Deployment.EVALUATION_LIMIT));
        } catch (Trouble t) {
            throw refused(look.key(), t, false);
        }
    }

    /** The system's deployment writes and locks the tree, and goes before that of a home. */
    private SystemTree.Look requireWritten() throws Trouble {
        SystemTree.Look look = doors.tree.look(spec);
        if (!look.written()) {
            throw Trouble.passing("what the home is generated from is not written yet: generation/system writes it");
        }
        return look;
    }

    private Trouble refused(String key, Trouble trouble, boolean late) throws Trouble {
        Optional<Rejection.Lasting> lasting = Rejection.Lasting.of(trouble, late);
        return lasting.isEmpty()
                ? trouble
                : giveUp(key, lasting.get().reason(), lasting.get().log());
    }

    private Trouble giveUp(String key, String reason, List<String> log) throws Trouble {
        return rejection.giveUp(spec.deployment().onFailure(), key, reason, log, Optional.empty(), "", this::goBack);
    }

    // ---- 5 deployment

    void build() throws Trouble {
        String key = requireWritten().key();
        String root = targetRoot(key);
        Duration limit = spec.deployment().buildLimit();
        long start = System.nanoTime();
        StorePath built;
        try {
            built = doors.evaluations.build(
                    id,
                    key,
                    doors.tree.home(spec),
                    root,
                    new Work(limit, Deployment.logged("the home of " + user.name()), new Cancellation()));
        } catch (Trouble t) {
            throw refused(key, t, System.nanoTime() - start >= limit.toNanos());
        }
        if (!Files.exists(built.path().resolve("activate"))) {
            doors.nix.roots().release(root); // before it is anybody's profile
            throw giveUp(key, built + " is no home: it has no program activate", List.of());
        }
        if (!key().equals(key)) {
            doors.nix.roots().release(root);
            throw Trouble.passing("what the home is made from changed while it was built");
        }
    }

    /** Of a generation that moves the profile itself only if it is activated: it looks there for what was before it. */
    void moveProfile() throws Trouble {
        StorePath target = built(key());
        Profile profile = doors.homes.profile(user);
        boolean there = profile.look().isAt(target);
        boolean later = doors.activation.movesProfile(target)
                && doors.homes.activated(user).filter(target::equals).isEmpty();
        if (there || later) {
            return;
        }
        RollbackPoint point = point();
        if (point.stage() != RollbackPoint.Stage.SWITCHED) {
            state.point(point.at(RollbackPoint.Stage.PROFILE, doors.clock.instant()));
        }
        doors.homes.prepare(user, profile);
        profile.set(target);
    }

    void activate() throws Trouble {
        String key = key();
        StorePath target = built(key);
        RollbackPoint point = point();
        boolean inForce = doors.homes.activated(user).filter(target::equals).isPresent();
        if (inForce && !point.isInUse()) {
            return; // another tree, and the same home
        }
        state.point(point.at(RollbackPoint.Stage.SWITCHED, doors.clock.instant()));
        Duration limit = spec.deployment().switchLimit();
        ActivationRun run;
        try {
            run = doors.activation.beginHome(user, target, limit, Map.of());
        } catch (Trouble t) {
            if (t.sort() == Trouble.Sort.INVALID) { // it is no home
                throw giveUp(key, t.getMessage(), List.of());
            }
            throw t;
        }
        conclude(key, doors.activation.await(run, limit.plus(Undoing.MARGIN)));
    }

    private void conclude(String key, ActivationRun run) throws Trouble {
        if (run.hasSucceeded()) {
            return;
        }
        List<String> output = doors.activation.output(run);
        throw giveUp(
                key,
                "the activation of " + run.generation() + " failed: " + run.how()
                        + (output.isEmpty() ? "" : "; it said: " + output.getLast()),
                output);
    }

    // ---- 7 verification

    void verify() throws Trouble {
        String key = key();
        StorePath target = built(key);
        RollbackPoint point = point();
        if (point.stage() == RollbackPoint.Stage.SWITCHED) {
            Optional<ActivationRun> run =
                    doors.activation.lastHome(user).filter(r -> !r.began().isBefore(point.moved()));
            if (run.isPresent() && !run.get().generation().equals(target)) {
                throw changed(); // what was activated is not what is wanted now: that is no fault of either
            }
            if (run.isPresent() && !run.get().isRunning()) {
                conclude(key, run.get());
            }
        }
        List<String> wrong = new ArrayList<>();
        Profile profile = doors.homes.profile(user);
        if (!profile.look().isAt(target)) {
            wrong.add("the profile " + profile + " does not point to it");
        }
        if (doors.homes.activated(user).filter(target::equals).isEmpty()) {
            wrong.add(doors.homes.activatedLinks(user).getFirst()
                    + " does not point to it, as home.activationGenerateGcRoot of Home Manager has it");
        }
        if (!wrong.isEmpty()) {
            throw giveUp(key, target + " did not pass its verification: " + String.join("; ", wrong), List.of());
        }
        doors.nix.roots().keep(root("verified"), target);
        state.verified(new Verified(key, target, doors.clock.instant()));
        state.point(point.at(RollbackPoint.Stage.CLOSED, doors.clock.instant()));
    }

    // ---- 8 report

    void report(Map<Phase, Duration> took) throws Trouble {
        Verified passed =
                state.verified().orElseThrow(HomeDeployment::changed); // which need not be what is wanted by now
        String key = passed.key();
        StorePath target = passed.target();
        Optional<RollbackPoint> point = state.point();
        Optional<StorePath> before = point.flatMap(p -> p.activated().or(p::profile));
        Profile profile = doors.homes.profile(user);
        ProfileState there = profile.look();
        Set<StorePath> needed = new HashSet<>();
        needed.add(target);
        doors.homes.activated(user).ifPresent(needed::add);
        point.flatMap(RollbackPoint::profile).ifPresent(needed::add);
        point.flatMap(RollbackPoint::activated).ifPresent(needed::add);
        there.currentGeneration().map(Generation::target).ifPresent(needed::add);
        Report report = new Report(
                key,
                doors.clock.instant(),
                before,
                target,
                there.currentGeneration().filter(g -> g.target().equals(target)).map(Generation::number),
                HomeKind.NAME,
                took,
                Reports.changes(doors.nix, before, target),
                List.of(),
                Reports.delete(profile, there, needed, spec.deployment().keep()));
        GcRoots roots = doors.nix.roots();
        for (String name : roots.list().keySet()) { // what was built and is not in force is not needed any more
            if (name.startsWith(targetRoot(""))
                    && name.substring(targetRoot("").length()).matches(DeploymentState.KEY)
                    && !name.equals(targetRoot(key))) {
                roots.release(name);
            }
        }
        state.report(report);
        LOG.infof(
                "%s is in force for %s%s",
                target,
                user.name(),
                report.number().map(n -> " as generation " + n).orElse(""));
    }

    // ---- back

    /** What is told of something that is quarantined. */
    Trouble trouble(Quarantine quarantine) {
        return rejection.trouble(quarantine, "");
    }

    void rollBack() throws Trouble {
        Optional<Quarantine> quarantine = state.quarantined(key());
        if (quarantine.isPresent()) {
            throw rejection.rollBack(quarantine.get(), "", this::goBack);
        }
    }

    /**
     * The activation goes before the profile: one that looks at the profile for what was before it takes away what the new
     * generation brought, and makes a generation of its own.
     */
    private String goBack(RollbackPoint point, Instant since) throws Trouble {
        List<String> done = new ArrayList<>();
        if (point.stage() == RollbackPoint.Stage.SWITCHED) {
            done.add(activateAgain(point.activated().or(point::profile).orElseThrow(), since));
        }
        if (point.profile().isPresent() && Undoing.moveProfile(doors.homes.profile(user), point)) {
            done.add("the profile is back at generation " + point.number().orElseThrow());
        }
        return done.isEmpty()
                ? "nothing had to be rolled back"
                : "rolled back to " + point.describe() + ": " + String.join(", ", done);
    }

    /** Also if it is in force: half an activation may have replaced files. */
    private String activateAgain(StorePath generation, Instant since) throws Trouble {
        Optional<ActivationRun> last = doors.activation
                .lastHome(user)
                .filter(r -> r.hasSucceeded()
                        && r.generation().equals(generation)
                        && !r.began().isBefore(since));
        String succeeded = "its activation succeeded";
        if (last.isPresent()) { // begun by a daemon that did not live to see its end
            return succeeded;
        }
        Duration limit = spec.deployment().switchLimit();
        ActivationRun run = doors.activation.await(
                doors.activation.beginHome(user, generation, limit, Map.of()), limit.plus(Undoing.MARGIN));
        if (run.hasSucceeded()) {
            return succeeded;
        }
        List<String> output = doors.activation.output(run);
        throw Trouble.passing("the activation of " + generation + " failed: " + run.how()
                + (output.isEmpty() ? "" : "; it said: " + output.getLast()));
    }
}
