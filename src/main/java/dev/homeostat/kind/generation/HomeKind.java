package dev.homeostat.kind.generation;

import dev.homeostat.host.Locations;
import dev.homeostat.host.nix.Activation;
import dev.homeostat.host.nix.Homes;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The generation of a user's home, by Home Manager: built, activated with the rights of that user, verified, and rolled back
 * if it does not pass. What is so is seen of links and of systemd; a look at what did not change starts no process.
 */
@ApplicationScoped
public class HomeKind implements Kind<HomeSpec, HomeSeen> {
    public static final String NAME = "home";

    private static final Logger LOG = Logger.getLogger(HomeKind.class);
    private static final String STATE = "deployment/home";
    /** Accounts come by other ways too; then the next look finds them. */
    private static final Path ACCOUNTS = Path.of("/etc/passwd");

    private static final int ROOT = 0;

    private final Nix nix;
    private final Activation activation;
    private final Homes homes;
    private final Accounts accounts;
    private final SafeFiles files;
    private final FolderWatch folderWatch;
    private final Locations locations;
    private final HomeDeployment.Doors doors;
    private final TreeWatch treeWatch;
    /** By resource: time of each phase of the deployment under way. */
    private final Map<ResourceId, Map<Phase, Duration>> took = new ConcurrentHashMap<>();

    private List<AutoCloseable> watching = List.of();

    @Inject
    public HomeKind(
            Nix nix,
            Activation activation,
            Homes homes,
            Accounts accounts,
            SafeFiles files,
            FolderWatch folderWatch,
            Locations locations,
            InstantSource clock,
            Facts facts) {
        this(
                nix,
                activation,
                homes,
                accounts,
                files,
                folderWatch,
                locations,
                clock,
                facts,
                Deployment.Requirements.USUAL);
    }

    HomeKind(
            Nix nix,
            Activation activation,
            Homes homes,
            Accounts accounts,
            SafeFiles files,
            FolderWatch folderWatch,
            Locations locations,
            InstantSource clock,
            Facts facts,
            Deployment.Requirements requirements) {
        this.nix = nix;
        this.activation = activation;
        this.homes = homes;
        this.accounts = accounts;
        this.files = files;
        this.folderWatch = folderWatch;
        this.locations = locations;
        Folder reader = new Folder(files, clock);
        HomeTree tree = new HomeTree(new LocalTrees(
                new GeneratedTree(locations.state().resolve(GenerationKind.TREE), files, reader),
                reader,
                files,
                facts));
        this.doors = new HomeDeployment.Doors(nix, activation, homes, tree, new Evaluations(nix), requirements, clock);
        this.treeWatch = new TreeWatch(folderWatch);
    }

    public static ResourceId id(String user) {
        return ResourceId.of(NAME, user);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<HomeSpec> specType() {
        return HomeSpec.class;
    }

    private DeploymentState state(Desired<HomeSpec> desired) {
        Path folder = locations.state().resolve(STATE).resolve(desired.spec().user());
        return new DeploymentState(folder, files, ROOT, ROOT);
    }

    private HomeDeployment deployment(Desired<HomeSpec> desired) throws Trouble {
        return new HomeDeployment(doors, desired.id(), desired.spec(), account(desired.spec()), state(desired));
    }

    /** It may come with the next system, or be mounted a moment later. */
    private Account account(HomeSpec spec) throws Trouble {
        Account user = accounts.user(spec.user())
                .orElseThrow(() -> new Trouble(
                        Trouble.Sort.TRANSIENT,
                        "there is no user \"" + spec.user() + "\" on this machine yet",
                        "the home is activated when the account is there"));
        if (files.look(user.home()).isEmpty()) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "the home folder of " + user.name() + ", " + user.home() + ", is not there yet",
                    "the home is activated when it is");
        }
        return user;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<HomeSeen>> observe(Collection<Desired<HomeSpec>> resources) {
        Map<ResourceId, Sighting<HomeSeen>> sightings = new HashMap<>();
        resources.forEach(d -> sightings.put(d.id(), observe(d)));
        return sightings;
    }

    private Sighting<HomeSeen> observe(Desired<HomeSpec> desired) {
        if (locations.unprivileged()) {
            return new Sighting.Unsupported<>("a user's daemon does not deploy homes: the system's daemon does");
        }
        if (!nix.isThere()) {
            return new Sighting.Unsupported<>(
                    "there is no Nix store, " + nix.settings().store());
        }
        try {
            HomeSeen seen = look(desired);
            Optional<Quarantine> settled = seen.quarantine()
                    .filter(q -> q.rollback() == Quarantine.Rollback.SETTLED
                            && seen.run().filter(r -> r.isRunning()).isEmpty());
            if (settled.isPresent()) { // told as a failure, with its remedy
                throw deployment(desired).trouble(settled.get());
            }
            return new Sighting.Seen<>(seen);
        } catch (Trouble t) {
            return new Sighting.Unclear<>(t);
        }
    }

