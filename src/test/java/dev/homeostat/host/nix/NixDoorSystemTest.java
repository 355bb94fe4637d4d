package dev.homeostat.host.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.resource.Trouble;
import dev.homeostat.system.NixMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The door to Nix on the real one: its store, daemon, profiles, flakes and garbage collector. */
@Tag("system")
@Timeout(120)
class NixDoorSystemTest {
    private static final Work WORK = Work.within(NixMachine.LIMIT);

    @TempDir
    private Path folder;

    private NixMachine machine;
    private Nix nix;

    @BeforeEach
    void begin() throws IOException {
        machine = new NixMachine(folder.resolve("machine"));
        nix = machine.nix;
    }

    @AfterEach
    void end() throws Trouble {
        machine.close();
    }

    private static NixFailure failure(Trouble trouble) {
        return NixFailure.of(trouble).orElseThrow(() -> new AssertionError(trouble));
    }

    private Trouble refused(ThrowingCallable call) {
        Trouble trouble = catchThrowableOfType(Trouble.class, call);
        assertThat(trouble).isNotNull();
        return trouble;
    }

    private static void add(ObjectNode packages, String name, String version, int size) {
        packages.putObject(name).put("version", version).put("size", size);
    }

    // ---- Nix itself

    @Test
    void version_features_and_daemon_are_known() throws Exception {
        NixInfo info = nix.info();
        assertThat(info.version()).matches("\\d+\\.\\d+(\\.\\d+)?");
        assertThat(info.system()).endsWith("-linux");
        assertThat(info.substituters()).isEmpty(); // as our settings say
        assertThat(info.hasFlakes()).isFalse(); // as the machine's own say
        assertThat(nix.isThere()).isTrue();
        assertThat(nix.isDaemonReachable()).isTrue();
        NixSettings elsewhere =
                new NixSettings(folder.resolve("store"), folder, folder, "unix://" + folder + "/none", Map.of());
        Nix other = new Nix(elsewhere, machine.processes, machine.files, machine.inotify);
        assertThat(other.isThere()).isFalse();
        assertThat(other.isDaemonReachable()).isFalse();
    }

    @Test
    void a_daemon_that_is_not_there_is_named() {
        NixSettings settings = new NixSettings(
                Path.of("/nix/store"), Path.of("/nix/var/nix"), folder, "unix://" + folder + "/none", Map.of());
        Nix other = new Nix(settings, machine.processes, machine.files, machine.inotify);
        Trouble trouble = refused(() -> other.build(machine.system(), Optional.empty(), WORK));
        assertThat(failure(trouble).reason()).isEqualTo(NixFailure.Reason.DAEMON);
        assertThat(trouble.remedy()).contains("nix-daemon");
    }

    // ---- files and evaluation

