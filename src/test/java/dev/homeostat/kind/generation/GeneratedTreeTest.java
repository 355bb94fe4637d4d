package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.homeostat.host.git.Git;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.HostSettings;
import dev.homeostat.kind.generation.settings.MachineFacts;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.kind.generation.settings.Settings;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tree that a system is generated from, and its digest. */
class GeneratedTreeTest {
    private static final Path TEMPLATES = Path.of("templates");

    @TempDir
    private Path folder;

    private Path module;
    private GeneratedTree tree;
    private SystemTree system;
    private MachineFacts facts = Samples.FACTS;

    @BeforeEach
    void begin() throws IOException {
        folder = folder.toRealPath();
        module = folder.resolve("mine.nix");
        Files.writeString(module, "{ }\n");
        Files.setPosixFilePermissions(module, PosixFilePermissions.fromString("rw-r--r--"));
        PosixFiles files = new PosixFiles();
        Folder reader = new Folder(files, InstantSource.system());
        int uid = (Integer) Files.getAttribute(folder, "unix:uid");
        int gid = (Integer) Files.getAttribute(folder, "unix:gid");
        tree = new GeneratedTree(folder.resolve("state/flake"), files, reader, uid, gid);
        system = new SystemTree(
                new LocalTrees(tree, reader, files, () -> facts),
                new SecretFiles(files),
                new GitSource(
                        new Git(new ChildProcesses(), files).mirror(folder.resolve("state/git")),
                        new DeploymentState(folder.resolve("state/deployment"), files, uid, gid),
                        files,
                        InstantSource.system()));
    }

    private SystemSource.Generated source(NixosSettings nixos) {
        return new SystemSource.Generated(
                new Settings(Samples.host(), null, null, nixos, null, null, null, null), DeclaredElsewhere.NOTHING);
    }

    private SystemSource.Generated source() {
        return source(new NixosSettings(null, null, null, List.of(module.toString()), null, null, null));
    }

    private static GenerationSpec spec(SystemSource source) {
        return new GenerationSpec(source, NixosSettings.Operation.SWITCH, DeploymentSettings.DEFAULT);
    }

