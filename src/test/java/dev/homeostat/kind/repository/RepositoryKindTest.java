package dev.homeostat.kind.repository;

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

/** Clones of real repositories, by a user's daemon. */
@Timeout(120)
class RepositoryKindTest {
    private static final Duration EVERY = Duration.ofHours(1);

    private static final Inotify WATCH = new Inotify();

    @TempDir
    private Path folder;

    private Path remote;
    private Path workbench;
    private Path path;
    private RepositoryKind kind;
    private String first;

    @BeforeEach
    void begin() throws Exception {
        remote = folder.resolve("remote.git");
        workbench = folder.resolve("workbench");
        path = folder.resolve("a/b/clone");
        git(folder, "init", "-q", "--bare", "-b", "main", remote.toString());
        git(folder, "clone", "-q", remote.toString(), workbench.toString());
        first = push("text", "first");
        git(workbench, "tag", "v1");
        git(workbench, "push", "-q", "origin", "v1");
        Locations user = Locations.user(Map.of("HOME", folder.toString()));
        NameService accounts = new NameService();
        ChildProcesses processes = new ChildProcesses();
        kind = new RepositoryKind(
                new Programs(user, accounts, processes, new Systemd(user, accounts, processes)),
                new PosixFiles(),
                WATCH);
    }