    private HomeSeen look(Desired<HomeSpec> desired) throws Trouble {
        Account user = account(desired.spec());
        SystemTree.Look source = doors.tree().look(desired.spec());
        SortedSet<Path> folders = homes.folders(user);
        folders.addAll(source.watched());
        treeWatch.folders(desired.id(), folders);
        String key = source.key();
        DeploymentState state = state(desired);
        Optional<StorePath> target = deployment(desired).target(key);
        return new HomeSeen(
                key,
                target,
                homes.profile(user).look(),
                homes.activated(user),
                activation.lastHome(user),
                state.point(),
                state.quarantined(key),
                state.verified()
                        .filter(v -> v.key().equals(key)
                                && target.filter(v.target()::equals).isPresent())
                        .isPresent(),
                state.report().filter(r -> r.key().equals(key)).isPresent());
    }

    @Override
    public Assessment assess(Desired<HomeSpec> desired, HomeSeen observed) {
        return HomeComparison.of(desired, observed);
    }

    // ---- act

    @Override
    public void perform(Desired<HomeSpec> desired, Action action) throws Trouble {
        HomeDeployment deployment = deployment(desired);
        Map<Phase, Duration> phases = took.computeIfAbsent(desired.id(), id -> new EnumMap<>(Phase.class));
        long start = System.nanoTime();
        try {
            switch (action.verb()) {
                case GenerationComparison.CHECK -> {
                    phases.clear(); // a deployment begins
                    deployment.check();
                }
                case GenerationComparison.RECORD -> deployment.record();
                case GenerationComparison.VALIDATE -> deployment.validate();
                case GenerationComparison.BUILD -> deployment.build();
                case GenerationComparison.PROFILE -> deployment.moveProfile();
                case HomeComparison.ACTIVATE -> deployment.activate();
                case GenerationComparison.VERIFY -> deployment.verify();
                case GenerationComparison.REPORT -> deployment.report(phases);
                case GenerationComparison.ROLL_BACK -> deployment.rollBack();
                default -> throw new IllegalArgumentException("no such verb: " + action.verb());
            }
        } finally {
            phases.merge(action.phase(), Duration.ofNanos(System.nanoTime() - start), Duration::plus);
        }
    }

    @Override
    public void retry(Desired<HomeSpec> desired) {
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
    boolean liftQuarantine(Desired<HomeSpec> desired) throws Trouble {
        return state(desired).lift(doors.tree().look(desired.spec()).key());
    }

    /** A home is its owner's: what is no longer declared stays as it is. */
    @Override
    public Optional<HomeSpec> whenUndeclared(Desired<HomeSpec> desired, HomeSeen before, boolean ours) {
        return Optional.empty();
    }

    /** All limits of a deployment after one another, with a rollback. */
    @Override
    public Duration patience(Desired<HomeSpec> desired) {
        DeploymentSettings limits = desired.spec().deployment();
        return Deployment.EVALUATION_LIMIT
                .plus(limits.buildLimit())
                .plus(limits.switchLimit().plus(Undoing.MARGIN).multipliedBy(2));
    }

    // ---- watch

    @Override
    public synchronized void watch(Collection<Desired<HomeSpec>> resources, LookAgain lookAgain) {
        watching.forEach(GenerationKind::close);
        watching = List.of();
        treeWatch.watch(resources.stream().map(Desired::id).toList(), lookAgain);
        if (resources.isEmpty() || locations.unprivileged() || !nix.isThere()) {
            return;
        }
        List<AutoCloseable> all = new ArrayList<>();
        List<Account> users = new ArrayList<>();
        for (Desired<HomeSpec> desired : resources) {
            all.add(folderWatch.watchFolder(
                    state(desired).quarantines(), () -> lookAgain.at(desired.id(), "what is quarantined changed")));
            accounts.user(desired.spec().user()).ifPresent(users::add);
        }
        Runnable accountsChanged = () -> lookAgain.all(NAME, "the accounts of this machine changed");
        all.add(folderWatch.watch(Set.of(ACCOUNTS), path -> accountsChanged.run(), accountsChanged));
        try {
            all.add(activation.watchHomes(users, () -> lookAgain.all(NAME, "an activation began or ended")));
        } catch (Trouble t) { // every look asks for it too
            LOG.warnf("activations are not told of as they happen: %s", t.sentence());
        }
        watching = List.copyOf(all);
    }
}