    private Map<String, String> there() throws IOException {
        Map<String, String> there = new TreeMap<>();
        try (Stream<Path> all = Files.walk(tree.folder())) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                there.put(tree.folder().relativize(file).toString(), Files.readString(file));
            }
        }
        return there;
    }

    @Test
    void every_template_comes_with_the_program() throws IOException {
        try (Stream<Path> all = Files.walk(TEMPLATES)) {
            assertThat(all.map(TEMPLATES::relativize)
                            .map(Path::toString)
                            .filter(name -> name.endsWith(".nix"))
                            .sorted())
                    .containsExactlyElementsOf(Templates.NAMES);
        }
        for (String name : Templates.NAMES) {
            assertThat(Templates.contents().get(name)).isEqualTo(Files.readAllBytes(TEMPLATES.resolve(name)));
        }
    }

    @Test
    void the_tree_is_templates_data_and_own_files() throws Exception {
        assertThat(system.look(spec(source())).written()).isFalse();
        tree.write(tree.wanted(source(), facts));
        assertThat(system.look(spec(source())).written()).isTrue();
        assertThat(there())
                .containsEntry("own" + module, "{ }\n")
                .containsKey("flake.nix")
                .hasSize(Templates.NAMES.size() + 2);
        assertThat(there().get("machine.json")).contains("\"bench\"");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tree.folder())))
                .isEqualTo("rwxr-xr-x");
    }

    @Test
    void only_a_change_is_written_and_the_lock_is_kept() throws Exception {
        tree.write(tree.wanted(source(), facts));
        String before = system.look(spec(source())).key();
        Path lock = tree.folder().resolve("flake.lock");
        Files.writeString(lock, "{}");
        FileTime old = FileTime.fromMillis(1_000_000);
        for (String name : there().keySet()) {
            Files.setLastModifiedTime(tree.folder().resolve(name), old);
        }
        assertThat(system.look(spec(source())).written()).isTrue();
        assertThat(system.look(spec(source())).key())
                .as("other inputs are another system")
                .isNotEqualTo(before);
        String locked = system.look(spec(source())).key();

        Files.writeString(module, "{ a = 1; }\n");
        assertThat(system.look(spec(source())).written()).isFalse();
        tree.write(tree.wanted(source(), facts));
        for (String name : there().keySet()) {
            assertThat(Files.getLastModifiedTime(tree.folder().resolve(name)).equals(old))
                    .as(name)
                    .isEqualTo(!name.equals("own" + module));
        }
        assertThat(lock).hasContent("{}");
        assertThat(system.look(spec(source())).key()).isNotEqualTo(locked);
    }

    @Test
    void what_is_too_much_is_taken_away() throws Exception {
        tree.write(tree.wanted(source(), facts));
        Files.createDirectories(tree.folder().resolve("stray/deep"));
        Files.writeString(tree.folder().resolve("stray/deep/file.nix"), "{ }");
        Files.delete(tree.folder().resolve("home.nix"));
        assertThat(system.look(spec(source())).written()).isFalse();
        tree.write(tree.wanted(source(), facts));
        assertThat(system.look(spec(source())).written()).isTrue();
        assertThat(tree.folder().resolve("stray")).doesNotExist();
    }

    @Test
    void facts_channel_and_operation_make_another_system() throws Exception {
        String before = system.look(spec(source())).key();
        assertThat(system.look(spec(source())).key()).isEqualTo(before);
        NixosSettings unstable = new NixosSettings(
                null, NixosSettings.Channel.UNSTABLE, null, List.of(module.toString()), null, null, null);
        assertThat(system.look(spec(source(unstable))).key()).isNotEqualTo(before);
        assertThat(system.look(new GenerationSpec(source(), NixosSettings.Operation.BOOT, DeploymentSettings.DEFAULT))
                        .key())
                .isNotEqualTo(before);
        facts = new MachineFacts(facts.system(), 4 * Samples.GIB, HostSettings.BootLoader.GRUB, null, Set.of());
        assertThat(system.look(spec(source())).key()).isNotEqualTo(before);
    }

    @Test
    void what_not_everybody_may_read_never_gets_into_the_store() throws Exception {
        Files.setPosixFilePermissions(module, PosixFilePermissions.fromString("rw-------"));
        Trouble trouble = catchThrowableOfType(Trouble.class, () -> system.look(spec(source())));
        assertThat(trouble.sentence()).contains(module.toString()).contains("may not be read by everybody");
        Files.delete(module);
        assertThat(catchThrowableOfType(Trouble.class, () -> system.look(spec(source())))
                        .sentence())
                .contains("is declared and not there");
    }

    @Test
    void of_an_owners_flake_all_counts_but_version_control_and_results() throws Exception {
        Path flake = Files.createDirectories(folder.resolve("etc/nixos"));
        Files.writeString(flake.resolve("flake.nix"), "{ }");
        GenerationSpec spec = spec(new SystemSource.Flake(flake.toString(), "lab"));
        String before = system.look(spec).key();
        Files.createDirectories(flake.resolve(".git"));
        Files.writeString(flake.resolve(".git/index"), "x");
        Files.createSymbolicLink(flake.resolve("result"), Path.of("/nix/store/x"));
        assertThat(system.look(spec).key()).isEqualTo(before);
        Files.createDirectories(flake.resolve("modules"));
        Files.writeString(flake.resolve("modules/a.nix"), "{ }");
        String more = system.look(spec).key();
        assertThat(more).isNotEqualTo(before);
        assertThat(system.look(spec).watched()).contains(flake, flake.resolve("modules"));
        Files.writeString(flake.resolve("modules/a.nix"), "{ b = 1; }");
        assertThat(system.look(spec).key()).isNotEqualTo(more);
        Files.delete(flake.resolve("flake.nix"));
        assertThat(catchThrowableOfType(Trouble.class, () -> system.look(spec)).sentence())
                .contains("flake.nix is not there");
    }

    @Test
    void a_flake_with_a_file_that_not_everybody_may_read_is_refused() throws Exception {
        Path flake = Files.createDirectories(folder.resolve("own"));
        Files.writeString(flake.resolve("flake.nix"), "{ }");
        Path secret =
                Files.writeString(Files.createDirectories(flake.resolve("keys")).resolve("key"), "secret");
        GenerationSpec own = spec(new SystemSource.Flake(flake.toString(), "lab"));
        assertThat(system.look(own).key()).isNotEmpty();
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(catchThrowableOfType(Trouble.class, () -> system.look(own)).sentence())
                .startsWith(secret + " may not be read by everybody");
    }

    @Test
    void a_link_instead_of_an_owners_flake_is_told_as_what_it_is() throws Exception {
        Path flake = Files.createDirectories(folder.resolve("real"));
        Files.writeString(flake.resolve("flake.nix"), "{ }");
        Path link = Files.createSymbolicLink(folder.resolve("link"), flake);
        assertThat(catchThrowableOfType(
                                Trouble.class, () -> system.look(spec(new SystemSource.Flake(link.toString(), "lab"))))
                        .sentence())
                .startsWith(link + " is a symbolic link to " + flake + ", which Nix would not follow");
    }

    @Test
    void a_source_that_could_mean_something_else_to_nix_is_refused() {
        for (SystemSource bad : List.of(
                new SystemSource.Flake("/etc/nixos?dir=x", "lab"),
                new SystemSource.Flake("/etc/../nixos", "lab"),
                new SystemSource.Flake("/etc/nixos", "lab\".config"),
                new SystemSource.Ready("/etc/passwd"))) {
            assertThat(catchThrowableOfType(Trouble.class, () -> system.look(spec(bad))))
                    .as(bad.toString())
                    .isNotNull();
        }
    }

    @Test
    void a_state_that_is_not_ours_is_a_trouble_and_not_nothing() throws Exception {
        DeploymentState state = new DeploymentState(
                folder.resolve("state/deployment"),
                new PosixFiles(),
                (Integer) Files.getAttribute(folder, "unix:uid"),
                (Integer) Files.getAttribute(folder, "unix:gid"));
        assertThat(state.point()).isEmpty();
        RollbackPoint point = new RollbackPoint(
                InstantSource.system().instant(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new TreeSet<>(List.of("a.service")),
                new TreeSet<>(List.of(ResourceId.of("file", "/etc/a"))),
                RollbackPoint.Stage.SWITCHED,
                InstantSource.system().instant());
        state.point(point);
        assertThat(state.point()).contains(point);
        Files.writeString(folder.resolve("state/deployment/rollback-point.json"), "{\"stage\": \"MOON\"}");
        assertThat(catchThrowableOfType(Trouble.class, state::point).sentence())
                .contains("rollback-point.json is not as Homeostat wrote it");
    }
}
