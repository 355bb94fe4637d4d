package dev.homeostat.kind.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.program.Programs;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real commands, by a user's daemon. */
@Timeout(60)
class CommandKindTest {
    private static final Inotify WATCH = new Inotify();

    @TempDir
    private Path folder;

    private CommandKind kind;

    @BeforeEach
    void begin() {
        Locations user = Locations.user(Map.of("HOME", folder.toString()));
        NameService accounts = new NameService();
        ChildProcesses processes = new ChildProcesses();
        kind = new CommandKind(
                new Programs(user, accounts, processes, new Systemd(user, accounts, processes)),
                new PosixFiles(),
                WATCH);
    }

    private Desired<CommandSpec> command(String creates, List<String> unless, Duration limit, String... run) {
        return new Desired<>(
                ResourceId.of(CommandKind.NAME, "lab"),
                new CommandSpec(
                        List.of(run),
                        creates,
                        unless,
                        List.of("rm", "made"),
                        Map.of("WORD", "a b"),
                        folder.toString(),
                        limit,
                        false),
                Set.of(),
                Place.NOWHERE);
    }

    private Assessment look(Desired<CommandSpec> desired) {
        Sighting<CommandSeen> sighting = kind.observe(List.of(desired)).get(desired.id());
        assertThat(sighting).isInstanceOf(Sighting.Seen.class);
        return kind.assess(desired, ((Sighting.Seen<CommandSeen>) sighting).observation());
    }

    private void converge(Desired<CommandSpec> desired) throws Exception {
        for (Action action : look(desired).actions()) {
            kind.perform(desired, action);
        }
        assertThat(look(desired).inSync()).isTrue();
    }

    @Test
    void it_is_run_until_what_it_creates_is_there_and_again_when_that_is_gone() throws Exception {
        Path made = folder.resolve("made");
        Desired<CommandSpec> make =
                command(made.toString(), null, Duration.ofSeconds(10), "sh", "-c", "printf %s \"$WORD\" >made");
        converge(make);
        assertThat(made).hasContent("a b");
        assertThat(look(make).inSync()).isTrue();
        Files.delete(made);
        converge(make);
        assertThat(made).exists();
    }

    @Test
    void its_guard_may_be_a_command() throws Exception {
        Desired<CommandSpec> make = command(
                null, List.of("grep", "-q", "done", "made"), Duration.ofSeconds(10), "sh", "-c", "echo done >>made");
        assertThat(look(make).differences().getFirst().observed())
                .isEqualTo("grep -q done made says no, with status 2");
        converge(make);
        assertThat(folder.resolve("made")).hasContent("done");
    }

    @Test
    void it_is_undone_only_if_we_ran_it() throws Exception {
        Desired<CommandSpec> make =
                command(folder.resolve("made").toString(), null, Duration.ofSeconds(10), "touch", "made");
        assertThat(kind.whenUndeclared(make, new CommandSeen(true, ""), false)).isEmpty();
        CommandSpec retired =
                kind.whenUndeclared(make, new CommandSeen(false, ""), false).orElseThrow();
        converge(make);
        converge(new Desired<>(make.id(), retired, Set.of(), Place.NOWHERE, true));
        assertThat(folder.resolve("made")).doesNotExist();
    }

    @Test
    void what_it_says_is_progress_and_its_last_words_the_reason_of_a_failure() {
        Desired<CommandSpec> fails = command(
                "/nowhere", null, Duration.ofSeconds(10), "sh", "-c", "printf 'one\\rtwo\\n'; echo no >&2; exit 4");
        List<String> told = new ArrayList<>();
        Action run = look(fails).actions().getFirst();
        Throwable trouble = catchThrowable(() -> kind.perform(fails, run, (Advance a) -> {
            synchronized (told) {
                told.add(a.doing());
            }
        }));
        assertThat(trouble).hasMessageContaining("failed with status 4:").hasMessageContaining("no");
        assertThat(told).contains("one", "two", "no");
    }

    @Test
    void what_takes_too_long_is_ended_with_all_that_it_started() throws Exception {
        String sign = "37" + ProcessHandle.current().pid();
        Desired<CommandSpec> hangs = command(
                "/nowhere", null, Duration.ofSeconds(1), "sh", "-c", "sleep " + sign + " & sleep " + sign + "; wait");
        Action run = look(hangs).actions().getFirst();
        assertThat(catchThrowable(() -> kind.perform(hangs, run))).hasMessageContaining("took longer than");
        for (ProcessHandle killed : running(sign)) {
            killed.onExit().get(10, TimeUnit.SECONDS); // the kernel ends it a moment later
        }
        assertThat(running(sign)).isEmpty();
    }

    private static List<ProcessHandle> running(String argument) {
        return ProcessHandle.allProcesses()
                .filter(p ->
                        p.info().commandLine().filter(c -> c.contains(argument)).isPresent())
                .toList();
    }

    @Test
    void a_folder_that_is_missing_is_told() throws Exception {
        Path made = folder.resolve("made");
        Desired<CommandSpec> make = command(made.toString(), null, Duration.ofSeconds(10), "touch", "made");
        Action run = look(make).actions().getFirst();
        Files.delete(folder);
        assertThat(catchThrowable(() -> kind.perform(make, run))).hasMessageContaining("is not there");
    }

    @Test
    void a_guard_that_is_not_installed_is_told_with_what_to_do() {
        Desired<CommandSpec> unknown = command(null, List.of("no-such-program"), Duration.ofSeconds(1), "true");
        assertThat(kind.observe(List.of(unknown)).get(unknown.id()).toString())
                .contains("no-such-program")
                .contains("install it, or correct unless");
    }
}
