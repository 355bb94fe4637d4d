package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.KernelBootClock;
import dev.homeostat.host.git.Git;
import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.Homes;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.process.Processes;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnFailure;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnManual;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.kind.generation.settings.Settings;
import dev.homeostat.kind.generation.settings.UserSettings;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import dev.homeostat.system.NixMachine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Homes of the small flake, deployed by the kind under the real systemd with the real Nix, for real users. */
@Tag("system")
@Timeout(180)
class HomeSystemTest {
    private static final String APP = "app";
    /** A user who comes and goes. */
    private static final String GUEST = "lab-guest";
    /** Debian lets only its members talk to the nix-daemon; NixOS lets everybody. */
    private static final String NIX_USERS = "nix-users";

    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** More than enough: the loop stops after as many. */
    private static final int ROUNDS = 4;

    @TempDir
    private Path folder;

    private NixMachine machine;
    private final AtomicInteger processes = new AtomicInteger();
    private HomeKind kind;
    private Account app;
    private DeploymentSettings settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 10, LIMIT);

    @BeforeEach
    void begin() throws Exception {
        machine = new NixMachine(folder.resolve("machine"));
        machine.build(); // a machine that never used Nix has no store yet
        app = machine.accounts.require(APP);
        run("usermod", "--append", "--groups", NIX_USERS, APP);
        kind = kind();
    }

    @AfterEach
    void end() throws Exception {
        Optional<Account> guest = machine.accounts.user(GUEST);
        if (guest.isPresent()) {
            machine.activation.forgetHome(guest.get());
            run("userdel", "--remove", GUEST);
        }
        machine.close();
    }

    /** As another daemon would make it, over the same state. */
    private HomeKind kind() {
        Processes counted = (Processes) Proxy.newProxyInstance(
                Processes.class.getClassLoader(), new Class<?>[] {Processes.class}, (proxy, method, arguments) -> {
                    processes.incrementAndGet();
                    try {
                        return method.invoke(machine.processes, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return kind(machine, folder, counted);
    }

    private static HomeKind kind(NixMachine machine, Path folder, Processes processes) {
        Nix nix = new Nix(machine.nix.settings(), processes, machine.files, machine.inotify);
        return new HomeKind(
                nix,
                machine.activation,
                new Homes(nix, machine.activation, machine.files),
                machine.accounts,
                machine.files,
                machine.inotify,
                new Locations(false, folder.resolve("config"), folder.resolve("state"), folder.resolve("socket")),
                InstantSource.system(),
                () -> Samples.FACTS,
                new Deployment.Requirements(1 << 20, 1 << 20, Path.of("/boot")));
    }

    private static DeploymentSettings settings(OnFailure onFailure, OnManual onManual, int keep, Duration switchLimit) {
        return new DeploymentSettings(
                Duration.ofMillis(500), onFailure, null, null, onManual, keep, null, LIMIT, switchLimit, Map.of());
    }

    private Desired<HomeSpec> desired() {
        return desired(APP);
    }

    private Desired<HomeSpec> desired(String user) {
        return desired(user, machine.folder(), settings);
    }

    private static Desired<HomeSpec> desired(String user, Path flake, DeploymentSettings settings) {
        return desired(new HomeSpec(user, new HomeSource.Flake(flake.toString(), user), settings));
    }

    private static Desired<HomeSpec> desired(HomeSpec spec) {
        return new Desired<>(HomeKind.id(spec.user()), spec, Set.of(), Place.NOWHERE);
    }

    private Assessment look() throws Trouble {
        return look(kind, desired());
    }

    private static Assessment look(HomeKind kind, Desired<HomeSpec> desired) throws Trouble {
        return switch (kind.observe(List.of(desired)).get(desired.id())) {
            case Sighting.Seen<HomeSeen>(HomeSeen seen) -> kind.assess(desired, seen);
            case Sighting.Unclear<HomeSeen>(Trouble trouble) -> throw trouble;
            case Sighting.Unsupported<HomeSeen>(String reason) -> throw new AssertionError(reason);
        };
    }

    /** Looks and acts as the loop does, until a look shows no difference. */
    private void deploy() throws Trouble {
        deploy(kind, desired());
    }

    private static void deploy(HomeKind kind, Desired<HomeSpec> desired) throws Trouble {
        Assessment assessment = look(kind, desired);
        for (int round = 0; !assessment.inSync(); round++) {
            assertThat(round).as("rounds, then " + assessment).isLessThan(ROUNDS);
            for (Action action : assessment.actions()) {
                kind.perform(desired, action);
            }
            assessment = look(kind, desired);
        }
    }

    private Trouble refused() {
        try {
            deploy();
        } catch (Trouble t) {
            return t;
        }
        throw new AssertionError("it passed");
    }

    /** Runs up to the action with that verb, which is left out. */
    private void deployUpTo(String verb) throws Trouble {
        Desired<HomeSpec> desired = desired();
        for (Action action : look(kind, desired).actions()) {
            if (action.verb().equals(verb)) {
                return;
            }
            kind.perform(desired, action);
        }
        throw new AssertionError("there was no " + verb);
    }

    private ProfileState profile() throws Trouble {
        return homes().profile(app).look();
    }

    private Homes homes() {
        return new Homes(machine.nix, machine.activation, machine.files);
    }

    private int number() throws Trouble {
        return profile().current().orElseThrow();
    }

    private StorePath activated() throws Trouble {
        return homes().activated(app).orElseThrow();
    }

    private Path greeting() {
        return app.home().resolve(".greeting");
    }

    /** Changes what the next generation of app's home is. */
    private void declare(String key, String value) throws Exception {
        machine.declare(m -> ((ObjectNode) m.get("home")).put(key, value));
    }

    /** Has to succeed. */
    private void run(String... arguments) throws Trouble {
        Processes.Result result = machine.processes.run(List.of(arguments), Map.of(), LIMIT);
        assertThat(result.exitCode()).as(result.errors()).isZero();
    }

    private void runAsApp(String... arguments) throws Trouble {
        List<String> all = new ArrayList<>(List.of("runuser", "-u", APP, "--", "env", "HOME=" + app.home()));
        all.addAll(List.of(arguments));
        run(all.toArray(String[]::new));
    }

    private StorePath built(String key, String value) throws Exception {
        declare(key, value);
        return machine.nix.build(machine.home(), Optional.empty(), Work.within(LIMIT));
    }

    private DeploymentState state() {
        return new DeploymentState(folder.resolve("state/deployment/home/app"), machine.files, 0, 0);
    }

    /** Nothing is tried again, and the home is where it was. */
    private void assertRestsAt(int number, StorePath home, String greeting) throws Exception {
        Optional<ActivationRun> run = machine.activation.lastHome(app);
        int before = processes.get();
        Trouble told = null;
        try {
            look();
        } catch (Trouble t) {
            told = t;
        }
        assertThat(told).as("what is quarantined is told").isNotNull();
        assertThat(told.remedy()).contains("homeostat retry home/app");
        assertThat(processes.get()).isEqualTo(before);
        assertThat(machine.activation.lastHome(app)).isEqualTo(run);
        assertThat(number()).isEqualTo(number);
        assertThat(profile().currentGeneration().map(Generation::target)).contains(home);
        assertThat(activated()).isEqualTo(home);
        assertThat(greeting()).hasContent(greeting);
    }

    // ---- what passes

    /** Of both sorts: those that move the profile themselves, and those of which it is moved before. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "1"})
    void a_first_deployment_goes_through_the_phases_and_a_change_makes_one_generation(String driver) throws Exception {
        declare("driver", driver);
        assertThat(look().actions())
                .extracting(Action::phase)
                .containsExactly(
                        Phase.INITIALIZATION,
                        Phase.BACKUP,
                        Phase.VALIDATION,
                        Phase.DEPLOYMENT,
                        Phase.DEPLOYMENT,
                        Phase.DEPLOYMENT,
                        Phase.VERIFICATION,
                        Phase.REPORT);
        assertThat(processes).hasValue(0);
        deploy();
        assertThat(number()).isEqualTo(1);
        StorePath first = activated();
        assertThat(profile().currentGeneration().map(Generation::target)).contains(first);
        assertThat(greeting()).hasContent("hello");
        assertThat(machine.activation.lastHome(app).orElseThrow().unit())
                .isEqualTo("homeostat-home-" + app.uid() + ".service");

        int before = processes.get();
        assertThat(look().inSync()).isTrue();
        kind = kind();
        assertThat(look().inSync()).as("also for another daemon").isTrue();
        assertThat(processes.get()).isEqualTo(before);

        declare("greeting", "good day");
        deploy();
        assertThat(number()).isEqualTo(2);
        assertThat(greeting()).hasContent("good day");
        Report report = state().report().orElseThrow();
        assertThat(report.before()).contains(first);
        assertThat(report.number()).contains(2);
        assertThat(report.changes()).isPresent();
        assertThat(report.took()).containsKeys(Phase.VALIDATION, Phase.DEPLOYMENT, Phase.VERIFICATION);

        declare("greeting", "hello");
        deploy();
        assertThat(activated()).isEqualTo(first);
        assertThat(number()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1"})
    void everything_in_the_home_belongs_to_its_owner(String driver) throws Exception {
        declare("driver", driver);
        deploy();
        declare("behaviour", "late");
        refused();
        for (String path : List.of(
                ".greeting",
                ".local/state/nix",
                ".local/state/nix/profiles",
                ".local/state/nix/profiles/home-manager",
                ".local/state/nix/profiles/home-manager-1-link",
                ".local/state/nix/profiles/home-manager-2-link",
                ".local/state/home-manager/gcroots/current-home")) {
            Path file = app.home().resolve(path);
            assertThat(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS))
                    .as(path)
                    .isEqualTo(app.uid());
        }
    }

    @Test
    void another_tree_that_gives_the_same_home_activates_nothing() throws Exception {
        deploy();
        Optional<ActivationRun> run = machine.activation.lastHome(app);
        machine.declare(m -> m.put("motd", "of the system"));
        assertThat(look().inSync()).isFalse();
        deploy();
        assertThat(number()).isEqualTo(1);
        assertThat(machine.activation.lastHome(app)).isEqualTo(run);
    }

    @Test
    void a_change_is_told_at_once() throws Exception {
        deploy();
        Semaphore news = new Semaphore(0);
        kind.watch(List.of(desired()), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                news.release();
            }

            @Override
            public void all(String name, String cause) {
                // of accounts and activations, which stay as they are
            }
        });
        try {
            look(); // which folders there are, each look tells
            declare("greeting", "second");
            assertThat(news.tryAcquire(10, TimeUnit.SECONDS)).as("of the flake").isTrue();
            news.drainPermits();
            runAsApp("ln", "-sfn", "home-manager-9-link", profileLink());
            assertThat(news.tryAcquire(10, TimeUnit.SECONDS))
                    .as("of the profile")
                    .isTrue();
        } finally {
            kind.watch(List.of(), null);
        }
    }

    private String profileLink() {
        return app.home().resolve(".local/state/nix/profiles/home-manager").toString();
    }

    @Test
    void each_of_two_users_has_a_home_of_ones_own() throws Exception {
        run("useradd", "--create-home", "--groups", NIX_USERS, GUEST);
        Account guest = machine.accounts.require(GUEST);
        machine.declare(m ->
                m.putObject("homes").putObject(GUEST).put("greeting", "welcome").put("behaviour", "work"));
        deploy();
        deploy(kind, desired(GUEST));
        assertThat(greeting()).hasContent("hello");
        assertThat(guest.home().resolve(".greeting")).hasContent("welcome");
        assertThat(homes().activated(guest)).isNotEqualTo(homes().activated(app));

        // one that does not pass is no matter of the other one
        machine.declare(m ->
                m.putObject("homes").putObject(GUEST).put("greeting", "goodbye").put("behaviour", "late"));
        declare("greeting", "second");
        deploy();
        try {
            deploy(kind, desired(GUEST));
            throw new AssertionError("it passed");
        } catch (Trouble t) {
            assertThat(t).hasMessageContaining("rolled back to generation 1");
        }
        assertThat(look().inSync()).isTrue();
        assertThat(guest.home().resolve(".greeting")).hasContent("welcome");
        assertThat(greeting()).hasContent("second");
    }

    @Test
    void an_account_that_is_not_there_yet_is_waited_for() throws Exception {
        machine.declare(m ->
                m.putObject("homes").putObject(GUEST).put("greeting", "welcome").put("behaviour", "work"));
        Desired<HomeSpec> desired = desired(GUEST);
        Semaphore news = new Semaphore(0);
        kind.watch(List.of(desired), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                // of the tree, which stays as it is
            }

            @Override
            public void all(String name, String cause) {
                news.release();
            }
        });
        try {
            Trouble missing = troubleOf(desired);
            assertThat(missing.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
            assertThat(missing).hasMessage("there is no user \"" + GUEST + "\" on this machine yet");
            run("useradd", "--no-create-home", "--groups", NIX_USERS, GUEST);
            assertThat(news.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            missing = troubleOf(desired);
            assertThat(missing.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
            assertThat(missing).hasMessageContaining("home folder of " + GUEST);
            run("install", "-d", "-o", GUEST, "-g", GUEST, "/home/" + GUEST);
            deploy(kind, desired);
            assertThat(Path.of("/home", GUEST, ".greeting")).hasContent("welcome");
        } finally {
            kind.watch(List.of(), null);
        }
    }

    private Trouble troubleOf(Desired<HomeSpec> desired) {
        return switch (kind.observe(List.of(desired)).get(desired.id())) {
            case Sighting.Unclear<HomeSeen>(Trouble trouble) -> trouble;
            case Sighting<HomeSeen> other -> throw new AssertionError(other);
        };
    }

    @Test
    void a_profile_in_the_old_place_is_used_where_it_is() throws Exception {
        Path old = Path.of("/nix/var/nix/profiles/per-user/app");
        run("install", "-d", "-o", APP, "-g", APP, old.toString());
        StorePath before = built("greeting", "from before");
        runAsApp("ln", "-s", before.toString(), old + "/home-manager-4-link");
        runAsApp("ln", "-s", "home-manager-4-link", old + "/home-manager");
        declare("greeting", "second");
        declare("driver", "1");
        assertThat(look().actions())
                .extracting(Action::summary)
                .contains("record generation 4 of the home of app as the point to roll back to");
        deploy();
        assertThat(number()).isEqualTo(5);
        assertThat(Files.readSymbolicLink(old.resolve("home-manager"))).hasToString("home-manager-5-link");
    }

    // ---- what does not

    @Test
    void a_failing_evaluation_changes_nothing_and_is_not_tried_again() throws Exception {
        deploy();
        StorePath first = activated();
        declare("greeting", "");
        assertThat(refused())
                .hasMessageContaining("greeting is empty")
                .hasMessageContaining("nothing on the machine was changed");
        assertRestsAt(1, first, "hello");
        declare("greeting", "hello"); // as it was: nothing is to be done
        int before = processes.get();
        assertThat(look().inSync()).isTrue();
        assertThat(processes.get()).isEqualTo(before);
    }

    @Test
    void a_failing_build_changes_nothing_and_is_tried_again_when_that_is_asked_for() throws Exception {
        deploy();
        StorePath first = activated();
        declare("behaviour", "build-fails");
        assertThat(refused()).hasMessageContaining("this home was told not to build");
        assertRestsAt(1, first, "hello");
        kind.retry(desired());
        assertThat(look().inSync()).isFalse();
        assertThat(refused()).hasMessageContaining("this home was told not to build");
        assertThat(kind.liftQuarantine(desired())).isTrue();
        assertThat(kind.liftQuarantine(desired())).isFalse();
    }

    @Test
    void what_was_built_and_is_no_home_is_nobodys_profile() throws Exception {
        declare("behaviour", "no-home");
        assertThat(refused()).hasMessageContaining("is no home").hasMessageContaining("nothing on the machine");
        assertThat(profile()).isEqualTo(ProfileState.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1"})
    void a_failing_activation_is_rolled_back_to_exactly_the_generation_before(String driver) throws Exception {
        declare("driver", driver);
        deploy();
        declare("greeting", "second");
        deploy();
        StorePath second = activated();
        declare("greeting", "third");
        declare("behaviour", "late"); // it fails after it has moved the profile and replaced a file
        assertThat(refused())
                .hasMessageContaining("this activation was told to fail")
                .hasMessageContaining("rolled back to generation 2")
                .hasMessageContaining("its activation succeeded");
        assertRestsAt(2, second, "second");
        assertThat(machine.activation.lastHome(app).orElseThrow().generation()).isEqualTo(second);

        kind.retry(desired());
        assertThat(refused()).hasMessageContaining("this activation was told to fail");
        declare("behaviour", "work");
        deploy();
        assertThat(greeting()).hasContent("third");
    }

    @Test
    void without_a_generation_before_there_is_nothing_to_go_back_to() throws Exception {
        Files.writeString(greeting(), "the user's own\n");
        declare("behaviour", "fail");
        assertThat(refused())
                .hasMessageContaining("would be clobbered")
                .hasMessageContaining("no generation before it");
        assertThat(greeting()).hasContent("the user's own\n");
        assertThat(profile()).isEqualTo(ProfileState.NONE);
    }

    @Test
    void what_the_owner_wants_to_keep_stays() throws Exception {
        deploy();
        settings = settings(OnFailure.KEEP, OnManual.ASK, 10, LIMIT);
        declare("greeting", "second");
        declare("behaviour", "late");
        assertThat(refused()).hasMessageContaining("told to fail").hasMessageContaining("it stays");
        assertThat(number()).isEqualTo(2);
        assertThat(greeting()).hasContent("second");
    }

    @Test
    void a_hanging_activation_is_ended_by_its_limit_and_undone() throws Exception {
        deploy();
        StorePath first = activated();
        declare("behaviour", "wait");
        settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 10, Duration.ofSeconds(3));
        assertThat(refused()).hasMessageContaining("longer than its limit").hasMessageContaining("rolled back");
        assertRestsAt(1, first, "hello");
    }

    @Test
    void a_deleted_generation_is_made_again_of_what_it_held() throws Exception {
        deploy();
        StorePath first = activated();
        declare("driver", "1");
        declare("behaviour", "late");
        deployUpTo(HomeComparison.ACTIVATE);
        assertThat(number()).isEqualTo(2);
        runAsApp("nix-env", "--profile", profileLink(), "--delete-generations", "1");
        machine.nix.collectGarbage(Work.within(LIMIT));
        assertThat(machine.nix.has(first)).as("kept by our root").isTrue();
        assertThat(refused()).hasMessageContaining("rolled back to generation 1");
        assertRestsAt(3, first, "hello");
    }

    @Test
    void a_link_of_the_users_own_leads_nobody_astray() throws Exception {
        Path other = folder.resolve("elsewhere");
        Files.createDirectories(other);
        Optional<FileFacts> before = machine.files.look(other);
        runAsApp("mkdir", "-p", app.home() + "/.local/state/nix");
        runAsApp("ln", "-s", other.toString(), app.home() + "/.local/state/nix/profiles");
        assertThat(refused()).hasMessageContaining("profiles");
        try (var entries = Files.list(other)) {
            assertThat(entries).isEmpty();
        }
        assertThat(machine.files.look(other)).isEqualTo(before);
    }

    // ---- by hand

    /** As home-manager switch does. */
    private void activateByHand(StorePath home) throws Trouble {
        runAsApp(home.path().resolve("activate").toString());
        assertThat(activated()).isEqualTo(home);
    }

    @Test
    void what_the_user_activated_by_hand_is_asked_about_adopted_or_undone() throws Exception {
        StorePath mine = built("greeting", "by hand");
        declare("greeting", "hello");
        deploy();
        StorePath declared = activated();
        activateByHand(mine);
        assertThat(look().actions()).extracting(Action::impact).contains(Impact.CONTESTED);
        assertThat(greeting()).hasContent("by hand");

        settings = settings(OnFailure.ROLLBACK, OnManual.ADOPT, 10, LIMIT);
        assertThat(look().inSync()).isTrue();

        settings = settings(OnFailure.ROLLBACK, OnManual.REVERT, 10, LIMIT);
        assertThat(look().actions()).extracting(Action::impact).doesNotContain(Impact.CONTESTED);
        deploy();
        assertThat(activated()).isEqualTo(declared);
        assertThat(profile().currentGeneration().map(Generation::target)).contains(declared);
        assertThat(greeting()).hasContent("hello");
    }

    @Test
    void a_profile_that_was_moved_by_hand_is_moved_back_without_an_activation() throws Exception {
        settings = settings(OnFailure.ROLLBACK, OnManual.REVERT, 10, LIMIT);
        deploy();
        declare("greeting", "second");
        deploy();
        Optional<ActivationRun> run = machine.activation.lastHome(app);
        runAsApp("nix-env", "--profile", profileLink(), "--switch-generation", "1");
        assertThat(number()).isEqualTo(1);
        deploy();
        assertThat(profile().currentGeneration().map(Generation::target)).contains(activated());
        assertThat(machine.activation.lastHome(app)).isEqualTo(run);
    }

    // ---- a daemon that dies

    /** Stands for a daemon: deploys the home of app, until it is killed. */
    public static final class Daemon {
        private Daemon() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            NixMachine machine = new NixMachine(folder.resolve("of-the-daemon"));
            deploy(
                    kind(machine, folder, machine.processes),
                    desired(APP, folder.resolve("machine"), settings(OnFailure.ROLLBACK, OnManual.ASK, 10, LIMIT)));
        }
    }

    /** Starts one and kills it in the middle of an activation, which goes on. */
    private ActivationRun killInTheMiddle() throws Exception {
        declare("behaviour", "wait");
        Process daemon = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Daemon.class.getName(),
                        folder.toString()))
                .inheritIO()
                .start();
        try {
            NixMachine.await("it runs", () -> {
                assertThat(daemon.isAlive()).isTrue();
                Optional<ActivationRun> run = machine.activation.lastHome(app);
                return run.isPresent()
                        && run.get().isRunning()
                        && machine.activation.output(run.get()).stream()
                                .anyMatch(line -> line.startsWith("waiting for"));
            });
        } finally {
            daemon.destroyForcibly().waitFor(); // SIGKILL
        }
        return machine.activation.lastHome(app).orElseThrow();
    }

    private void go() throws Exception {
        Files.writeString(app.home().resolve(".lab-go"), "go\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1"})
    void a_running_activation_is_adopted_and_no_second_one_begins(String driver) throws Exception {
        declare("driver", driver);
        deploy();
        declare("greeting", "second");
        ActivationRun run = killInTheMiddle();
        kind = kind();
        Assessment adopted = look();
        assertThat(adopted.converging()).isTrue();
        assertThat(adopted.actions()).isEmpty();
        Semaphore news = new Semaphore(0);
        kind.watch(List.of(desired()), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                // of folders, which change too
            }

            @Override
            public void all(String name, String cause) {
                news.release();
            }
        });
        try {
            go();
            assertThat(news.tryAcquire(10, TimeUnit.SECONDS))
                    .as("its end is told")
                    .isTrue();
        } finally {
            kind.watch(List.of(), null);
        }
        machine.activation.await(run, LIMIT);
        deploy();
        assertThat(machine.activation.lastHome(app).orElseThrow().invocation()).isEqualTo(run.invocation());
        assertThat(number()).isEqualTo(2);
        assertThat(greeting()).hasContent("second");
    }

    @Test
    void an_activation_that_failed_while_nobody_looked_is_undone() throws Exception {
        deploy();
        StorePath first = activated();
        declare("greeting", "second");
        ActivationRun run = killInTheMiddle();
        machine.activation.cancelHome(app);
        assertThat(machine.activation.await(run, LIMIT).hasSucceeded()).isFalse();
        kind = kind();
        assertThat(refused()).hasMessageContaining("rolled back to generation 1");
        assertRestsAt(1, first, "hello");
    }

    @Test
    void a_daemon_that_dies_before_each_step_leaves_it_to_the_next() throws Exception {
        declare("driver", "1");
        deploy();
        int generation = 1;
        for (String verb : List.of(
                GenerationComparison.CHECK,
                GenerationComparison.RECORD,
                GenerationComparison.VALIDATE,
                GenerationComparison.BUILD,
                GenerationComparison.PROFILE,
                HomeComparison.ACTIVATE,
                GenerationComparison.VERIFY,
                GenerationComparison.REPORT)) {
            StorePath before = activated();
            declare("greeting", "until " + verb);
            deployUpTo(verb);
            kind = kind();
            deploy();
            generation++;
            assertThat(number()).as(verb).isEqualTo(generation);
            assertThat(greeting()).as(verb).hasContent("until " + verb);
            // the rollback point is the generation before, whatever was done twice
            assertThat(state().point().orElseThrow().activated()).as(verb).contains(before);
        }
    }

    @Test
    void a_rollback_that_was_interrupted_is_gone_on_with() throws Exception {
        deploy();
        StorePath first = activated();
        declare("greeting", "second");
        deployUpTo(GenerationComparison.VERIFY);
        Desired<HomeSpec> desired = desired();
        String key = switch (kind.observe(List.of(desired)).get(desired.id())) {
            case Sighting.Seen<HomeSeen>(HomeSeen seen) -> seen.key();
            case Sighting<HomeSeen> other -> throw new AssertionError(other);
        };
        state().quarantine(new Quarantine(
                key, InstantSource.system().instant(), "it failed", List.of(), Quarantine.Rollback.PENDING, ""));
        kind = kind();
        assertThat(look().actions()).extracting(Action::verb).containsExactly(GenerationComparison.ROLL_BACK);
        assertThat(refused()).hasMessageContaining("it failed").hasMessageContaining("rolled back");
        assertRestsAt(1, first, "hello");
    }

    // ---- generated

    /** The stand-in for Home Manager, which has options and no home: what is activated says what was evaluated. */
    private static final String LAB_HOME_MANAGER = """
            {
              inputs.nixpkgs.url = "flake:nixpkgs";
              outputs = inputs:
                let base = ((import ../home-manager/flake.nix).outputs inputs).lib;
                in
                {
                  lib.homeManagerConfiguration = args:
                    let h = base.homeManagerConfiguration args;
                    in h // {
                      activationPackage = import ./home.nix {
                        shell = import ./shell.nix { system = "x86_64-linux"; };
                        home = {
                          greeting = "home of ${h.config.home.username}";
                          behaviour = "work";
                          driver = "1";
                        };
                      };
                    };
                };
            }
            """;

    private SystemSource.Generated generated() throws Exception {
        Path inputs = folder.resolve("stand-in");
        run(
                "cp",
                "-r",
                Path.of("src/test/resources/nix/stand-in").toAbsolutePath().toString(),
                inputs.toString());
        Path nixpkgs = Files.createDirectories(inputs.resolve("lab-nixpkgs"));
        Files.writeString(nixpkgs.resolve("flake.nix"), GenerationSystemTest.LAB_NIXPKGS);
        Files.writeString(nixpkgs.resolve("default.nix"), "import ../nixpkgs\n");
        Path homeManager = Files.createDirectories(inputs.resolve("lab-home-manager"));
        Files.writeString(homeManager.resolve("flake.nix"), LAB_HOME_MANAGER);
        for (String name : List.of("home.nix", "shell.nix", "activate-home.sh")) {
            Files.copy(machine.folder().resolve(name), homeManager.resolve(name));
        }
        NixosSettings nixos = new NixosSettings(
                null,
                null,
                Map.of(
                        "nixpkgs", "path:" + inputs + "?dir=lab-nixpkgs",
                        "home-manager", "path:" + inputs + "?dir=lab-home-manager",
                        "sops-nix", "path:" + inputs + "?dir=sops-nix",
                        "agenix", "path:" + inputs + "?dir=agenix"),
                null,
                null,
                null,
                null);
        UserSettings user = new UserSettings(APP, null, null, null, null, null);
        return new SystemSource.Generated(
                new Settings(Samples.host(), user, null, nixos, null, null, null, null), DeclaredElsewhere.NOTHING);
    }

    /** As far as a home needs it: the tree is written and its inputs are locked. */
    private void deploySystemUpToItsBuild(SystemSource source) throws Trouble {
        GenerationKind system = new GenerationKind(
                machine.nix,
                machine.running,
                machine.activation,
                machine.systemd,
                machine.files,
                machine.inotify,
                new Locations(false, folder.resolve("config"), folder.resolve("state"), folder.resolve("socket")),
                InstantSource.system(),
                new KernelBootClock(),
                (title, text) -> {},
                deployment -> List.of(),
                () -> Samples.FACTS,
                except -> new TreeMap<>(),
                new Git(machine.processes, machine.files),
                new Deployment.Requirements(1 << 20, 1 << 20, Path.of("/boot")));
        Desired<GenerationSpec> desired = new Desired<>(
                GenerationKind.SYSTEM,
                new GenerationSpec(source, NixosSettings.Operation.SWITCH, settings),
                Set.of(),
                Place.NOWHERE);
        Sighting<GenerationSeen> sighting = system.observe(List.of(desired)).get(desired.id());
        GenerationSeen seen = ((Sighting.Seen<GenerationSeen>) sighting).observation();
        for (Action action : system.assess(desired, seen).actions()) {
            if (action.verb().equals(GenerationComparison.BUILD)) {
                return;
            }
            system.perform(desired, action);
        }
    }

    @Test
    void a_generated_home_is_of_the_systems_tree_once_that_is_written() throws Exception {
        SystemSource.Generated source = generated();
        Desired<HomeSpec> desired = desired(new HomeSpec(APP, new HomeSource.Generated(source), settings));
        Action validate = look(kind, desired).actions().stream()
                .filter(a -> a.verb().equals(GenerationComparison.VALIDATE))
                .findFirst()
                .orElseThrow();
        try {
            kind.perform(desired, validate);
            throw new AssertionError("it was not refused");
        } catch (Trouble t) {
            assertThat(t.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
            assertThat(t).hasMessageContaining("generation/system writes it");
        }
        assertThat(processes).hasValue(0);

        deploySystemUpToItsBuild(source);
        Path lock = folder.resolve("state/flake/flake.lock");
        String locked = Files.readString(lock);
        deploy(kind, desired);
        assertThat(greeting()).hasContent("home of app");
        assertThat(lock).hasContent(locked);
        int before = processes.get();
        assertThat(look(kind, desired).inSync()).isTrue();
        assertThat(processes.get()).isEqualTo(before);
    }

    // ---- old generations

    @Test
    void old_generations_are_deleted_but_those_that_are_needed() throws Exception {
        settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 1, LIMIT);
        for (int i = 1; i <= 4; i++) {
            declare("greeting", "version " + i);
            deploy();
        }
        // 4 current, 3 to roll back to, 2 kept
        assertThat(profile().generations()).extracting(Generation::number).containsExactly(2, 3, 4);
        assertThat(state().report().orElseThrow().deleted()).containsExactly(1);
        assertThat(machine.nix.roots().list().keySet())
                .filteredOn(name -> name.startsWith("home-app-target-"))
                .hasSize(1);
    }
}
