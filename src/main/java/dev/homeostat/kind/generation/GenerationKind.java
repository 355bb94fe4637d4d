package dev.homeostat.kind.generation;

import dev.homeostat.host.Locations;
import dev.homeostat.host.Messages;
import dev.homeostat.host.facts.BootClock;
import dev.homeostat.host.git.Git;
import dev.homeostat.host.nix.Activation;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.OtherSwitch;
import dev.homeostat.host.nix.RunningSystem;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Preflight;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Standings;
import dev.homeostat.resource.SystemOrders;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The generation of the system: built, put in force, verified, and rolled back if it does not pass. What is so is seen of
 * links and of systemd; a look at what did not change starts no process.
 */
@ApplicationScoped
public class GenerationKind implements Kind<GenerationSpec, GenerationSeen> {
    public static final String NAME = "generation";
    /** A machine has one system. */
    public static final ResourceId SYSTEM = ResourceId.of(NAME, "system");

    private static final Logger LOG = Logger.getLogger(GenerationKind.class);
    static final String TREE = "flake";
    private static final String MIRROR = "git";
    private static final String STATE = "deployment";
    private static final int ROOT = 0;

    private final Nix nix;
    private final RunningSystem running;
    private final Activation activation;
    private final FolderWatch folderWatch;
    private final Locations locations;
    private final InstantSource clock;
    private final SystemTree tree;
    private final DeploymentState state;
    private final Chronicle chronicle;
    private final GarbageCollection collection;
    private final Trials trials;
    private final Deployment deployment;
    private final TreeWatch treeWatch;
    private final OwnersOrders orders;
    /** When each switch of somebody else was first seen: the machine does not always tell since when it runs. */
    private final Map<String, Instant> othersSeen = new ConcurrentHashMap<>();
    /** By resource: time of each phase of the deployment under way. */
    private final Map<ResourceId, Map<Phase, Duration>> took = new ConcurrentHashMap<>();

    private List<AutoCloseable> watching = List.of();

    @Inject
    public GenerationKind(
            Nix nix,
            RunningSystem running,
            Activation activation,
            Systemd systemd,
            SafeFiles files,
            FolderWatch folderWatch,
            Locations locations,
            InstantSource clock,
            BootClock boots,
            Messages messages,
            Checks checks,
            Facts facts,
            Standings standings,
            Git git,
            Preflight preflight) {
        this(
                nix,
                running,
                activation,
                systemd,
                files,
                folderWatch,
                locations,
                clock,
                boots,
                messages,
                checks,
                facts,
                standings,
                git,
                Deployment.Requirements.USUAL.with(preflight));
    }

