package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.KernelBootClock;
import dev.homeostat.host.git.Git;
import dev.homeostat.host.nix.Activation.Operation;
import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import dev.homeostat.host.process.Processes;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnFailure;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnManual;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.kind.generation.settings.Settings;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Standings;
import dev.homeostat.resource.Trouble;
import dev.homeostat.system.NixMachine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Generations of the small flake, deployed by the kind under the real systemd with the real Nix. */
@Tag("system")
@Timeout(180)
class GenerationSystemTest {
    private static final Path GO = Path.of("/run/lab-go");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** More than enough: the loop stops after as many. */
    private static final int ROUNDS = 4;

    @TempDir
    private Path folder;

    private NixMachine machine;
    private final AtomicInteger processes = new AtomicInteger();
    /** What the checks say. */
    private final AtomicReference<List<String>> wrong = new AtomicReference<>(List.of());
    /** How everything else that is declared stands. */
    private volatile Standings others = except -> new TreeMap<>();

    private GenerationKind kind;
    private NixosSettings.Operation operation = NixosSettings.Operation.SWITCH;
    private DeploymentSettings settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 10, LIMIT);

    @BeforeEach
    void begin() throws Exception {
        machine = new NixMachine(folder.resolve("machine"));
        machine.build(); // a machine that never used Nix has no store yet
        kind = kind();
    }

    @AfterEach
    void end() throws Trouble {
        machine.close();
    }

    /** As another daemon would make it, over the same state. */
    private GenerationKind kind() {
        Processes counted = (Processes) Proxy.newProxyInstance(
                Processes.class.getClassLoader(), new Class<?>[] {Processes.class}, (proxy, method, arguments) -> {
                    processes.incrementAndGet();
                    try {
                        return method.invoke(machine.processes, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Nix nix = new Nix(machine.nix.settings(), counted, machine.files, machine.inotify);
        Locations locations =
                new Locations(false, folder.resolve("config"), folder.resolve("state"), folder.resolve("socket"));
        return new GenerationKind(
                nix,
                machine.running,
                machine.activation,
                machine.systemd,
                machine.files,
                machine.inotify,
                locations,
                InstantSource.system(),
                new KernelBootClock(),
                (title, text) -> {},
                deployment -> wrong.get(),
                () -> Samples.FACTS,
                except -> others.amiss(except),
                new Git(machine.processes, machine.files),
                new Deployment.Requirements(1 << 20, 1 << 20, Path.of("/boot")));
    }

    private static DeploymentSettings settings(OnFailure onFailure, OnManual onManual, int keep, Duration switchLimit) {
        return new DeploymentSettings(
                Duration.ofMillis(500), onFailure, null, null, onManual, keep, null, LIMIT, switchLimit, Map.of());
    }

    private Desired<GenerationSpec> desired() {
        return desired(new SystemSource.Flake(machine.folder().toString(), "machine"));
    }

    private Desired<GenerationSpec> desired(SystemSource source) {
        return new Desired<>(
                GenerationKind.SYSTEM, new GenerationSpec(source, operation, settings), Set.of(), Place.NOWHERE);
    }

    private Assessment look() throws Trouble {
        return look(desired());
    }

    private Assessment look(Desired<GenerationSpec> desired) throws Trouble {
        return switch (kind.observe(List.of(desired)).get(desired.id())) {
            case Sighting.Seen<GenerationSeen>(GenerationSeen seen) -> kind.assess(desired, seen);
            case Sighting.Unclear<GenerationSeen>(Trouble trouble) -> throw trouble;
            case Sighting.Unsupported<GenerationSeen>(String reason) -> throw new AssertionError(reason);
        };
    }

    /** Looks and acts as the loop does, until a look shows no difference. */
    private void deploy() throws Trouble {
        deploy(desired());
    }

    private void deploy(Desired<GenerationSpec> desired) throws Trouble {
        Assessment assessment = look(desired);
        for (int round = 0; !assessment.inSync(); round++) {
            assertThat(round).as("rounds, then " + assessment).isLessThan(ROUNDS);
            for (Action action : assessment.actions()) {
                kind.perform(desired, action);
            }
            assessment = look(desired);
        }
    }

    private Trouble refused() {
        return refused(desired());
    }

    private Trouble refused(Desired<GenerationSpec> desired) {
        try {
            deploy(desired);
        } catch (Trouble t) {
            return t;
        }
        throw new AssertionError("it passed");
    }

    private ProfileState profile() throws Trouble {
        return machine.nix.systemProfile().look();
    }

    private int number() throws Trouble {
        return profile().current().orElseThrow();
    }

    private StorePath activated() throws Trouble {
        return machine.running.activated().orElseThrow();
    }

    private void declare(String key, String value) throws Exception {
        machine.declare(m -> m.put(key, value));
    }

    private String run(String... arguments) throws Trouble {
        return machine.processes.run(List.of(arguments), Map.of(), LIMIT).output();
    }

    private boolean isActive(String unit) throws Exception {
        return run("systemctl", "show", "-P", "ActiveState", unit).strip().equals("active");
    }

    private void units(String... contents) throws Exception {
        machine.declare(m -> {
            ObjectNode units = m.putObject("units");
            for (int i = 0; i < contents.length; i += 2) {
                units.put(contents[i], contents[i + 1]);
            }
        });
    }

    private static String service(String seconds) {
        return "[Service]\nExecStart=/bin/sleep " + seconds + "\n";
    }

    /** Nothing is tried again, and the machine is where it was. */
    private void assertRestsAt(int number, StorePath system) throws Exception {
        Optional<ActivationRun> run = machine.activation.last();
        int before = processes.get();
        Trouble told = null;
        try {
            look();
        } catch (Trouble t) {
            told = t;
        }
        assertThat(told).as("what is quarantined is told").isNotNull();
        assertThat(told.remedy()).contains("homeostat retry generation/system");
        assertThat(processes.get()).isEqualTo(before);
        assertThat(machine.activation.last()).isEqualTo(run);
        assertThat(number()).isEqualTo(number);
        assertThat(activated()).isEqualTo(system);
    }

    // ---- what passes

    @Test
    void a_first_deployment_goes_through_all_phases_and_a_second_look_starts_no_process() throws Exception {
        Assessment plan = look();
        assertThat(plan.actions())
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
        assertThat(profile().currentGeneration().map(Generation::target)).contains(activated());
        assertThat(isActive("lab-one.service")).isTrue();

        int before = processes.get();
        assertThat(look().inSync()).isTrue();
        kind = kind();
        assertThat(look().inSync()).as("also for another daemon").isTrue();
        assertThat(processes.get()).isEqualTo(before);
    }

    @Test
    void a_change_makes_exactly_one_new_generation() throws Exception {
        deploy();
        StorePath first = activated();
        Semaphore news = new Semaphore(0);
        kind.watch(List.of(desired()), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                news.release();
            }

            @Override
            public void all(String name, String cause) {
                // of profile and switch, which stay as they are
            }
        });
        look();
        declare("motd", "second");
        assertThat(news.tryAcquire(10, TimeUnit.SECONDS))
                .as("the change is told")
                .isTrue();
        kind.watch(List.of(), null);
        deploy();
        assertThat(number()).isEqualTo(2);
        assertThat(activated()).isNotEqualTo(first);
        assertThat(activated().path().resolve("etc/motd")).hasContent("second");
        assertThat(look().inSync()).isTrue();

        declare("motd", "first");
        deploy();
        assertThat(activated()).isEqualTo(first);
        assertThat(number()).isEqualTo(3);
    }

    @Test
    void another_tree_that_gives_the_same_system_makes_no_generation() throws Exception {
        deploy();
        Optional<ActivationRun> run = machine.activation.last();
        Files.writeString(machine.folder().resolve("README"), "Nothing reads this.\n");
        assertThat(look().inSync()).isFalse();
        deploy();
        assertThat(number()).isEqualTo(1);
        assertThat(machine.activation.last()).isEqualTo(run);
    }

    @Test
    void a_test_moves_no_profile_and_a_boot_activates_nothing() throws Exception {
        deploy();
        StorePath first = activated();
        operation = NixosSettings.Operation.TEST;
        declare("motd", "tested");
        deploy();
        assertThat(number()).isEqualTo(1);
        assertThat(activated()).isNotEqualTo(first);
        StorePath tested = activated();

        operation = NixosSettings.Operation.BOOT;
        declare("motd", "booted");
        deploy();
        assertThat(number()).isEqualTo(2);
        assertThat(activated()).isEqualTo(tested);
        StorePath next = profile().currentGeneration().orElseThrow().target();
        assertThat(Path.of("/boot/lab-default")).hasContent(next.toString());
        assertThat(look().inSync()).isTrue();
    }

    @Test
    void a_system_that_was_built_elsewhere_is_put_in_force() throws Exception {
        StorePath ready = machine.build("motd", "ready");
        Desired<GenerationSpec> desired = desired(new SystemSource.Ready(ready.toString()));
        assertThat(look(desired).actions()).extracting(Action::phase).doesNotContain(Phase.VALIDATION);
        deploy(desired);
        assertThat(activated()).isEqualTo(ready);
        int before = processes.get();
        assertThat(look(desired).inSync()).isTrue();
        assertThat(processes.get()).isEqualTo(before);
    }

    // ---- what does not

    @Test
    void a_failing_evaluation_changes_nothing_and_is_not_tried_again() throws Exception {
        deploy();
        StorePath first = activated();
        declare("hostName", "");
        Trouble trouble = refused();
        assertThat(trouble).hasMessageContaining("hostName is empty").hasMessageContaining("nothing on the machine");
        assertRestsAt(1, first);

        declare("hostName", "lab"); // as it was: nothing is to be done
        int before = processes.get();
        assertThat(look().inSync()).isTrue();
        assertThat(processes.get()).isEqualTo(before);
    }

    @Test
    void a_failing_build_changes_nothing_and_is_tried_again_when_that_is_asked_for() throws Exception {
        deploy();
        StorePath first = activated();
        declare("build", "fail");
        assertThat(refused()).hasMessageContaining("this build was told to fail");
        assertRestsAt(1, first);
        assertThat(kind.liftQuarantine(desired())).isTrue();
        assertThat(look().inSync()).isFalse();
        assertThat(refused()).hasMessageContaining("this build was told to fail");
        assertThat(kind.liftQuarantine(desired())).isTrue();
        assertThat(kind.liftQuarantine(desired())).isFalse();
    }

    @Test
    void a_failing_switch_is_rolled_back_to_exactly_the_generation_before() throws Exception {
        units("lab-one.service", service("1000"), "lab-stopped.service", service("1000"));
        deploy();
        StorePath first = activated();
        assertThat(isActive("lab-stopped.service")).isTrue();
        units("lab-one.service", service("1000"));
        declare("switch", "fail"); // it fails after it has stopped what is gone
        Trouble trouble = refused();
        assertThat(trouble)
                .hasMessageContaining("this switch was told to fail")
                .hasMessageContaining("rolled back to generation 1");
        assertRestsAt(1, first);
        assertThat(profile().generations()).hasSize(2);
        assertThat(isActive("lab-stopped.service"))
                .as("what half the switch stopped runs again")
                .isTrue();
    }

    @Test
    void what_a_bad_generation_brought_is_taken_away_again() throws Exception {
        units("lab-one.service", service("1000"));
        deploy();
        units("lab-one.service", service("1000"), "lab-bad.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
        assertThat(refused()).hasMessageContaining("rolled back to generation 1");
        assertThat(isActive("lab-one.service")).isTrue();
        assertThat(Files.exists(Path.of("/run/systemd/system/lab-bad.service"))).isFalse();
    }

    @Test
    void a_check_that_fails_after_a_good_switch_undoes_it() throws Exception {
        deploy();
        StorePath first = activated();
        declare("motd", "second");
        wrong.set(List.of("http://127.0.0.1:1/ does not answer"));
        assertThat(refused())
                .hasMessageContaining("http://127.0.0.1:1/ does not answer")
                .hasMessageContaining("rolled back to generation 1");
        wrong.set(List.of());
        assertRestsAt(1, first);
    }

    private boolean activatedIs(StorePath system) {
        try {
            return machine.running.activated().filter(system::equals).isPresent();
        } catch (Trouble t) {
            throw new IllegalStateException(t);
        }
    }

    @Test
    void what_was_as_declared_before_and_is_not_any_more_undoes_it() throws Exception {
        deploy();
        StorePath first = activated();
        ResourceId before = ResourceId.of("file", "/etc/before");
        ResourceId since = ResourceId.of("service", "web.service");
        others = except -> {
            assertThat(except).isEqualTo(GenerationKind.SYSTEM);
            TreeMap<ResourceId, String> amiss = new TreeMap<>(Map.of(before, "content"));
            if (!activatedIs(first)) {
                amiss.put(since, "state: expected running, found failed");
            }
            return amiss;
        };
        declare("motd", "second");
        assertThat(refused())
                .hasMessageContaining("service/web.service is not as declared any more: state: expected running")
                .hasMessageNotContaining("/etc/before")
                .hasMessageContaining("rolled back to generation 1");
        assertRestsAt(1, first);
    }

    @Test
    void what_the_owner_wants_to_keep_stays() throws Exception {
        deploy();
        settings = settings(OnFailure.KEEP, OnManual.ASK, 10, LIMIT);
        deploy();
        declare("motd", "second");
        wrong.set(List.of("no answer"));
        assertThat(refused()).hasMessageContaining("no answer").hasMessageContaining("it stays");
        assertThat(number()).isEqualTo(2);
        assertRestsAt(2, activated());
    }

    @Test
    void a_unit_that_failed_before_is_tolerated_and_one_that_fails_since_is_not() throws Exception {
        Files.writeString(Path.of("/run/systemd/system/lab-before.service"), "[Service]\nExecStart=/bin/false\n");
        run("systemctl", "daemon-reload");
        run("systemctl", "start", "--no-block", "lab-before.service");
        NixMachine.await(
                "it failed",
                () -> run("systemctl", "show", "-P", "ActiveState", "lab-before.service")
                        .strip()
                        .equals("failed"));
        deploy();
        StorePath first = activated();
        units("lab-late.service", "[Service]\nExecStart=/bin/sh -c 'exit 3'\n");
        assertThat(refused()).hasMessageContaining("lab-late.service failed").hasMessageNotContaining("lab-before");
        assertRestsAt(1, first);
    }

    @Test
    void a_job_of_somebodys_that_fails_meanwhile_is_no_fault_of_the_generation() throws Exception {
        deploy();
        declare("motd", "second");
        for (Action action : look().actions()) {
            if (action.verb().equals(GenerationComparison.SWITCH)) {
                run("systemd-run", "--unit=lab-stray", "--no-block", "/bin/false");
                NixMachine.await(
                        "it failed",
                        () -> run("systemctl", "show", "-P", "ActiveState", "lab-stray.service")
                                .strip()
                                .equals("failed"));
            }
            kind.perform(desired(), action);
        }
        deploy();
        assertThat(number()).isEqualTo(2);
    }

    @Test
    void a_unit_that_fails_soon_after_it_was_started_undoes_it_too() throws Exception {
        deploy();
        StorePath first = activated();
        units("lab-soon.service", "[Service]\nExecStart=/bin/sh -c 'sleep 0.4; exit 3'\n");
        assertThat(refused()).hasMessageContaining("lab-soon.service failed");
        assertRestsAt(1, first);
    }

    @Test
    void what_a_switch_will_do_is_told_when_it_is_built() throws Exception {
        units("lab-web.service", service("1000"), "lab-gone.service", service("2000"));
        deploy();
        units("lab-web.service", service("3000"), "lab-new.service", service("4000"));
        for (Action action : look().actions()) {
            kind.perform(desired(), action);
            if (action.verb().equals(GenerationComparison.BUILD)) {
                break;
            }
        }
        assertThat(look().actions())
                .filteredOn(action -> action.verb().equals(GenerationComparison.SWITCH))
                .singleElement()
                .extracting(Action::summary)
                .asString()
                .contains("stops lab-gone.service; restarts lab-web.service; starts lab-new.service;")
                .contains("1 package differs")
                .contains("needs no reboot");
        deploy();
        assertThat(look().inSync()).isTrue();
    }

    @Test
    void a_hanging_build_of_what_is_not_wanted_any_more_is_ended() throws Exception {
        deploy();
        kind.watch(List.of(desired()), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                // the test looks by itself
            }

            @Override
            public void all(String name, String cause) {
                // likewise
            }
        });
        machine.declare(m -> m.put("build", "hang"));
        FutureTask<Trouble> hanging = new FutureTask<>(this::refused);
        Thread.ofVirtual().start(hanging);
        NixMachine.await(
                "the builder hangs", () -> !run("pgrep", "-f", "sleep 1$").isBlank());
        machine.declare(m -> m.put("build", "work"));
        declare("motd", "mended");
        assertThat(hanging.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).hasMessageContaining("not wanted any more");
        deploy();
        assertThat(look().inSync()).isTrue();
    }

    @Test
    void a_hanging_switch_is_ended_by_its_limit_and_undone() throws Exception {
        deploy();
        StorePath first = activated();
        declare("switch", "hang");
        settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 10, Duration.ofSeconds(3));
        assertThat(refused()).hasMessageContaining("longer than its limit").hasMessageContaining("rolled back");
        assertRestsAt(1, first);
    }

    @Test
    void without_a_generation_before_there_is_nothing_to_go_back_to() throws Exception {
        wrong.set(List.of("no answer"));
        assertThat(refused()).hasMessageContaining("no answer").hasMessageContaining("no generation before it");
        assertThat(number()).isEqualTo(1);
    }

    /** Whoever edits back while a switch runs has done nothing wrong, and neither has what was there before. */
    @ParameterizedTest
    @ValueSource(strings = {GenerationComparison.PROFILE, GenerationComparison.SWITCH, GenerationComparison.VERIFY})
    void what_is_declared_back_in_the_middle_is_not_blamed(String last) throws Exception {
        declare("motd", "one");
        deploy();
        declare("motd", "two");
        deploy();
        StorePath two = activated();
        declare("motd", "slow");
        List<Action> plan = look().actions();
        for (Action action : plan) {
            kind.perform(desired(), action);
            if (action.verb().equals(last)) {
                break;
            }
        }
        declare("motd", "two");
        List<Action> rest =
                plan.subList(plan.stream().map(Action::verb).toList().indexOf(last) + 1, plan.size());
        try {
            for (Action action : rest) {
                kind.perform(desired(), action);
            }
            assertThat(last).as("what has passed is reported").isEqualTo(GenerationComparison.VERIFY);
        } catch (Trouble t) {
            assertThat(t).hasMessageContaining("changed while it was put in force");
            assertThat(t.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
        }
        deploy();
        assertThat(activated()).isEqualTo(two);
        assertThat(profile().currentGeneration().orElseThrow().target()).isEqualTo(two);
        assertThat(look().inSync()).isTrue();
        assertThat(kind.deployments(desired(), 10))
                .extracting(dev.homeostat.resource.Deployed::outcome)
                .containsOnly(dev.homeostat.resource.Deployed.Outcome.IN_FORCE);
    }

    @Test
    void a_profile_that_somebody_deleted_does_not_keep_what_did_not_pass() throws Exception {
        deploy();
        StorePath first = activated();
        for (String link : new String[] {"system", "system-1-link"}) {
            Files.delete(Path.of("/nix/var/nix/profiles").resolve(link));
        }
        declare("motd", "second");
        wrong.set(List.of("the web does not answer"));
        assertThat(refused())
                .hasMessageContaining("rolled back to " + first)
                .hasMessageContaining("the profile had no generation before");
        assertThat(activated()).isEqualTo(first);
        assertThat(profile().currentGeneration().orElseThrow().target()).isEqualTo(first);
        assertThat(Path.of("/boot/lab-default")).hasContent(first.toString());
    }

    @Test
    void what_did_not_move_the_machine_is_not_rolled_back() throws Exception {
        deploy();
        StorePath first = activated();
        declare("motd", "second");
        deploy();
        Optional<ActivationRun> run = machine.activation.last();
        // another tree, the same system, and a check that fails
        Files.writeString(machine.folder().resolve("README"), "Nothing reads this.\n");
        wrong.set(List.of("no answer"));
        assertThat(refused()).hasMessageContaining("nothing on the machine was changed");
        assertThat(number()).isEqualTo(2);
        assertThat(activated()).isNotEqualTo(first);
        assertThat(machine.activation.last()).isEqualTo(run);
    }

    // ---- others

    private void switchByHand(StorePath system) throws Trouble {
        machine.nix.systemProfile().set(system);
        machine.activation.await(machine.activation.begin(Operation.SWITCH, system, LIMIT, Map.of()), LIMIT);
    }

    @Test
    void a_switch_by_hand_is_asked_about_adopted_or_undone() throws Exception {
        StorePath mine = machine.build("motd", "by hand");
        declare("motd", "first");
        deploy();
        StorePath declared = activated();
        switchByHand(mine);
        Assessment asked = look();
        assertThat(asked.differences()).extracting(Difference::path).containsExactly("profile", "system");
        assertThat(asked.actions()).extracting(Action::impact).contains(Impact.CONTESTED);

        settings = settings(OnFailure.ROLLBACK, OnManual.ADOPT, 10, LIMIT);
        assertThat(look().inSync()).isTrue();

        settings = settings(OnFailure.ROLLBACK, OnManual.REVERT, 10, LIMIT);
        assertThat(look().actions()).extracting(Action::impact).doesNotContain(Impact.CONTESTED);
        deploy();
        assertThat(activated()).isEqualTo(declared);
        assertThat(profile().currentGeneration().map(Generation::target)).contains(declared);
    }

    @Test
    void a_switch_of_somebody_else_is_waited_for_by_name_and_with_a_limit() throws Exception {
        deploy();
        declare("motd", "second");
        Files.createDirectories(Path.of("/run/nixos"));
        Process other = new ProcessBuilder(
                        "flock", "/run/nixos/switch-to-configuration.lock", "sh", "-c", "echo held; exec cat")
                .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("held");
            Assessment waiting = look();
            assertThat(waiting.converging()).isTrue();
            assertThat(waiting.differences())
                    .anySatisfy(d -> assertThat(d.observed()).contains("flock").contains("since"));
            settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 10, Duration.ofMillis(1));
            Trouble late = refused();
            assertThat(late.sort()).isEqualTo(Trouble.Sort.CONFLICT);
            assertThat(late).hasMessageContaining("flock");
            settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 10, LIMIT);
        } finally {
            other.outputWriter().close();
            other.waitFor();
        }
        deploy();
        assertThat(number()).isEqualTo(2);
    }

    // ---- a daemon that dies

    /** Runs up to the action with that verb, which is left out. */
    private void deployUpTo(String verb) throws Trouble {
        Desired<GenerationSpec> desired = desired();
        for (Action action : look(desired).actions()) {
            if (action.verb().equals(verb)) {
                return;
            }
            kind.perform(desired, action);
        }
        throw new AssertionError("there was no " + verb);
    }

    @Test
    void a_running_switch_is_adopted_and_no_second_one_begins() throws Exception {
        deploy();
        declare("switch", "wait");
        deployUpTo(GenerationComparison.SWITCH);
        CompletableFuture<Void> dying = CompletableFuture.runAsync(() -> {
            try {
                kind.perform(desired(), action(GenerationComparison.SWITCH));
            } catch (Trouble t) {
                throw new IllegalStateException(t);
            }
        });
        NixMachine.await("it runs", () -> {
            Optional<ActivationRun> begun = machine.activation.last().filter(ActivationRun::isRunning);
            return begun.isPresent()
                    && machine.activation.output(begun.get()).stream().anyMatch(line -> line.startsWith("waiting for"));
        });
        NixMachine.await("it can be told", () -> Files.exists(GO));
        ActivationRun run = machine.activation.last().orElseThrow();

        kind = kind(); // the first one is as good as dead: nobody asks it any more
        Assessment adopted = look();
        assertThat(adopted.converging()).isTrue();
        assertThat(adopted.actions()).isEmpty();
        Files.writeString(GO, "go\n");
        machine.activation.await(run, LIMIT);
        dying.get(30, TimeUnit.SECONDS);
        assertThat(look().actions()).extracting(Action::verb).doesNotContain(GenerationComparison.SWITCH);
        deploy();
        assertThat(machine.activation.last().orElseThrow().invocation()).isEqualTo(run.invocation());
        assertThat(number()).isEqualTo(2);
    }

    @Test
    void a_switch_that_failed_while_nobody_looked_is_undone() throws Exception {
        deploy();
        StorePath first = activated();
        declare("switch", "fail");
        deployUpTo(GenerationComparison.SWITCH);
        // as far as the daemon got: the mark, and the switch
        DeploymentState state = new DeploymentState(folder.resolve("state/deployment"), machine.files, 0, 0);
        state.point(state.point()
                .orElseThrow()
                .at(RollbackPoint.Stage.SWITCHED, InstantSource.system().instant()));
        StorePath target = profile().currentGeneration().orElseThrow().target();
        machine.activation.await(machine.activation.begin(Operation.SWITCH, target, LIMIT, Map.of()), LIMIT);
        kind = kind();
        assertThat(refused())
                .hasMessageContaining("this switch was told to fail")
                .hasMessageContaining("rolled back");
        assertRestsAt(1, first);
    }

    @Test
    void a_daemon_that_dies_before_each_step_leaves_it_to_the_next() throws Exception {
        deploy();
        int generation = 1;
        for (String verb : List.of(
                GenerationComparison.CHECK,
                GenerationComparison.RECORD,
                GenerationComparison.VALIDATE,
                GenerationComparison.BUILD,
                GenerationComparison.PROFILE,
                GenerationComparison.SWITCH,
                GenerationComparison.VERIFY,
                GenerationComparison.REPORT)) {
            StorePath before = activated();
            declare("motd", "until " + verb);
            deployUpTo(verb);
            kind = kind();
            deploy();
            generation++;
            assertThat(number()).as(verb).isEqualTo(generation);
            // the rollback point is the generation before, whatever was done twice
            DeploymentState state = new DeploymentState(folder.resolve("state/deployment"), machine.files, 0, 0);
            assertThat(state.point().orElseThrow().activated()).as(verb).contains(before);
        }
    }

    @Test
    void a_rollback_that_was_interrupted_is_gone_on_with() throws Exception {
        deploy();
        StorePath first = activated();
        declare("motd", "second");
        deployUpTo(GenerationComparison.VERIFY);
        DeploymentState state = new DeploymentState(folder.resolve("state/deployment"), machine.files, 0, 0);
        Desired<GenerationSpec> desired = desired();
        String key = switch (kind.observe(List.of(desired)).get(desired.id())) {
            case Sighting.Seen<GenerationSeen>(GenerationSeen seen) -> seen.key();
            case Sighting<GenerationSeen> other -> throw new AssertionError(other);
        };
        state.quarantine(new Quarantine(
                key, InstantSource.system().instant(), "a check failed", List.of(), Quarantine.Rollback.PENDING, ""));
        kind = kind();
        assertThat(look().actions()).extracting(Action::verb).containsExactly(GenerationComparison.ROLL_BACK);
        assertThat(refused()).hasMessageContaining("a check failed").hasMessageContaining("rolled back");
        assertRestsAt(1, first);
    }

    private static Action action(String verb) {
        return new Action(GenerationKind.SYSTEM, verb, Phase.DEPLOYMENT, Impact.NONE, verb, "");
    }

    // ---- generated

    /** The stand-in for nixpkgs, which has options and no system: what is built says what was evaluated. */
    static final String LAB_NIXPKGS = """
            {
              outputs = _:
                let
                  base = ((import ../nixpkgs/flake.nix).outputs { }).lib;
                  built = s: derivation {
                    name = "nixos-system-${s.config.networking.hostName}";
                    system = "x86_64-linux";
                    builder = "/bin/sh";
                    args = [ "-c" "PATH=/bin:/usr/bin; mkdir -p $out/bin; echo exit 0 >$out/bin/switch-to-configuration" ];
                    host = s.config.networking.hostName;
                  };
                in
                {
                  lib = base // {
                    nixosSystem = args:
                      let s = base.nixosSystem args;
                      in s // { config = s.config // { system.build.toplevel = built s; }; };
                  };
                };
            }
            """;

    private Desired<GenerationSpec> generated(Path module) throws Exception {
        Path inputs = folder.resolve("stand-in");
        if (!Files.exists(inputs)) {
            run(
                    "cp",
                    "-r",
                    Path.of("src/test/resources/nix/stand-in").toAbsolutePath().toString(),
                    inputs.toString());
            Files.createDirectories(inputs.resolve("lab-nixpkgs"));
            Files.writeString(inputs.resolve("lab-nixpkgs/flake.nix"), LAB_NIXPKGS);
        }
        NixosSettings nixos = new NixosSettings(
                null,
                null,
                Map.of(
                        "nixpkgs", "path:" + inputs + "?dir=lab-nixpkgs",
                        "home-manager", "path:" + inputs + "?dir=home-manager",
                        "sops-nix", "path:" + inputs + "?dir=sops-nix",
                        "agenix", "path:" + inputs + "?dir=agenix"),
                List.of(module.toString()),
                null,
                null,
                null);
        return desired(new SystemSource.Generated(
                new Settings(Samples.host(), null, null, nixos, null, null, null, null), DeclaredElsewhere.NOTHING));
    }

    private void performUpTo(Desired<GenerationSpec> desired, String verb) throws Trouble {
        for (Action action : look(desired).actions()) {
            kind.perform(desired, action);
            if (action.verb().equals(verb)) {
                return;
            }
        }
        throw new AssertionError("there was no " + verb);
    }

    @Test
    void a_generated_system_is_written_locked_and_built_and_only_a_change_does_that_again() throws Exception {
        Path module = folder.resolve("mine.nix");
        Files.writeString(module, "{ }\n");
        Desired<GenerationSpec> desired = generated(module);
        assertThat(look(desired).actions())
                .extracting(Action::phase)
                .startsWith(Phase.INITIALIZATION, Phase.BACKUP, Phase.GENERATION, Phase.VALIDATION, Phase.DEPLOYMENT);
        performUpTo(desired, GenerationComparison.BUILD);
        Path tree = folder.resolve("state/flake");
        String lock = Files.readString(tree.resolve("flake.lock"));
        assertThat(lock).contains("lab-nixpkgs");

        int before = processes.get();
        assertThat(look(desired).actions())
                .extracting(Action::verb)
                .doesNotContain(GenerationComparison.WRITE, GenerationComparison.VALIDATE, GenerationComparison.BUILD);
        assertThat(processes.get()).isEqualTo(before);

        Files.writeString(module, "{ lib, ... }: { networking.networkmanager.enable = lib.mkForce false; }\n");
        assertThat(look(desired).actions())
                .extracting(Action::verb)
                .contains(GenerationComparison.WRITE, GenerationComparison.VALIDATE, GenerationComparison.BUILD);
        performUpTo(desired, GenerationComparison.BUILD);
        assertThat(tree.resolve("flake.lock")).hasContent(lock);
    }

    @Test
    void what_was_built_and_is_no_system_is_nobodys_profile() throws Exception {
        StorePath home = machine.nix.build(machine.home(), Optional.empty(), Work.within(LIMIT));
        assertThat(refused(desired(new SystemSource.Ready(home.toString()))))
                .hasMessageContaining("is no system")
                .hasMessageContaining("nothing on the machine was changed");
        assertThat(profile()).isEqualTo(ProfileState.NONE);
    }

    @Test
    void what_is_wrong_in_a_module_of_the_owners_is_told_with_its_place() throws Exception {
        Path module = folder.resolve("mine.nix");
        Files.writeString(module, "{\n  networking = ;\n}\n");
        Desired<GenerationSpec> desired = generated(module);
        assertThat(refused(desired)).hasMessageContaining("in " + module + ":2:");
        Files.writeString(module, "{ networking.hostName = 1; }\n");
        assertThat(refused(desired)).hasMessageContaining("networking.hostName");
        assertThat(profile().generations()).isEmpty();
    }

    @Test
    void what_is_wrong_in_the_declaration_is_told_with_its_key() throws Exception {
        Path module = folder.resolve("mine.nix");
        Files.writeString(module, "{ homeostat.host.name = 1; }\n");
        assertThat(refused(generated(module))).hasMessageContaining("(declared as host.name)");
    }

    // ---- old generations

    @Test
    void old_generations_are_deleted_but_those_that_are_needed() throws Exception {
        settings = settings(OnFailure.ROLLBACK, OnManual.ASK, 1, LIMIT);
        deploy();
        Files.deleteIfExists(Path.of("/run/booted-system"));
        Files.createSymbolicLink(Path.of("/run/booted-system"), activated().path());
        try {
            for (int i = 2; i <= 5; i++) {
                declare("motd", "version " + i);
                deploy();
            }
            // 5 current, 4 to roll back to, 3 kept, 1 booted
            assertThat(profile().generations()).extracting(Generation::number).containsExactly(1, 3, 4, 5);
            declare("kernel", "6.13");
            deploy();
            DeploymentState state = new DeploymentState(folder.resolve("state/deployment"), machine.files, 0, 0);
            Report report = state.report().orElseThrow();
            assertThat(report.reboot()).anySatisfy(r -> assertThat(r).startsWith("the kernel will be"));
            assertThat(report.deleted()).containsExactly(3);
            assertThat(report.number()).contains(6);
            assertThat(report.changes()).isPresent();
            assertThat(report.took()).containsKeys(Phase.VALIDATION, Phase.DEPLOYMENT, Phase.VERIFICATION);
        } finally {
            Files.deleteIfExists(Path.of("/run/booted-system"));
        }
    }
}
