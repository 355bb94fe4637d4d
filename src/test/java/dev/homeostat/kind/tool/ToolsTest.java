package dev.homeostat.kind.tool;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Spec;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What tools are compared with, and what is done about it. */
class ToolsTest {
    private static final Locations LOCATIONS = Locations.system(Map.of());
    private static final NameService ACCOUNTS = new NameService();
    private static final ChildProcesses PROCESSES = new ChildProcesses();
    private static final Programs PROGRAMS =
            new Programs(LOCATIONS, ACCOUNTS, PROCESSES, new Systemd(LOCATIONS, ACCOUNTS, PROCESSES));
    private static final Inotify WATCH = new Inotify();
    private static final FlatpakKind FLATPAKS =
            new FlatpakKind(PROGRAMS, LOCATIONS, new PosixFiles(), WATCH, InstantSource.system());
    private static final FlatpakRemoteKind REMOTES = new FlatpakRemoteKind(PROGRAMS, LOCATIONS, WATCH);
    private static final NpmKind NPM =
            new NpmKind(PROGRAMS, LOCATIONS, new PosixFiles(), WATCH, InstantSource.system());

    private static <S extends Spec> Desired<S> desired(String id, S spec) {
        return new Desired<>(ResourceId.parse(id), spec, Set.of(), Place.NOWHERE);
    }

    private static ToolSeen seen(String... versionsAndOrigins) {
        return new ToolSeen(Stream.of(versionsAndOrigins)
                .map(text -> text.split(" "))
                .map(part -> new ToolSeen.Copy(part[0], part.length > 1 ? part[1] : ""))
                .toList());
    }

    private static Assessment flatpak(String branch, boolean retired, ToolSeen seen) {
        return FLATPAKS.assess(desired("flatpak/org.lab.Draw", new FlatpakSpec("lab", branch, retired)), seen);
    }

    private static List<String> summaries(Assessment assessment) {
        assertThat(assessment.actions()).extracting(Action::phase).allMatch(Phase.TOOLING::equals);
        return assessment.actions().stream().map(Action::summary).toList();
    }

    @Test
    void what_is_absent_is_installed() {
        assertThat(summaries(flatpak(null, false, ToolSeen.NONE))).containsExactly("install Flatpak org.lab.Draw");
    }

    @Test
    void any_branch_will_do_unless_one_is_declared() {
        assertThat(flatpak(null, false, seen("beta lab")).inSync()).isTrue();
        assertThat(summaries(flatpak("stable", false, seen("beta lab"))))
                .containsExactly("install Flatpak org.lab.Draw stable");
        assertThat(flatpak("stable", false, seen("beta lab", "stable lab")).inSync())
                .isTrue();
    }

    @Test
    void what_came_from_elsewhere_stays_and_is_told() {
        Assessment other = flatpak(null, false, seen("stable elsewhere"));
        assertThat(other.inSync()).isTrue();
        assertThat(other.note())
                .isEqualTo("it is stable from elsewhere, not from lab; what was installed by hand stays");
        assertThat(flatpak(null, true, seen("stable elsewhere")).inSync()).isTrue();
    }

    @Test
    void only_what_was_not_there_before_is_uninstalled_later() {
        Desired<FlatpakSpec> draw = desired("flatpak/org.lab.Draw", new FlatpakSpec("lab", null, false));
        assertThat(FLATPAKS.whenUndeclared(draw, seen("stable lab"), false)).isEmpty();
        assertThat(FLATPAKS.whenUndeclared(draw, ToolSeen.NONE, false)).contains(new FlatpakSpec("lab", null, true));
        assertThat(FLATPAKS.whenUndeclared(draw, seen("stable lab"), true)).isPresent();
        assertThat(summaries(flatpak(null, true, seen("stable lab"))))
                .containsExactly("uninstall Flatpak org.lab.Draw; its settings and data stay");
    }

    @Test
    void another_version_of_what_has_only_one_is_replaced() {
        Assessment other =
                NPM.assess(desired("npm-tool/typescript", new NpmSpec("5.4.2", null, false, false)), seen("5.0.0"));
        assertThat(summaries(other)).containsExactly("install npm package typescript 5.4.2 in place of 5.0.0");
        assertThat(other.actions().getFirst().undo()).isEqualTo("install 5.0.0 again");
    }

    private static Assessment remote(boolean retired, RemoteSeen seen) {
        return REMOTES.assess(
                desired("flatpak-remote/lab", new RemoteSpec("https://lab/repo/", null, "/k", false, retired)), seen);
    }

    @Test
    void a_remote_is_added_pointed_elsewhere_enabled_and_forgotten() {
        assertThat(summaries(remote(false, new RemoteSeen(null, false, List.of()))))
                .containsExactly("add remote lab");
        assertThat(summaries(remote(false, new RemoteSeen("https://other", false, List.of()))))
                .containsExactly("point remote lab to https://lab/repo/");
        assertThat(summaries(remote(false, new RemoteSeen("https://lab/repo", true, List.of()))))
                .containsExactly("enable remote lab");
        assertThat(remote(false, new RemoteSeen("https://lab/repo", false, List.of()))
                        .inSync())
                .isTrue();
        assertThat(summaries(remote(true, new RemoteSeen("https://lab/repo", false, List.of()))))
                .containsExactly("forget remote lab");
    }

    @Test
    void a_remote_stays_while_something_came_from_it_or_somebody_pointed_it_elsewhere() {
        assertThat(remote(true, new RemoteSeen("https://lab/repo", false, List.of("org.lab.Draw")))
                        .note())
                .isEqualTo("remote lab stays: org.lab.Draw came from it");
        assertThat(remote(true, new RemoteSeen("https://other", false, List.of()))
                        .inSync())
                .isTrue();
    }

    @Test
    void each_profile_has_what_the_smaller_one_has() {
        assertThat(FlatpakProfiles.applications("core"))
                .containsAll(FlatpakProfiles.applications("minimal"))
                .doesNotHaveDuplicates();
        assertThat(FlatpakProfiles.applications("ai_workstation"))
                .containsAll(FlatpakProfiles.applications("core"))
                .allMatch(id -> id.matches(FlatpakSection.ID));
    }
}