    GenerationKind(
            Nix nix,
            RunningSystem running,
            Activation activation,
            Systemd systemd,
            SafeFiles files,
            FolderWatch folderWatch,
            Locations locations,
            InstantSource clock,
            BootClock boots,
            Messages messages,
            Checks checks,
            Facts facts,
            Standings standings,
            Git git,
            Deployment.Requirements requirements) {
        this.nix = nix;
        this.running = running;
        this.activation = activation;
        this.folderWatch = folderWatch;
        this.locations = locations;
        this.clock = clock;
        Folder reader = new Folder(files, clock);
        this.state = new DeploymentState(locations.state().resolve(STATE), files, ROOT, ROOT);
        GeneratedTree generated = new GeneratedTree(locations.state().resolve(TREE), files, reader);
        GitSource repository = new GitSource(git.mirror(locations.state().resolve(MIRROR)), state, files, clock);
        this.tree = new SystemTree(new LocalTrees(generated, reader, files, facts), new SecretFiles(files), repository);
        LockedInputs inputs = new LockedInputs(nix, generated, state, clock);
        this.orders = new OwnersOrders(nix, tree, state, inputs, clock);
        this.treeWatch = new TreeWatch(folderWatch);
        this.chronicle = new Chronicle(state, messages);
        this.trials = new Trials(state, boots, clock);
        Verification verification = new Verification(nix, running, systemd, checks, standings);
        Undoing undoing = new Undoing(nix, running, activation, state, inputs, chronicle, clock);
        this.collection = new GarbageCollection(nix, running, systemd);
        Reports reports = new Reports(nix, running, state, chronicle, collection);
        this.deployment = new Deployment(
                nix,
                running,
                activation,
                tree,
                state,
                verification,
                trials,
                undoing,
                inputs,
                reports,
                requirements,
                clock);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<GenerationSpec> specType() {
        return GenerationSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<GenerationSeen>> observe(Collection<Desired<GenerationSpec>> resources) {
        Map<ResourceId, Sighting<GenerationSeen>> sightings = new HashMap<>();
        resources.forEach(d -> sightings.put(d.id(), observe(d)));
        return sightings;
    }

    private Sighting<GenerationSeen> observe(Desired<GenerationSpec> desired) {
        if (locations.unprivileged()) {
            return new Sighting.Unsupported<>("a user's daemon does not deploy systems: the system's daemon does");
        }
        if (!nix.isThere()) {
            return new Sighting.Unsupported<>(
                    "there is no Nix store, " + nix.settings().store());
        }
        try {
            GenerationSeen seen = look(desired);
            refuseWhatRests(desired, seen);
            return new Sighting.Seen<>(seen);
        } catch (Trouble t) {
            return new Sighting.Unclear<>(t);
        }
    }

    /** What cannot be told is taken for wanted. */
    private boolean isWanted(List<Desired<GenerationSpec>> declared, String key) {
        try {
            return !declared.isEmpty()
                    && tree.look(orders.effective(declared.getFirst().spec()))
                            .key()
                            .equals(key);
        } catch (Trouble t) {
            LOG.debugf("whether %s is still wanted: %s", key, t.sentence());
            return true;
        }
    }

    private GenerationSeen look(Desired<GenerationSpec> desired) throws Trouble {
        Optional<SystemOrder> order = orders.order(desired.spec());
        SystemTree.Look source = order.isEmpty() ? tree.look(desired.spec()) : tree.look(order.get(), desired.spec());
        treeWatch.folders(desired.id(), source.watched());
        String key = source.key();
        Optional<StorePath> target = deployment.target(key);
        Optional<StorePath> activated = running.activated();
        Optional<Verified> verified = state.verified();
        return new GenerationSeen(
                key,
                source.written(),
                target,
                nix.systemProfile().look(),
                activated,
                running.booted(),
                activation.last(),
                activation.others(),
                state.point(),
                trials.look(),
                state.quarantined(key),
                state.preview().filter(p -> p.isOf(key, target, activated)),
                verified.filter(v -> v.key().equals(key)
                                && target.filter(v.target()::equals).isPresent())
                        .isPresent(),
                state.report().filter(r -> r.key().equals(key)).isPresent(),
                source.seen());
    }

    /** What nothing can be done about for now is told as a failure, with its remedy. */
    private void refuseWhatRests(Desired<GenerationSpec> desired, GenerationSeen seen) throws Trouble {
        boolean ourRun = seen.run().filter(r -> r.isRunning()).isPresent();
        Optional<Quarantine> settled =
                seen.quarantine().filter(q -> q.rollback() == Quarantine.Rollback.SETTLED && !ourRun);
        Optional<GitState.Refused> refused = seen.source().refused().filter(r -> !ourRun);
        boolean resting = settled.isPresent()
                || seen.source().commit().isEmpty()
                || assess(desired, seen).inSync();
        if (refused.isPresent()
                && !refused.get().rewritten()
                && seen.source().missing().isEmpty()
                && resting) {
            throw GitSource.trouble(refused.get());
        }
        if (settled.isPresent() && refused.isEmpty()) {
            throw deployment.trouble(orders.effective(desired.spec()), settled.get());
        }
        othersSeen
                .keySet()
                .retainAll(seen.others().stream().map(OtherSwitch::who).toList());
        if (seen.others().isEmpty() || assess(desired, seen).inSync()) {
            return;
        }
        Duration limit = desired.spec().deployment().switchLimit();
        for (OtherSwitch other : seen.others()) {
            Instant first = othersSeen.computeIfAbsent(other.who(), who -> clock.instant());
            Instant since = other.since().equals(Instant.EPOCH) ? first : other.since();
            if (Duration.between(since, clock.instant()).compareTo(limit) > 0) {
                throw Trouble.conflict(
                        "another switch runs since " + since + ", longer than deployment.switchLimit ("
                                + Durations.format(limit) + "): " + other.who(),
                        "end it if it hangs");
            }
        }
    }

    @Override
    public Assessment assess(Desired<GenerationSpec> desired, GenerationSeen observed) {
        return GenerationComparison.of(desired, observed);
    }

    // ---- act

    @Override
    public void perform(Desired<GenerationSpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<GenerationSpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        orders.dropIfEnded(desired.spec());
        GenerationSpec spec = orders.effective(desired.spec());
        Map<Phase, Duration> phases = took.computeIfAbsent(desired.id(), id -> new EnumMap<>(Phase.class));
        long start = System.nanoTime();
        try {
            switch (action.verb()) {
                case GenerationComparison.FETCH -> tree.git().poll((SystemSource.Git) spec.source(), true);
                case GenerationComparison.ACCEPT -> tree.git().acceptRewritten((SystemSource.Git) spec.source());
                case GenerationComparison.CHECK -> {
                    phases.clear(); // a deployment begins
                    deployment.check(spec);
                }
                case GenerationComparison.RECORD -> deployment.record();
                case GenerationComparison.WRITE -> deployment.write(spec);
                case GenerationComparison.VALIDATE -> deployment.validate(spec, advances);
                case GenerationComparison.BUILD -> {
                    collection.end(); // never in the way of a build
                    deployment.build(spec, advances);
                }
                case GenerationComparison.PROFILE -> deployment.moveProfile(spec);
                case GenerationComparison.SWITCH -> deployment.activate(spec);
                case GenerationComparison.TRY -> deployment.attempt(spec);
                case GenerationComparison.KEEP -> deployment.keep(spec, phases);
                case GenerationComparison.LAPSE -> deployment.lapse(spec);
                case GenerationComparison.VERIFY -> deployment.verify(spec);
                case GenerationComparison.REPORT -> deployment.report(spec, phases);
                case GenerationComparison.ROLL_BACK -> deployment.rollBack(spec);
                default -> throw new IllegalArgumentException("no such verb: " + action.verb());
            }
        } finally {
            phases.merge(action.phase(), Duration.ofNanos(System.nanoTime() - start), Duration::plus);
        }
    }

    @Override
    public void retry(Desired<GenerationSpec> desired) {
        try {
            liftQuarantine(desired);
        } catch (Trouble t) { // the next look says why it still rests
            LOG.warnf("%s cannot be tried again: %s", desired.id(), t.sentence());
        }
    }

    /**
     * Lets what did not pass be tried again.
     *
     * @return whether it was quarantined
     */
    public boolean liftQuarantine(Desired<GenerationSpec> desired) throws Trouble {
        return state.lift(tree.look(orders.effective(desired.spec())).key());
    }

    @Override
    public Optional<String> confirm(Desired<GenerationSpec> desired, String who) throws Trouble {
        return trials.confirm(who);
    }

    @Override
    public List<Deployed> deployments(Desired<GenerationSpec> desired, int limit) {
        return chronicle.last(limit);
    }

    /** A machine without a system would be none: what is no longer declared stays as it is. */
    @Override
    public Optional<GenerationSpec> whenUndeclared(
            Desired<GenerationSpec> desired, GenerationSeen before, boolean ours) {
        return Optional.empty();
    }

    /** All limits of a deployment after one another, with a rollback. */
    @Override
    public Duration patience(Desired<GenerationSpec> desired) {
        DeploymentSettings limits = desired.spec().deployment();
        return Deployment.LOCK_LIMIT
                .plus(Deployment.EVALUATION_LIMIT)
                .plus(limits.buildLimit())
                .plus(limits.switchLimit().plus(Undoing.MARGIN).multipliedBy(3))
                .plus(limits.settle());
    }

    // ---- orders, and a repository elsewhere

    /** What an owner can say besides what is declared. */
    @Produces
    @Singleton
    public SystemOrders orders() {
        return orders;
    }

    @Override
    public Optional<Duration> pollEvery(Collection<Desired<GenerationSpec>> resources) {
        return resources.stream()
                .map(d -> d.spec().source())
                .filter(SystemSource.Git.class::isInstance)
                .map(s -> ((SystemSource.Git) s).settings().poll())
                .findFirst();
    }

    @Override
    public void poll() {
        orders.ask();
    }

    // ---- watch

    @Override
    public synchronized void watch(Collection<Desired<GenerationSpec>> resources, LookAgain lookAgain) {
        watching.forEach(GenerationKind::close);
        watching = List.of();
        orders.declare(resources.stream().findFirst(), lookAgain);
        treeWatch.watch(resources.stream().map(Desired::id).toList(), lookAgain);
        List<Desired<GenerationSpec>> declared = List.copyOf(resources);
        deployment.whileWanted(key -> isWanted(declared, key));
        if (locations.unprivileged() || !nix.isThere()) {
            return;
        }
        if (resources.isEmpty()) {
            watching = List.of(new AbandonedTrial(trials, deployment));
            return;
        }
        List<AutoCloseable> all = new ArrayList<>();
        all.add(nix.systemProfile().watch(() -> lookAgain.all(NAME, "the system's profile changed")));
        all.add(running.watch(() -> lookAgain.all(NAME, "another system was activated")));
        all.add(folderWatch.watchFolder(state.quarantines(), () -> lookAgain.all(NAME, "what is quarantined changed")));
        try {
            all.add(activation.watch(() -> lookAgain.all(NAME, "a switch began or ended")));
        } catch (Trouble t) { // every look asks for it too
            LOG.warnf("switches are not told of as they happen: %s", t.sentence());
        }
        watching = List.copyOf(all);
    }

    static void close(AutoCloseable watch) {
        try {
            watch.close();
        } catch (Exception e) {
            throw new IllegalStateException("a watch that cannot be ended", e);
        }
    }
}
