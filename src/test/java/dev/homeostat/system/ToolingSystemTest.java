package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.ToolLab.app;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tools of every sort by the installed daemon, with the real programs: flatpak, npm, git and Nix. Only the editor is a
 * stand-in.
 */
@Tag("system")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ToolingSystemTest {
    private static final Path HOME = Path.of("/home/app");
    private static final Path NPM = HOME.resolve(".local/share/homeostat/npm/bin/lab-tool");
    private static final Path CLONE = HOME.resolve("src/lab");
    private static final Path EXTENSION = HOME.resolve(".vscode-oss/extensions/lab.words@1.2.3");
    private static final Path SHELLS = HOME.resolve(".local/state/homeostat-shells/lab");
    /** A poll of a remote, and what follows. */
    private static final Duration POLL = Duration.ofSeconds(60);

    private static final String POLICY = """
            version: 1
            policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
            """;
    private static final String REMOTE =
            "flatpakRemotes: {lab: {url: \"file:///srv/tools/flatpaks\", unsigned: true}}\n";

    @BeforeAll
    static void openTheLab() throws Exception {
        LabSystem.set();
        ToolLab.make();
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        Machine.stop();
        ToolLab.clear();
        LabSystem.clear();
    }

    /** What a daemon that knows nothing of it finds next time is somebody's by hand. */
    @AfterEach
    void declareNothing() throws Exception {
        declare(POLICY);
        await("all of it is gone", () -> homeostat("status").output().contains("no resources"));
        does("rm", "-rf", CLONE.getParent().toString());
    }

    private static void machine(String rest) throws IOException {
        Machine.startAnew(POLICY + rest);
    }

    private static void forApp(String sections) throws IOException {
        machine("users:\n  app:\n" + sections.indent(4));
    }

    private static String flatpaks(String... who) {
        return who.length == 0
                ? does("flatpak", "list", "--system", "--app", "--columns=application")
                : app("flatpak", "list", "--user", "--app", "--columns=application");
    }

    @Test
    void what_is_declared_in_every_section_is_there_and_belongs_to_its_owner() throws Exception {
        forApp(REMOTE + """
                flatpaks: {org.lab.Draw: {remote: lab}, org.lab.Write: {remote: lab, branch: stable}}
                npmTools: {lab-tool: {version: 1.0.0, from: /srv/tools/archives/lab-tool-1.0.0.tgz}}
                editorExtensions: {lab.words: {}}
                keptShells: {lab: {flake: ~/flake}}
                repositories: {~/src/lab: {url: /home/app/remote.git}}
                commands: {mark: {run: [sh, -c, 'id -un >made-by; pwd >>made-by; echo "$HOME" >>made-by'], creates: ~/made-by, undo: [rm, made-by]}}
                """);
        awaitRight();
        assertThat(flatpaks("app").lines()).containsExactlyInAnyOrder("org.lab.Draw", "org.lab.Write");
        assertThat(flatpaks()).isEmpty();
        assertThat(app(NPM.toString())).isEqualTo("1.0.0");
        assertThat(Files.getOwner(NPM).getName()).isEqualTo("app");
        assertThat(HOME.resolve("script-ran")).doesNotExist();
        assertThat(EXTENSION).exists();
        assertThat(content(HOME.resolve("made-by"))).isEqualTo("app\n/home/app\n/home/app\n");
        assertThat(ToolLab.head(CLONE)).isEqualTo(ToolLab.head(ToolLab.WORKBENCH));
        assertThat(Files.getOwner(CLONE.resolve("text")).getName()).isEqualTo("app");
        assertThat(homeostat("plan").exit()).isZero();

        // undone when nobody declares it: what we made goes, clones stay
        declare(POLICY);
        await("it is gone", () -> flatpaks("app").isEmpty() && !Files.exists(NPM) && !Files.exists(EXTENSION));
        awaitRight();
        assertThat(HOME.resolve("made-by")).doesNotExist();
        assertThat(SHELLS).doesNotExist();
        assertThat(app("flatpak", "remotes", "--user", "--columns=name")).contains("lab"); // the runtime came from it
        assertThat(CLONE.resolve("text")).exists();
    }

    @Test
    void what_the_owner_installed_by_hand_stays_and_what_is_taken_away_comes_back() throws Exception {
        does(
                "flatpak",
                "remote-add",
                "--system",
                "--if-not-exists",
                "--no-gpg-verify",
                "lab",
                "file:///srv/tools/flatpaks");
        does("flatpak", "install", "--system", "--noninteractive", "--assumeyes", "lab", "org.lab.ByHand");
        machine(REMOTE + "flatpaks: {org.lab.Draw: {remote: lab}, org.lab.ByHand: {remote: lab}}\n");
        awaitRight();
        assertThat(flatpaks().lines()).containsExactlyInAnyOrder("org.lab.Draw", "org.lab.ByHand");
        Path data = Path.of("/root/.var/app/org.lab.Draw/data/drawing");
        Files.createDirectories(data.getParent());
        Files.writeString(data, "mine");

        long start = System.nanoTime();
        does("flatpak", "uninstall", "--system", "--noninteractive", "--assumeyes", "org.lab.Draw");
        await("it is back", () -> flatpaks().contains("org.lab.Draw"));
        Machine.seen("an uninstalled flatpak is back", start);

        awaitRight();
        declare(POLICY + REMOTE);
        await("ours is gone", () -> !flatpaks().contains("org.lab.Draw"));
        awaitRight();
        assertThat(flatpaks()).isEqualTo("org.lab.ByHand");
        assertThat(content(data)).isEqualTo("mine");
        does("flatpak", "uninstall", "--system", "--noninteractive", "--assumeyes", "--all");
        does("flatpak", "remote-delete", "--system", "lab");
    }

    @Test
    void another_version_of_an_npm_tool_takes_the_place_of_the_one_before() throws Exception {
        forApp("npmTools: {lab-tool: {version: 1.0.0, from: /srv/tools/archives/lab-tool-1.0.0.tgz}}\n");
        awaitRight();
        declare(
                POLICY
                        + "users: {app: {npmTools: {lab-tool: {version: 2.0.0, from: /srv/tools/archives/lab-tool-2.0.0.tgz}}}}\n");
        await("the other version is there", () -> asApp(NPM.toString()).line().equals("2.0.0"));
        Files.delete(NPM);
        await("its command is back", () -> asApp(NPM.toString()).line().equals("2.0.0"));
    }

    @Test
    void tools_of_the_system_are_everybodys() throws Exception {
        machine("npmTools: {lab-tool: {from: /srv/tools/archives/lab-tool-2.0.0.tgz}}\n");
        awaitRight();
        assertThat(app("/usr/local/lib/homeostat/npm/bin/lab-tool")).isEqualTo("2.0.0");
    }

    @Test
    void what_a_killed_daemon_left_under_way_is_ended_and_done_anew() throws Exception {
        Path log = Path.of("/home/app/log");
        Path go = Path.of("/home/app/go");
        Files.deleteIfExists(log);
        try {
            forApp("""
                    commands:
                      long:
                        run: [sh, -c, 'trap "echo ended >>log; exit 1" TERM; echo begun >>log; until [ -e go ]; do sleep 0.1; done; touch made']
                        creates: ~/made
                        undo: [rm, made]
                    """);
            await("it has begun", () -> content(log).equals("begun\n"));
            does("systemctl", "kill", "--signal=KILL", "homeostat.service");
            await("it is done anew", () -> content(log).equals("begun\nended\nbegun\n"));
            Files.createFile(go);
            awaitRight();
            assertThat(content(log)).isEqualTo("begun\nended\nbegun\n");
        } finally {
            Files.deleteIfExists(log);
            Files.deleteIfExists(go);
        }
    }

    @Test
    void a_clone_follows_its_branch_and_local_work_is_left_and_told() throws Exception {
        forApp("repositories: {~/src/lab: {url: /home/app/remote.git, every: 10s}}\n");
        awaitRight();
        String moved = ToolLab.push("moved");
        await("the clone follows", POLL, () -> ToolLab.head(CLONE).equals(moved));

        app("sh", "-c", "echo mine >" + CLONE.resolve("text"));
        String further = ToolLab.push("further");
        await("it is told", POLL, () -> {
            String told = homeostat("status", "-v").output();
            return told.contains("1 changed file") && told.contains("has moved to " + further.substring(0, 12));
        });
        assertThat(content(CLONE.resolve("text"))).isEqualTo("mine\n");
        assertThat(ToolLab.head(CLONE)).isEqualTo(moved);

        // commits of one's own
        app("git", "-C", CLONE.toString(), "add", "text");
        ToolLab.commit(CLONE, "mine");
        String mine = ToolLab.head(CLONE);
        await(
                "it is told",
                POLL,
                () -> homeostat("status", "-v").output().contains("commits that are not at the remote"));
        assertThat(ToolLab.head(CLONE)).isEqualTo(mine);

        // another branch
        app("git", "-C", CLONE.toString(), "switch", "--quiet", "-c", "idea");
        await("it is told", POLL, () -> homeostat("status", "-v").output().contains("branch idea is checked out"));

        // taken back by its owner
        app("git", "-C", CLONE.toString(), "switch", "--quiet", "main");
        app("git", "-C", CLONE.toString(), "reset", "--quiet", "--hard", "origin/main");
        await("it follows again", POLL, () -> ToolLab.head(CLONE).equals(further));
    }

    @Test
    void a_shell_is_built_anew_when_its_flake_changes_and_held_against_the_collector() throws Exception {
        forApp("keptShells: {lab: {flake: ~/flake}}\n");
        awaitRight();
        String first = app("sh", "-c", "readlink -f " + SHELLS + "/*[0-9a-f]");
        ToolLab.flake("two");
        await(
                "another one is built",
                () -> !app("sh", "-c", "readlink -f " + SHELLS + "/*[0-9a-f]").equals(first));
        awaitRight();
        String second = app("sh", "-c", "readlink -f " + SHELLS + "/*[0-9a-f] | sort -u");
        assertThat(second.lines()).hasSize(1);
        does("nix-store", "--gc");
        assertThat(Path.of(second)).exists();
        assertThat(Path.of(first)).doesNotExist();
    }

    @Test
    void what_is_missing_or_fails_or_hangs_spoils_nothing_else() throws Exception {
        Path flatpak = Path.of("/usr/bin/flatpak");
        Path away = Path.of("/usr/bin/flatpak.away");
        Files.move(flatpak, away);
        try {
            machine("""
                    flatpaks: {org.lab.Draw: {remote: lab}}
                    commands:
                      fails: {run: [sh, -c, "echo the disk is on fire >&2; exit 3"], creates: /nowhere}
                      hangs: {run: [sh, -c, "sleep 4711 & sleep 4711"], creates: /nowhere, limit: 1s}
                      works: {run: [touch, /run/works], creates: /run/works}
                    """);
            await("what works is done", () -> Files.exists(Path.of("/run/works")));
            await("the others are told", () -> {
                String told = homeostat("status", "-v").output();
                return told.contains("flatpak is not installed")
                        && told.contains("failed with status 3: the disk is on fire")
                        && told.contains("took longer than 1s and was ended");
            });
            declare(POLICY + "flatpaks: {org.lab.Draw: {remote: lab}}\n");
            await(
                    "nothing of it is left",
                    () -> run("pgrep", "-f", "sleep 4711").exit() != 0);
        } finally {
            Files.move(away, flatpak);
            Files.deleteIfExists(Path.of("/run/works"));
        }
    }
}
