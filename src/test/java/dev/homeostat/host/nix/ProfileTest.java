package dev.homeostat.host.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.host.process.Command;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the links alone say: none of this starts a process. */
class ProfileTest {
    private static final Processes NONE = new Processes() {
        @Override
        public Result run(List<String> arguments, Map<String, String> environment, Duration limit) {
            throw new AssertionError("a process was started: " + arguments);
        }

        @Override
        public int run(Command command, Reader output, Reader errors, Cancellation cancellation) {
            throw new AssertionError("a process was started: " + command);
        }
    };

    private static final FolderWatch BLIND = new FolderWatch() {
        @Override
        public AutoCloseable watch(Set<Path> paths, Consumer<Path> changed, Runnable overflow) {
            return () -> {};
        }

        @Override
        public AutoCloseable watchFolder(Path folder, Runnable changed) {
            return () -> {};
        }
    };

    @TempDir
    private Path folder;

    private Profile profile;

    @BeforeEach
    void begin() throws IOException {
        NixSettings settings = new NixSettings(folder.resolve("store"), folder, folder, "local", Map.of());
        Files.createDirectories(folder.resolve("profiles"));
        profile = new Nix(settings, NONE, new PosixFiles(), BLIND).systemProfile();
    }

    private StorePath target(int number) {
        return new StorePath(folder.resolve("store"), String.format("%032d-system-%d", number, number));
    }

    private void link(String name, String target) throws IOException {
        Path link = folder.resolve("profiles").resolve(name);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(target));
    }

    private void generations(int... numbers) throws IOException {
        for (int number : numbers) {
            link("system-" + number + "-link", target(number).toString());
        }
    }

    @Test
    void what_is_not_there_has_no_generations() throws Exception {
        assertThat(profile.look()).isEqualTo(ProfileState.NONE);
        Files.delete(folder.resolve("profiles"));
        assertThat(profile.look()).isEqualTo(ProfileState.NONE);
    }

    @Test
    void generations_are_sorted_by_number_and_others_are_left_out() throws Exception {
        generations(10, 9, 2);
        link("system-3-link", "/etc/passwd");
        link("system-0-link", target(1).toString());
        link("system-99999999999-link", target(1).toString());
        link("systemd-4-link", target(4).toString());
        link("system-5-link.tmp", target(5).toString());
        Files.writeString(folder.resolve("profiles/system-6-link"), "a file");
        link("system", "system-9-link");
        ProfileState state = profile.look();
        assertThat(state.generations()).extracting(Generation::number).containsExactly(2, 9, 10);
        assertThat(state.currentGeneration().map(Generation::target)).contains(target(9));
    }

    @Test
    void a_profile_of_an_old_nix_points_to_an_absolute_path() throws Exception {
        generations(1);
        link("system", folder.resolve("profiles/system-1-link").toString());
        assertThat(profile.look().current()).hasValue(1);
    }

    @Test
    void a_profile_may_point_to_a_generation_that_is_gone() throws Exception {
        generations(1);
        link("system", "system-2-link");
        assertThat(profile.look().current()).hasValue(2);
        assertThat(profile.look().currentGeneration()).isEmpty();
    }

    @Test
    void what_is_already_so_is_not_done_again() throws Exception {
        generations(1, 2);
        link("system", "system-1-link");
        assertThat(profile.set(target(1)).number()).isEqualTo(1);
        assertThat(profile.switchTo(1).number()).isEqualTo(1);
        assertThat(profile.delete(List.of(7, 8))).isEmpty();
    }

    @Test
    void what_cannot_be_done_is_not_tried() throws Exception {
        generations(1, 3);
        link("system", "system-3-link");
        assertThatThrownBy(() -> profile.switchTo(2))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("generation 2")
                .hasMessageContaining("there is 1, 3");
        assertThatThrownBy(() -> profile.delete(List.of(1, 3))).hasMessageContaining("is the current one");
        assertThatThrownBy(() -> profile.set(target(9))).hasMessageContaining("is not in the store");
    }

    @Test
    void what_points_elsewhere_is_no_profile() throws Exception {
        link("system", "../../etc\n");
        assertThatThrownBy(profile::look).isInstanceOf(Trouble.class).hasMessageContaining("not a profile");
    }

    @Test
    void many_generations_are_read() throws Exception {
        for (int number = 1; number <= 300; number++) {
            generations(number);
        }
        link("system", "system-300-link");
        assertThat(profile.look().generations()).hasSize(300);
    }
}