    @Test
    void files_are_parsed_and_the_wrong_place_is_named() throws Exception {
        Path good = Files.writeString(folder.resolve("good.nix"), "{ a = 1; }\n");
        Path bad = Files.writeString(folder.resolve("bad one.nix"), "{\n  a = ;\n}\n");
        Path unbound = Files.writeString(folder.resolve("unbound.nix"), "{ a = b; }\n");
        nix.parse(List.of(good));
        nix.parse(List.of());
        Trouble trouble = refused(() -> nix.parse(List.of(good, bad)));
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.INVALID);
        assertThat(failure(trouble).positions()).containsExactly(new SourcePosition(bad.toString(), 2, 7));
        assertThat(failure(refused(() -> nix.parse(List.of(unbound)))).words()).contains("undefined variable 'b'");
    }

    @Test
    void values_are_evaluated_and_errors_are_placed() throws Exception {
        Installable name =
                Installable.of(machine.flake(), "nixosConfigurations.machine.config.system.build.toplevel.name");
        assertThat(nix.evaluate(name, WORK).asText()).isEqualTo("nixos-system-lab-25.11.1");
        machine.declare(m -> m.put("hostName", ""));
        NixFailure failure = failure(refused(() -> nix.evaluate(name, WORK)));
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.EVALUATION);
        assertThat(failure.words()).isEqualTo("machine.json: hostName is empty");
        assertThat(failure.positions().getFirst().file()).endsWith("/generation.nix");
        assertThat(failure.positions().getFirst().line()).isEqualTo(12);
    }

    // ---- builds

    @Test
    void a_build_tells_its_progress_and_its_result() throws Exception {
        List<NixProgress> told = new CopyOnWriteArrayList<>();
        StorePath built = nix.build(
                machine.system(), Optional.empty(), new Work(NixMachine.LIMIT, told::add, new Cancellation()));
        assertThat(nix.has(built)).isTrue();
        assertThat(machine.running.version(built)).isEqualTo("25.11.1");
        assertThat(machine.running.bootFiles(built).kernel()).endsWith("-linux-6.12.1");
        NixProgress last = told.getLast();
        assertThat(last.builds().left()).isZero();
        assertThat(last.builds().failed()).isZero();
        assertThat(machine.build()).isEqualTo(built); // nothing changed, so nothing is made
        assertThat(machine.build("motd", "second")).isNotEqualTo(built);
    }

    @Test
    void a_failing_build_shows_the_end_of_its_log() throws Exception {
        machine.declare(m -> m.put("build", "fail"));
        Trouble trouble = refused(machine::build);
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.INVALID);
        NixFailure failure = failure(trouble);
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.BUILD);
        assertThat(failure.derivation()).endsWith("-nixos-system-lab-25.11.1.drv");
        assertThat(failure.log()).hasSize(25).endsWith("step 40", "this build was told to fail");
        assertThat(trouble.getMessage()).contains("this build was told to fail");
    }

    @Test
    void a_build_that_is_given_up_leaves_no_process() throws Exception {
        machine.declare(m -> m.put("build", "hang"));
        Cancellation cancellation = new Cancellation();
        Trouble trouble = refused(() -> nix.build(
                machine.system(),
                Optional.empty(),
                new Work(
                        NixMachine.LIMIT,
                        progress -> {
                            if (progress.building().stream()
                                    .anyMatch(b -> b.lastLine().equals("waiting for ever"))) {
                                cancellation.ask();
                            }
                        },
                        cancellation)));
        assertThat(trouble).hasMessageContaining("given up");
        assertNothingBuilds();
    }

    @Test
    void a_build_that_takes_too_long_is_ended() throws Exception {
        machine.declare(m -> m.put("build", "hang"));
        Trouble trouble =
                refused(() -> nix.build(machine.system(), Optional.empty(), Work.within(Duration.ofSeconds(3))));
        assertThat(trouble).hasMessageContaining("took longer than 3000 ms");
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
        assertNothingBuilds();
    }

    /** The daemon kills the builder when it notices that nobody waits any more. */
    private static void assertNothingBuilds() {
        NixMachine.await("no builder is left of " + builders(), () -> builders().isEmpty());
    }

    /** The daemon keeps what it did last until its process for that has ended. */
    private void delete(StorePath path) {
        NixMachine.await(path + " is deleted", () -> {
            try {
                return nix.delete(List.of(path), WORK).paths() == 1 && !nix.has(path);
            } catch (Trouble t) {
                if (failure(t).reason() == NixFailure.Reason.IN_USE) {
                    return false;
                }
                throw t;
            }
        });
    }

    private static List<String> builders() {
        return ProcessHandle.allProcesses()
                .map(p -> p.info().commandLine().orElse(""))
                .filter(line -> line.contains("builder.sh") || line.startsWith("/usr/bin/nix build"))
                .toList();
    }

    // ---- profiles

    @Test
    void a_profile_is_read_from_its_links() throws Exception {
        Profile profile = nix.systemProfile();
        assertThat(profile.look()).isEqualTo(ProfileState.NONE);
        Instant before = Instant.now().minusSeconds(1);
        StorePath first = machine.build();
        StorePath second = machine.build("motd", "second");
        assertThat(profile.set(first).number()).isEqualTo(1);
        assertThat(profile.set(second).number()).isEqualTo(2);
        ProfileState state = profile.look();
        assertThat(state.current()).hasValue(2);
        assertThat(state.generations()).extracting(Generation::target).containsExactly(first, second);
        assertThat(state.generations()).allSatisfy(g -> assertThat(g.made()).isBetween(before, Instant.now()));
        assertThat(machine.processes
                        .run(
                                List.of("nix-env", "-p", profile.path().toString(), "--list-generations"),
                                Map.of(),
                                NixMachine.LIMIT)
                        .output()
                        .lines())
                .hasSize(2);
    }

    @Test
    void setting_what_is_set_makes_no_generation() throws Exception {
        Profile profile = nix.systemProfile();
        StorePath first = machine.build();
        profile.set(first);
        assertThat(profile.set(first).number()).isEqualTo(1);
        assertThat(profile.look().generations()).hasSize(1);
    }

    @Test
    void a_rollback_goes_to_exactly_the_generation_that_is_named() throws Exception {
        Profile profile = nix.systemProfile();
        StorePath first = machine.build();
        profile.set(first);
        profile.set(machine.build("motd", "second"));
        profile.set(machine.build("motd", "third"));
        assertThat(profile.switchTo(1).target()).isEqualTo(first);
        assertThat(profile.switchTo(1).number()).isEqualTo(1); // once more is nothing
        assertThat(profile.look().generations()).extracting(Generation::number).containsExactly(1, 2, 3);
        assertThat(profile.set(machine.build("motd", "fourth")).number()).isEqualTo(4);
    }

    @Test
    void a_generation_that_was_deleted_is_told_of() throws Exception {
        Profile profile = nix.systemProfile();
        profile.set(machine.build());
        profile.set(machine.build("motd", "second"));
        profile.set(machine.build("motd", "third"));
        assertThat(profile.delete(List.of(1, 7))).containsExactly(1);
        Trouble deleted = refused(() -> profile.switchTo(1));
        assertThat(deleted.sort()).isEqualTo(Trouble.Sort.INVALID);
        assertThat(deleted).hasMessageContaining("generation 1").hasMessageContaining("there is 2, 3");
        assertThatThrownBy(() -> profile.delete(List.of(2, 3)))
                .hasMessageContaining("generation 3")
                .hasMessageContaining("current");
        assertThat(profile.look().generations()).extracting(Generation::number).containsExactly(2, 3);
    }

    @Test
    void what_is_not_in_the_store_cannot_be_set() {
        StorePath gone = StorePath.parse("/nix/store/00000000000000000000000000000000-gone");
        assertThat(refused(() -> nix.systemProfile().set(gone)).getMessage()).contains("is not in the store");
    }

    @Test
    void a_link_that_is_no_profile_is_refused() throws Exception {
        Profile profile = nix.systemProfile();
        Files.createDirectories(profile.path().getParent());
        Files.createSymbolicLink(profile.path(), Path.of("/etc"));
        assertThat(refused(profile::look)).hasMessageContaining("is not a profile");
    }

    @Test
    void a_change_by_somebody_else_is_noticed() throws Exception {
        Profile profile = nix.systemProfile();
        StorePath first = machine.build();
        Semaphore news = new Semaphore(0);
        try (AutoCloseable watching = profile.watch(news::release)) {
            news.drainPermits();
            machine.processes.run(
                    List.of("nix-env", "-p", profile.path().toString(), "--set", first.toString()),
                    Map.of(),
                    NixMachine.LIMIT);
            assertThat(news.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(profile.look().currentGeneration().map(Generation::target)).contains(first);
    }

    @Test
    void a_profile_that_is_not_what_is_activated_can_be_told() throws Exception {
        StorePath first = machine.build();
        nix.systemProfile().set(first);
        Path link = Path.of("/run/current-system");
        Files.createSymbolicLink(link, machine.build("motd", "second").path());
        assertThat(machine.running.activated()).isPresent().isNotEqualTo(Optional.of(first));
        assertThat(machine.running.booted()).isEmpty();
    }

    // ---- roots and garbage

    @Test
    void a_collection_keeps_our_roots_and_takes_the_rest() throws Exception {
        StorePath kept = machine.build();
        nix.roots().keep("rollback", kept);
        StorePath taken = machine.build("motd", "second");
        StorePath built = nix.build(machine.home(), Optional.of("home"), WORK);
        assertThat(nix.roots().list()).isEqualTo(Map.of("rollback", kept, "home", built));

        // what the daemon did last is kept a moment longer, until its process for that has ended
        assertThat(nix.collectGarbage(WORK).paths()).isPositive();
        NixMachine.await("the rest is taken", () -> {
            nix.collectGarbage(WORK);
            return !nix.has(taken);
        });
        assertThat(nix.has(kept)).isTrue();
        assertThat(nix.has(built)).isTrue();
        assertThat(nix.closure(List.of(kept)).items()).hasSize(5); // itself, two packages, kernel, initrd

        assertThat(nix.delete(List.of(), WORK).paths()).isZero();
        Trouble needed = refused(() -> nix.delete(List.of(kept), WORK));
        assertThat(failure(needed).reason()).isEqualTo(NixFailure.Reason.IN_USE);
        assertThat(needed.sort()).isEqualTo(Trouble.Sort.CONFLICT);

        nix.roots().release("rollback");
        nix.roots().release("rollback"); // once more is nothing
        delete(kept);
        assertThat(nix.roots().list()).containsOnlyKeys("home");
    }

    @Test
    void what_is_gone_cannot_be_kept() throws Exception {
        StorePath gone = StorePath.parse("/nix/store/00000000000000000000000000000000-gone");
        assertThat(refused(() -> nix.roots().keep("x", gone))).hasMessageContaining("not in the store");
        assertThat(nix.roots().list()).isEmpty();
        assertThatThrownBy(() -> nix.roots().keep("../x", gone)).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- closures

    @Test
    void the_difference_of_two_generations_is_exactly_what_was_declared() throws Exception {
        StorePath before = machine.build();
        StorePath after = machine.build(m -> {
            ObjectNode packages = m.putObject("packages");
            add(packages, "hello", "2.13", 5000);
            add(packages, "zip", "3.0", 3000);
            m.put("version", "25.11.2");
        });
        ClosureDifference difference = nix.difference(before, after);
        assertThat(difference.packages())
                .extracting(p -> p.name() + " " + p.change() + " " + p.before() + " " + p.after())
                .containsExactly(
                        "hello CHANGED [2.12] [2.13]",
                        "nixos-system-lab CHANGED [25.11.1] [25.11.2]",
                        "tree REMOVED [1.8] []",
                        "zip ADDED [] [3.0]");
        // a NAR of one file: its content, padded to 8 bytes, and 112 bytes of frame
        assertThat(difference.packages().getFirst().sizeBeforeBytes()).isEqualTo(1000 + 112);
        assertThat(difference.packages().getFirst().sizeAfterBytes()).isEqualTo(5000 + 112);
        assertThat(nix.difference(before, before).packages()).isEmpty();
    }

    @Test
    void what_a_path_needs_that_is_not_there_is_told() {
        StorePath gone = StorePath.parse("/nix/store/00000000000000000000000000000000-gone");
        assertThat(failure(refused(() -> nix.closure(List.of(gone)))).reason()).isEqualTo(NixFailure.Reason.MISSING);
    }

    // ---- caches

    @Test
    void a_path_is_fetched_from_a_cache_that_is_trusted() throws Exception {
        StorePath hello = nix.build(Installable.of(machine.flake(), "hello"), Optional.empty(), WORK);
        Path cache = folder.resolve("cache");
        Path key = folder.resolve("key");
        String secret = machine.processes
                .run(
                        List.of("nix", "key", "generate-secret", "--key-name", "lab-1"),
                        nix.settings().environment(),
                        NixMachine.LIMIT)
                .output();
        Files.writeString(key, secret);
        var copied = machine.processes.run(
                List.of("nix", "copy", "--to", "file://" + cache + "?secret-key=" + key, hello.toString()),
                nix.settings().environment(),
                NixMachine.LIMIT);
        assertThat(copied.exitCode()).as(copied.errors()).isZero();
        NixMachine.await("nothing refers to it, and it is taken", () -> {
            nix.collectGarbage(WORK);
            return !nix.has(hello);
        });
        assertThat(failure(refused(() -> nix.realise(hello, Optional.empty(), WORK)))
                        .reason())
                .isEqualTo(NixFailure.Reason.MISSING);

        Nix untrusting = with(Map.of("substitute", "true", "substituters", "file://" + cache));
        NixFailure unsigned = failure(refused(() -> untrusting.realise(hello, Optional.empty(), WORK)));
        assertThat(unsigned.reason()).isEqualTo(NixFailure.Reason.MISSING);
        assertThat(unsigned.words()).contains("not signed by any of the keys");

        ProcessBuilder convert =
                new ProcessBuilder("nix", "key", "convert-secret-to-public").redirectInput(key.toFile());
        convert.environment().putAll(nix.settings().environment());
        String trusted = new String(convert.start().getInputStream().readAllBytes()).strip();
        Nix trusting =
                with(Map.of("substitute", "true", "substituters", "file://" + cache, "trusted-public-keys", trusted));
        List<NixProgress> told = new ArrayList<>();
        trusting.realise(hello, Optional.of("hello"), new Work(NixMachine.LIMIT, told::add, new Cancellation()));
        assertThat(nix.has(hello)).isTrue();
        assertThat(nix.roots().list()).containsEntry("hello", hello);
        assertThat(told.getLast().fetches().done()).isEqualTo(1);
    }

    private Nix with(Map<String, String> options) {
        Map<String, String> all = new HashMap<>(nix.settings().options());
        all.putAll(options);
        NixSettings s = nix.settings();
        return new Nix(
                new NixSettings(s.store(), s.state(), s.home(), s.remote(), all),
                machine.processes,
                machine.files,
                machine.inotify);
    }

    // ---- flakes

    @Test
    void inputs_are_locked_kept_and_updated() throws Exception {
        Path input = Files.createDirectories(folder.resolve("input"));
        Files.writeString(input.resolve("x"), "1");
        Path flake = Files.createDirectories(folder.resolve("flake"));
        Files.writeString(
                flake.resolve("flake.nix"),
                "{ inputs.data = { url = \"path:" + input + "\"; flake = false; };"
                        + " outputs = { self, data }: { x = builtins.readFile \"${data}/x\"; }; }\n");
        String ref = "path:" + flake;
        Installable x = Installable.of(ref, "x");
        assertThat(failure(refused(() -> nix.evaluate(x, WORK))).words()).contains("lock file");

        FlakeMetadata locked = nix.lock(ref, WORK);
        assertThat(locked.inputs()).containsOnlyKeys("data");
        assertThat(locked.inputs().get("data").type()).isEqualTo("path");
        assertThat(nix.evaluate(x, WORK).asText()).isEqualTo("1");

        Files.writeString(input.resolve("x"), "2");
        assertThat(nix.lock(ref, WORK).inputs()).isEqualTo(locked.inputs());
        FlakeMetadata updated = nix.updateInputs(ref, List.of("data"), WORK);
        assertThat(updated.inputs().get("data").narHash())
                .isNotEqualTo(locked.inputs().get("data").narHash());
        assertThat(nix.evaluate(x, WORK).asText()).isEqualTo("2");
        assertThat(refused(() -> nix.updateInputs(ref, List.of("nothing"), WORK)))
                .hasMessageContaining("no input \"nothing\"");
        assertThat(nix.updateInputs(ref, List.of(), WORK).inputs()).isEqualTo(updated.inputs());
    }
}
