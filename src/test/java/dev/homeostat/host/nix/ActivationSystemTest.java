package dev.homeostat.host.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.nix.Activation.Operation;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.witness.ProcessTable;
import dev.homeostat.resource.Trouble;
import dev.homeostat.system.NixMachine;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Generations of the small flake, activated under the real systemd. */
@Tag("system")
@Timeout(120)
class ActivationSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path CURRENT = Path.of("/run/current-system");
    private static final Path GO = Path.of("/run/lab-go");
    private static final String UNIT = "homeostat-switch.service";

    @TempDir
    private Path folder;

    private NixMachine machine;
    private Activation activation;

    @BeforeEach
    void begin() throws IOException {
        machine = new NixMachine(folder.resolve("machine"));
        activation = machine.activation;
    }

    @AfterEach
    void end() throws Trouble {
        machine.close();
    }

    private ActivationRun begin(Operation operation, StorePath generation) throws Trouble {
        return activation.begin(operation, generation, LIMIT, Map.of());
    }

    private ActivationRun activate(StorePath generation) throws Trouble {
        return activation.await(begin(Operation.SWITCH, generation), LIMIT);
    }

    private static Trouble refused(ThrowingCallable call) {
        Trouble trouble = catchThrowableOfType(Trouble.class, call);
        assertThat(trouble).isNotNull();
        return trouble;
    }

    private String systemd(String property, String unit) throws Trouble {
        Processes.Result result =
                machine.processes.run(List.of("systemctl", "show", "-P", property, unit), Map.of(), LIMIT);
        return result.output().strip();
    }

    private StorePath units(String... contents) throws Exception {
        return machine.build(m -> {
            ObjectNode units = m.putObject("units");
            for (int i = 0; i < contents.length; i += 2) {
                units.put(contents[i], contents[i + 1]);
            }
        });
    }

    private static String service(String seconds) {
        return "[Service]\nExecStart=/bin/sleep " + seconds + "\nExecReload=/bin/true\n";
    }

    /** Waits until the run waits for us, or does not run any more. */
    private void awaitWaiting(ActivationRun run) {
        NixMachine.await(
                "the switch waits",
                () -> activation.output(run).stream().anyMatch(line -> line.startsWith("waiting for")));
        NixMachine.await("it can be told", () -> Files.exists(GO));
    }

    // ---- what it does

    @Test
    void a_switch_brings_the_generation_into_force() throws Exception {
        Instant before = Instant.now();
        StorePath generation = machine.build();
        Semaphore news = new Semaphore(0);
        ActivationRun run;
        try (AutoCloseable watching = machine.running.watch(news::release)) {
            run = activate(generation);
            assertThat(news.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(run.how()).isEmpty();
        assertThat(run.hasSucceeded()).isTrue();
        assertThat(run.operation()).isEqualTo("switch");
        assertThat(run.generation()).isEqualTo(generation);
        assertThat(run.began()).isBetween(before, Instant.now());
        assertThat(run.ended().orElseThrow()).isBetween(run.began(), Instant.now());
        assertThat(machine.running.activated()).contains(generation);
        assertThat(systemd("ActiveState", "lab-one.service")).isEqualTo("active");
        assertThat(activation.output(run))
                .containsSubsequence("setting up /etc...", "starting the following units: lab-one.service");
        assertThat(activation.last()).contains(run);
    }

    @Test
    void a_failure_is_told_also_if_the_journal_cannot_be_read() throws Exception {
        ActivationRun run = activate(machine.build("switch", "fail"));
        Processes broken = (Processes) Proxy.newProxyInstance(
                Processes.class.getClassLoader(), new Class<?>[] {Processes.class}, (proxy, method, arguments) -> {
                    throw Trouble.passing("journalctl took longer than 15 s and was killed");
                });
        Activation other = new Activation(
                new Systemd(Locations.system(Map.of()), machine.accounts, broken),
                machine.files,
                new ProcessTable(machine.accounts));
        assertThat(other.last().orElseThrow().how()).isEqualTo(run.how());
        assertThat(other.output(run))
                .containsExactly("(what it said cannot be read: journalctl took longer than 15 s and was killed)");
    }

    @Test
    void a_boot_leaves_the_machine_as_it_is_and_a_test_leaves_the_boot_loader() throws Exception {
        StorePath generation = machine.build();
        activation.await(begin(Operation.BOOT, generation), LIMIT);
        assertThat(machine.running.activated()).isEmpty();
        assertThat(Path.of("/boot/lab-default")).hasContent(generation.toString());
        Files.delete(Path.of("/boot/lab-default"));
        activation.await(begin(Operation.TEST, generation), LIMIT);
        assertThat(machine.running.activated()).contains(generation);
        assertThat(Path.of("/boot/lab-default")).doesNotExist();
    }

    @Test
    void what_it_would_do_is_told_and_then_done() throws Exception {
        activate(units(
                "lab-gone.service", service("1000"),
                "lab-changed.service", service("1000"),
                "lab-reloaded.service", service("1000"),
                "lab-same.service", service("1000")));
        StorePath next = units(
                "lab-changed.service", service("1001"),
                "lab-new.service", service("1000"),
                "lab-reloaded.service", service("1000") + "X-ReloadIfChanged=true\n",
                "lab-same.service", service("1000"));
        Optional<StorePath> before = machine.running.activated();
        String pid = systemd("MainPID", "lab-same.service");
        assertThat(activation.dryActivate(next, LIMIT))
                .isEqualTo(new DryActivation(
                        List.of("lab-gone.service"),
                        List.of("lab-changed.service"),
                        List.of("lab-new.service"),
                        List.of("lab-reloaded.service"),
                        List.of(),
                        List.of(),
                        false,
                        List.of()));
        assertThat(machine.running.activated()).isEqualTo(before);
        assertThat(systemd("ActiveState", "lab-gone.service")).isEqualTo("active");

        assertThat(activate(next).how()).isEmpty();
        assertThat(systemd("ActiveState", "lab-gone.service")).isEqualTo("inactive");
        assertThat(systemd("ActiveState", "lab-new.service")).isEqualTo("active");
        assertThat(systemd("MainPID", "lab-same.service")).isEqualTo(pid);
        DryActivation again = activation.dryActivate(next, LIMIT);
        assertThat(again.stops()).isEmpty();
        assertThat(again.restarts()).isEmpty();
    }

    @Test
    void a_failed_switch_is_told_with_its_words() throws Exception {
        ActivationRun run = activate(machine.build("switch", "fail"));
        assertThat(run.state()).isEqualTo(ServiceRun.State.FAILED);
        assertThat(run.how()).isEqualTo("it exited with status 4");
        assertThat(activation.output(run)).last().isEqualTo("this switch was told to fail");
        assertThat(machine.running.activated()).isEmpty();
        // the next one may begin, and its output is its own
        ActivationRun next = activate(machine.build("switch", "work"));
        assertThat(next.hasSucceeded()).isTrue();
        assertThat(next.invocation()).isNotEqualTo(run.invocation());
        assertThat(activation.output(next)).doesNotContain("this switch was told to fail");
    }

    @Test
    void what_a_run_wrote_that_failed_at_once_is_read_every_time() throws Exception {
        Account app = machine.accounts.require("app");
        machine.declare(m -> ((ObjectNode) m.get("home")).put("behaviour", "fail"));
        StorePath bad = machine.nix.build(machine.home(), Optional.empty(), Work.within(LIMIT));
        for (int round = 0; round < 30; round++) {
            ActivationRun failed = activation.await(activation.beginHome(app, bad, LIMIT, Map.of()), LIMIT);
            assertThat(activation.output(failed)).as("round " + round).hasSize(2);
        }
    }

    @Test
    void without_the_program_it_does_not_begin() throws Exception {
        StorePath home = machine.nix.build(machine.home(), Optional.empty(), Work.within(LIMIT));
        assertThat(refused(() -> begin(Operation.SWITCH, home)).sort()).isEqualTo(Trouble.Sort.INVALID);
        assertThat(activation.last()).isEmpty();
    }

    // ---- limits

    @Test
    void a_hanging_switch_is_ended_by_its_limit() throws Exception {
        ActivationRun run =
                activation.begin(Operation.SWITCH, machine.build("switch", "hang"), Duration.ofSeconds(2), Map.of());
        ActivationRun ended = activation.await(run, LIMIT);
        assertThat(ended.state()).isEqualTo(ServiceRun.State.FAILED);
        assertThat(ended.how()).isEqualTo("it took longer than its limit and was ended");
        assertThat(activation.output(ended)).contains("this switch hangs");
        assertNothingOfIt();
    }

    @Test
    void a_cancelled_switch_is_remembered_as_one_that_failed() throws Exception {
        ActivationRun run = begin(Operation.SWITCH, machine.build("switch", "hang"));
        NixMachine.await("it hangs", () -> activation.output(run).contains("this switch hangs"));
        activation.cancel();
        ActivationRun ended = activation.last().orElseThrow();
        assertThat(ended.invocation()).isEqualTo(run.invocation());
        assertThat(ended.state()).isEqualTo(ServiceRun.State.FAILED);
        assertThat(ended.how()).contains("signal TERM");
        assertNothingOfIt();
        activation.cancel(); // once more is nothing
    }

    @Test
    void a_switch_that_does_not_end_when_it_is_asked_to_is_killed() throws Exception {
        ActivationRun run = begin(Operation.SWITCH, machine.build("switch", "stubborn"));
        NixMachine.await("it does not end", () -> activation.output(run).contains("this switch does not end"));
        activation.cancel();
        assertThat(activation.last().orElseThrow().state()).isEqualTo(ServiceRun.State.FAILED);
        assertNothingOfIt();
    }

    private void assertNothingOfIt() {
        NixMachine.await(
                "no process of the switch is left",
                () -> ProcessHandle.allProcesses()
                        .noneMatch(p -> p.info().commandLine().orElse("").contains("switch-to-configuration")));
    }

    // ---- one at a time

    @Test
    void a_second_switch_is_refused_while_one_runs() throws Exception {
        StorePath generation = machine.build("switch", "wait");
        ActivationRun first = begin(Operation.SWITCH, generation);
        awaitWaiting(first);
        Trouble trouble = refused(() -> begin(Operation.SWITCH, machine.build("motd", "second")));
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.CONFLICT);
        assertThat(trouble).hasMessageContaining("switch of " + generation);
        assertThat(activation.others()).isEmpty(); // it is our own
        Files.writeString(GO, "go\n");
        assertThat(activation.await(first, LIMIT).hasSucceeded()).isTrue();
    }

    @Test
    void of_two_that_begin_at_once_one_is_refused() throws Exception {
        StorePath generation = machine.build("switch", "hang");
        List<Object> answers = IntStream.range(0, 2)
                .parallel()
                .<Object>mapToObj(i -> {
                    try {
                        return begin(Operation.SWITCH, generation);
                    } catch (Trouble t) {
                        return t;
                    }
                })
                .toList();
        assertThat(answers).filteredOn(a -> a instanceof ActivationRun).hasSize(1);
        assertThat(answers)
                .filteredOn(a -> a instanceof Trouble t && t.sort() == Trouble.Sort.CONFLICT)
                .hasSize(1);
    }

    @Test
    void somebody_elses_switch_is_seen_by_its_unit() throws Exception {
        StorePath generation = machine.build("switch", "wait");
        assertThat(activation.others()).isEmpty();
        Instant before = Instant.now();
        machine.processes.run(
                List.of(
                        "systemd-run",
                        "--collect",
                        "--service-type=exec",
                        "--unit=nixos-rebuild-switch-to-configuration",
                        generation + "/bin/switch-to-configuration",
                        "switch"),
                Map.of(),
                LIMIT);
        NixMachine.await("it waits", () -> Files.exists(GO));
        assertThat(activation.others()).singleElement().satisfies(other -> {
            assertThat(other.who()).contains("nixos-rebuild");
            assertThat(other.since()).isBetween(before.minusMillis(1), Instant.now());
        });
        // it has the lock: ours ends at once
        ActivationRun ours = activate(machine.build("switch", "work"));
        assertThat(ours.how()).isEqualTo("it exited with status 11");
        Files.writeString(GO, "go\n");
        NixMachine.await("it has ended", () -> activation.others().isEmpty());
        assertThat(machine.running.activated()).contains(generation);
    }

    @Test
    void somebody_elses_switch_is_seen_by_the_lock() throws Exception {
        StorePath generation = machine.build("switch", "wait");
        Process manual = new ProcessBuilder(generation + "/bin/switch-to-configuration", "test")
                .inheritIO()
                .start();
        NixMachine.await("it waits", () -> Files.exists(GO));
        assertThat(activation.others()).singleElement().satisfies(other -> {
            assertThat(other.who()).contains("switch-to-configuration test").contains("process " + manual.pid());
            assertThat(other.since()).isAfter(Instant.now().minusSeconds(60));
        });
        Files.writeString(GO, "go\n");
        assertThat(manual.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(activation.others()).isEmpty();
    }

    // ---- who ordered it may go

    /** Stands for a daemon: orders a switch if none is remembered, says so, and waits to be killed. */
    public static final class Orders {
        private Orders() {}

        public static void main(String[] arguments) throws Exception {
            NixMachine machine = new NixMachine(Path.of(arguments[0]));
            if (machine.activation.last().isEmpty()) {
                machine.activation.begin(Operation.SWITCH, StorePath.parse(arguments[1]), LIMIT, Map.of("LAB", "a b"));
            }
            System.out.println("ordered");
            Thread.sleep(Duration.ofHours(1));
        }
    }

    @Test
    void a_switch_outlives_the_kill_of_who_ordered_it_and_is_read_afterwards() throws Exception {
        StorePath generation = machine.build("switch", "wait");
        Process daemon = new ProcessBuilder(orders(generation))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var said = daemon.inputReader()) {
            String line = said.readLine();
            while (line != null && !line.equals("ordered")) {
                line = said.readLine();
            }
            assertThat(line).isEqualTo("ordered");
        }
        daemon.destroyForcibly().waitFor();

        ActivationRun adopted = activation.last().orElseThrow();
        assertThat(adopted.isRunning()).isTrue();
        assertThat(adopted.generation()).isEqualTo(generation);
        assertThat(adopted.operation()).isEqualTo("switch");
        awaitWaiting(adopted);
        Files.writeString(GO, "go\n");
        ActivationRun ended = activation.await(adopted, LIMIT);
        assertThat(ended.hasSucceeded()).isTrue();
        assertThat(activation.output(ended)).contains("going on: go");
        assertThat(CURRENT).isSymbolicLink();
        assertThat(machine.running.activated()).contains(generation);

        // what nobody asks for any more is forgotten
        activation.forget();
        assertThat(activation.last()).isEmpty();
        assertThat(systemd("LoadState", UNIT)).isEqualTo("not-found");
    }

    @Test
    void a_switch_that_restarts_who_ordered_it_goes_on() throws Exception {
        StorePath generation = machine.build("switch", "restart-daemon");
        // instead of an installed daemon, whose unit lies below this one
        Path unit = Path.of("/run/systemd/system/homeostat.service");
        Files.writeString(unit, "[Service]\nType=exec\nExecStart=" + String.join(" ", orders(generation)) + "\n");
        machine.processes.run(List.of("systemctl", "daemon-reload"), Map.of(), LIMIT);
        try {
            machine.processes.run(List.of("systemctl", "start", "homeostat.service"), Map.of(), LIMIT);
            String pid = systemd("MainPID", "homeostat.service");
            assertThat(pid).isNotEqualTo("0");
            NixMachine.await("it was ordered", () -> activation.last().isPresent());
            ActivationRun ended = activation.await(activation.last().orElseThrow(), LIMIT);
            assertThat(ended.hasSucceeded()).isTrue();
            assertThat(machine.running.activated()).contains(generation);
            assertThat(systemd("MainPID", "homeostat.service"))
                    .isNotEqualTo(pid)
                    .isNotEqualTo("0");
        } finally {
            machine.processes.run(List.of("systemctl", "stop", "homeostat.service"), Map.of(), LIMIT);
            Files.delete(unit);
            machine.processes.run(List.of("systemctl", "daemon-reload"), Map.of(), LIMIT);
        }
    }

    private List<String> orders(StorePath generation) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Orders.class.getName(),
                folder.resolve("other").toString(),
                generation.toString());
    }

    // ---- homes

    @Test
    void a_home_is_activated_with_the_rights_of_its_owner() throws Exception {
        Account app = machine.accounts.require("app");
        Path greeting = app.home().resolve(".greeting");
        StorePath first = machine.nix.build(machine.home(), Optional.empty(), Work.within(LIMIT));
        ActivationRun run = activation.await(activation.beginHome(app, first, LIMIT, Map.of()), LIMIT);
        assertThat(run.how()).as(activation.output(run).toString()).isEmpty();
        assertThat(run.operation()).isEqualTo("home");
        assertThat(activation.output(run))
                .contains(
                        "Starting Home Manager activation as app in /home/app",
                        "runtime folder: /run/user/" + app.uid());
        assertThat(greeting).hasContent("hello");
        assertThat(Files.getAttribute(greeting, "unix:uid", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(app.uid());
        assertThat(activation.last()).isEmpty(); // that is the system's

        Profile profile = machine.nix.profile(
                Activation.homeProfiles(app, machine.nix.settings()).getFirst());
        assertThat(profile.look().currentGeneration().map(Generation::target)).contains(first);
        machine.declare(m -> ((ObjectNode) m.get("home")).put("greeting", "good day"));
        StorePath second = machine.nix.build(machine.home(), Optional.empty(), Work.within(LIMIT));
        activation.await(activation.beginHome(app, second, LIMIT, Map.of()), LIMIT);
        assertThat(greeting).hasContent("good day");
        assertThat(profile.look().current()).hasValue(2);

        machine.declare(m -> ((ObjectNode) m.get("home")).put("behaviour", "fail"));
        StorePath bad = machine.nix.build(machine.home(), Optional.empty(), Work.within(LIMIT));
        ActivationRun failed = activation.await(activation.beginHome(app, bad, LIMIT, Map.of()), LIMIT);
        assertThat(failed.how()).isEqualTo("it exited with status 1");
        assertThat(activation.output(failed)).last().asString().contains("would be clobbered");
        assertThat(activation.lastHome(app)).contains(failed);
        activation.forgetHome(app);
        assertThat(activation.lastHome(app)).isEmpty();
    }
}