    private static String git(Path at, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("git", "-C", at.toString(), "-c", "user.name=lab", "-c", "user.email=lab@lab"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
        return output.strip();
    }

    private String push(String file, String text) throws Exception {
        Files.writeString(workbench.resolve(file), text);
        git(workbench, "add", file);
        git(workbench, "commit", "-qm", text);
        git(workbench, "push", "-q", "origin", "HEAD:main");
        return git(workbench, "rev-parse", "HEAD");
    }

    private Desired<RepositorySpec> at(Ref.Sort sort, String name) {
        return new Desired<>(
                ResourceId.of(RepositoryKind.NAME, path.toString()),
                new RepositorySpec(path, remote.toString(), new Ref(sort, name), EVERY),
                Set.of(),
                Place.NOWHERE);
    }

    private Assessment look(Desired<RepositorySpec> desired) {
        Sighting<RepositorySeen> sighting = kind.observe(List.of(desired)).get(desired.id());
        assertThat(sighting).isInstanceOf(Sighting.Seen.class);
        return kind.assess(desired, ((Sighting.Seen<RepositorySeen>) sighting).observation());
    }

    private List<String> converge(Desired<RepositorySpec> desired) throws Exception {
        Assessment assessment = look(desired);
        for (Action action : assessment.actions()) {
            kind.perform(desired, action);
        }
        assertThat(look(desired).inSync()).as("%s", look(desired)).isTrue();
        return assessment.actions().stream().map(Action::verb).toList();
    }

    private String head() throws Exception {
        return git(path, "rev-parse", "HEAD");
    }

    @Test
    void what_is_absent_is_cloned_with_the_folders_on_the_way() throws Exception {
        assertThat(converge(at(Ref.Sort.BRANCH, "main"))).containsExactly("clone");
        assertThat(head()).isEqualTo(first);
        assertThat(git(path, "branch", "--show-current")).isEqualTo("main");
    }

    @Test
    void what_a_killed_clone_left_is_no_clone() throws Exception {
        Path part = path.resolveSibling(".clone.homeostat-clone");
        Files.createDirectories(part.resolve(".git"));
        assertThat(converge(at(Ref.Sort.BRANCH, "main"))).containsExactly("clone");
        assertThat(part).doesNotExist();
    }

    @Test
    void a_clean_clone_goes_from_tag_to_commit_to_branch_and_back() throws Exception {
        String second = push("text", "second");
        converge(at(Ref.Sort.TAG, "v1"));
        assertThat(head()).isEqualTo(first);
        assertThat(converge(at(Ref.Sort.COMMIT, second))).containsExactly("update");
        assertThat(head()).isEqualTo(second);
        String third = push("text", "third");
        assertThat(converge(at(Ref.Sort.BRANCH, "main"))).containsExactly("update");
        assertThat(head()).isEqualTo(third);
        assertThat(look(at(Ref.Sort.TAG, "v1")).note()).contains("branch main is checked out");
        git(path, "checkout", "-q", "--detach");
        converge(at(Ref.Sort.TAG, "v1"));
        assertThat(head()).isEqualTo(first);
    }

    @Test
    void a_commit_is_cloned_at_once() throws Exception {
        push("text", "second");
        assertThat(converge(at(Ref.Sort.COMMIT, first))).containsExactly("clone");
        assertThat(head()).isEqualTo(first);
    }

    @Test
    void local_work_of_every_sort_is_told_and_left() throws Exception {
        Desired<RepositorySpec> main = at(Ref.Sort.BRANCH, "main");
        converge(main);
        Files.writeString(path.resolve("text"), "mine");
        assertThat(look(main).note()).contains("1 changed file");
        git(path, "stash", "-q");
        assertThat(look(main).note()).isEmpty();
        git(path, "commit", "-q", "--allow-empty", "-m", "mine");
        assertThat(look(main).note()).contains("commits that are not at the remote");
        git(path, "reset", "-q", "--hard", "origin/main");
        git(path, "switch", "-q", "-c", "idea");
        assertThat(look(main).note()).contains("branch idea is checked out");
        git(path, "switch", "-q", "main");
        Files.writeString(path.resolve(".git/BISECT_LOG"), "");
        assertThat(look(main).note()).contains("a bisection is under way");
    }

    @Test
    void work_that_begins_between_look_and_action_is_left() throws Exception {
        Desired<RepositorySpec> main = at(Ref.Sort.BRANCH, "main");
        converge(main);
        push("text", "second");
        git(path, "fetch", "-q");
        Action update = look(main).actions().getFirst();
        Files.writeString(path.resolve("text"), "mine");
        kind.perform(main, update);
        assertThat(path.resolve("text")).hasContent("mine");
        assertThat(head()).isEqualTo(first);
    }

    @Test
    void an_untracked_or_ignored_file_in_the_way_is_not_overwritten() throws Exception {
        Desired<RepositorySpec> main = at(Ref.Sort.BRANCH, "main");
        converge(main);
        Files.writeString(path.resolve(".git/info/exclude"), "secret\n");
        Files.writeString(path.resolve("secret"), "mine");
        push("secret", "theirs");
        git(path, "fetch", "-q");
        Action update = look(main).actions().getFirst();
        assertThat(catchThrowable(() -> kind.perform(main, update))).hasMessageContaining("would be overwritten");
        assertThat(path.resolve("secret")).hasContent("mine");
    }

    @Test
    void what_is_somebody_elses_is_a_conflict() throws Exception {
        Files.createDirectories(path);
        Files.writeString(path.resolve("notes"), "mine");
        Desired<RepositorySpec> main = at(Ref.Sort.BRANCH, "main");
        assertThat(kind.observe(List.of(main)).get(main.id()).toString()).contains("is no git repository");
        Files.delete(path.resolve("notes"));
        git(folder, "init", "-q", path.toString());
        git(path, "remote", "add", "origin", "/srv/other");
        assertThat(kind.observe(List.of(main)).get(main.id()).toString()).contains("is a clone of /srv/other");
    }

    @Test
    void hooks_are_not_run() throws Exception {
        Desired<RepositorySpec> main = at(Ref.Sort.BRANCH, "main");
        converge(main);
        Path hook = path.resolve(".git/hooks/post-merge");
        Files.createDirectories(hook.getParent());
        Files.writeString(hook, "#!/bin/sh\ntouch " + folder + "/ran\n");
        assertThat(hook.toFile().setExecutable(true)).isTrue();
        push("text", "second");
        git(path, "fetch", "-q");
        converge(main);
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void nothing_is_removed_when_it_is_no_longer_declared() {
        assertThat(kind.whenUndeclared(at(Ref.Sort.BRANCH, "main"), RepositorySeen.NONE, true))
                .isEmpty();
    }

    @Test
    void progress_is_gits_own() {
        assertThat(Clone.advance("Receiving objects:  45% (450/1000), 1.20 MiB | 2.00 MiB/s")
                        .toString())
                .isEqualTo("450 of 1000 receiving objects");
        assertThat(Clone.advance("remote: Counting objects: 100% (7/7), done.").toString())
                .isEqualTo("7 of 7 counting objects");
        assertThat(Clone.advance("Cloning into 'x'...").toString()).isEqualTo("Cloning into 'x'...");
    }
}
