package dev.homeostat.kind.generation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.kind.container.ContainerSection;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.DevShellSettings;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.kind.network.NetworkSection;
import dev.homeostat.kind.volume.VolumeSection;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GenerationTopicTest {
    private static final String HOST = "version: 1\nhost: {name: bench, stateVersion: \"25.11\"}\n";
    private static final String STORE_PATH = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nixos-system-bench";

    private static DeclarationReader reader(Locations locations) {
        Accounts accounts = new AnyAccount();
        return new DeclarationReader(
                List.of(
                        new FileSection(locations, accounts),
                        new ContainerSection(accounts, locations),
                        new VolumeSection(),
                        new NetworkSection()),
                List.of(new GenerationTopic()),
                List.of(),
                locations);
    }

    static final DeclarationReader READER = reader(Locations.system(Map.of()));

    static LinkedHashMap<String, byte[]> files(String... texts) {
        LinkedHashMap<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < texts.length; i++) {
            files.put(i == 0 ? "machine.yaml" : "machine.d/" + i + ".yaml", texts[i].getBytes(UTF_8));
        }
        return files;
    }

    private static Desired<?> generation(String... texts) throws InvalidDeclaration {
        Declaration declaration = READER.read(files(texts));
        assertThat(declaration.resources()).containsKey(GenerationTopic.ID);
        return declaration.resources().get(GenerationTopic.ID);
    }

    private static GenerationSpec spec(String... texts) throws InvalidDeclaration {
        return (GenerationSpec) generation(texts).spec();
    }

    private static SystemSource.Generated generated(String... texts) throws InvalidDeclaration {
        return (SystemSource.Generated) spec(texts).source();
    }

    private static List<String> problems(String... texts) {
        try {
            READER.read(files(texts));
            return List.of();
        } catch (InvalidDeclaration e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    @Test
    void nothing_declared_is_nothing_to_keep() throws Exception {
        assertThat(READER.read(files("version: 1\nfiles: {/etc/motd: {}}")).resources())
                .doesNotContainKey(GenerationTopic.ID);
        assertThat(READER.read(files("version: 1\nhost:\nhome:\n")).resources()).isEmpty();
    }

    @Test
    void a_host_is_a_generated_system() throws Exception {
        Desired<?> desired = generation(HOST);
        assertThat(desired.id()).hasToString("generation/system");
        assertThat(desired.place()).hasToString("machine.yaml:2:1");
        assertThat(desired.requires()).isEmpty();
        assertThat(desired.spec())
                .isEqualTo(new GenerationSpec(
                        new SystemSource.Generated(Samples.least(), DeclaredElsewhere.NOTHING),
                        NixosSettings.Operation.SWITCH,
                        DeploymentSettings.DEFAULT));
    }

    @Test
    void every_key_reaches_the_specification() throws Exception {
        ObjectNode document = (ObjectNode) Json.tree(Samples.full());
        document.put("version", 1);
        document.set("deployment", Json.MAPPER.readTree("""
                        {"settle": "1m", "onFailure": "keep", "onManual": "adopt", "keep": 3, "buildLimit": "1h",
                         "switchLimit": "5m", "checks": {"web": {"http": "http://127.0.0.1:8080/", "status": 204}}}
                        """));
        GenerationSpec spec = spec(document.toString());
        assertThat(spec.source()).isEqualTo(new SystemSource.Generated(Samples.full(), DeclaredElsewhere.NOTHING));
        assertThat(spec.operation()).isEqualTo(NixosSettings.Operation.BOOT);
        DeploymentSettings deployment = spec.deployment();
        assertThat(deployment.settle()).isEqualTo(Duration.ofMinutes(1));
        assertThat(deployment.onFailure()).isEqualTo(DeploymentSettings.OnFailure.KEEP);
        assertThat(deployment.onManual()).isEqualTo(DeploymentSettings.OnManual.ADOPT);
        assertThat(deployment.keep()).isEqualTo(3);
        assertThat(deployment.buildLimit()).isEqualTo(Duration.ofHours(1));
        assertThat(deployment.switchLimit()).isEqualTo(Duration.ofMinutes(5));
        assertThat(deployment.checks().get("web").status()).isEqualTo(204);
    }

    @Test
    void the_specification_is_written_and_read_as_it_is() throws Exception {
        for (String text : List.of(
                HOST + "home: {dotfiles: {~/.x: {content: a}}}\nuser: {name: anna}\nbuild: {maxJobs: auto}",
                "version: 1\nnixos: {from: path:/etc/nixos#bench}",
                "version: 1\nnixos: {from: " + STORE_PATH + "}")) {
            GenerationSpec spec = spec(text);
            assertThat(Json.read(Json.write(spec), GenerationSpec.class)).isEqualTo(spec);
        }
    }

    @Test
    void a_system_of_ones_own_flake() throws Exception {
        Desired<?> desired =
                generation("version: 1\nnixos: {operation: test, from: path:/etc/nixos#bench}\ndeployment: {keep: 3}");
        GenerationSpec spec = (GenerationSpec) desired.spec();
        assertThat(desired.place()).hasToString("machine.yaml:2:32");
        assertThat(spec.source()).isEqualTo(new SystemSource.Flake("/etc/nixos", "bench"));
        assertThat(spec.operation()).isEqualTo(NixosSettings.Operation.TEST);
        assertThat(spec.deployment().keep()).isEqualTo(3);
    }

    @Test
    void a_system_that_was_built_already() throws Exception {
        assertThat(spec("version: 1\nnixos: {from: " + STORE_PATH + "}").source())
                .isEqualTo(new SystemSource.Ready(STORE_PATH));
    }

    @Test
    void what_is_generated_may_be_said_in_so_many_words() throws Exception {
        assertThat(generated(HOST + "nixos: {from: generated}")).isEqualTo(generated(HOST));
    }

    @Test
    void keys_are_merged_over_files_like_all_others() throws Exception {
        SystemSource.Generated merged = generated(
                HOST + "home: {dotfiles: {~/.a: {content: a}}}",
                "user: {name: anna}\nhome: {packages: [ripgrep], dotfiles: {~/.b: {content: b}}}");
        assertThat(merged.settings().home().dotfiles()).containsOnlyKeys("~/.a", "~/.b");
        assertThat(merged.settings().home().packages()).containsExactly("ripgrep");
        assertThat(problems(HOST, "host:\n  name: other"))
                .containsExactly(
                        "machine.d/1.yaml:2:3: host.name: is given differently at machine.yaml:2:8: keep one of the two");
        assertThat(problems(HOST, "deployment:\n  settle: 31m"))
                .containsExactly("machine.d/1.yaml:2:11: deployment.settle: expected 0s to 30m, found 31m");
    }

    @Test
    void a_name_with_nothing_is_an_entry() throws Exception {
        SystemSource.Generated source = generated(
                HOST + "user: {name: anna, passwordHash: hash}\n",
                "devShells: {ts-dev: }\npython: {overrides: {torch: }}\n",
                "secrets: {format: sops, file: /etc/all.yaml, entries: {hash: , }}");
        assertThat(source.settings().devShells()).containsEntry("ts-dev", new DevShellSettings(null, null, null));
        assertThat(source.settings().python().overrides()).containsOnlyKeys("torch");
        assertThat(source.settings().secrets().entries()).containsOnlyKeys("hash");
        // of one record it is not given, nor is a text in a map of texts
        assertThat(generated(HOST + "build:\nhome: {shell: {aliases: {ll: }}}")).isEqualTo(generated(HOST));
    }

    @Test
    void what_other_sections_ask_of_the_system_is_in_it() throws Exception {
        assertThat(generated(HOST + "volumes: {data: }").elsewhere().containers())
                .isEqualTo(new DeclaredElsewhere.Containers(true, Set.of()));
        DeclaredElsewhere elsewhere = generated(
                        HOST,
                        "containers: {web: {image: localhost/web:1}}",
                        "user: {name: anna}\nnixos: {modules: [/etc/nixos/people.nix]}",
                        "users: {anna: {containers: {db: {image: localhost/db:1}}}, bert: {networks: {local: }}}",
                        "users: {carl: {files: {~/note: {content: x}}}}")
                .elsewhere();
        assertThat(elsewhere.containers()).isEqualTo(new DeclaredElsewhere.Containers(true, Set.of("anna", "bert")));
        assertThat(elsewhere)
                .isEqualTo(new DeclaredElsewhere(
                        DeclaredElsewhere.NOTHING.services(),
                        elsewhere.containers(),
                        DeclaredElsewhere.NOTHING.hardware(),
                        DeclaredElsewhere.NOTHING.memory(),
                        DeclaredElsewhere.NOTHING.virtualization(),
                        DeclaredElsewhere.NOTHING.ai()));
    }

    private static Map<String, Set<ResourceId>> parts(String... texts) throws InvalidDeclaration {
        Map<String, Set<ResourceId>> parts = new TreeMap<>();
        READER.read(files(texts)).resources().forEach((id, desired) -> {
            if (id.kind().equals("hardware") || id.kind().equals("memory")) {
                parts.put(id.toString(), desired.requires());
                assertThat(Json.read(Json.write(desired.spec()), desired.spec().getClass()))
                        .isEqualTo(desired.spec());
            }
        });
        return parts;
    }

    @Test
    void what_the_generation_makes_comes_after_it_and_zswap_does_not_wait() throws Exception {
        Set<ResourceId> after = Set.of(GenerationTopic.ID);
        assertThat(parts(HOST)).isEmpty();
        assertThat(parts(
                        HOST,
                        "nixos: {allowUnfree: true}",
                        "hardware: {gpu: [intel, nvidia], microcode: off}",
                        "memory: {zswap: auto, zram: off, swap: {size: 4G}}"))
                .isEqualTo(Map.of(
                        "hardware/gpu-intel", after,
                        "hardware/gpu-nvidia", after,
                        "hardware/microcode", after,
                        "memory/zswap", Set.of(),
                        "memory/zram", after,
                        "memory/swap", after));
        assertThat(parts(HOST + "hardware: {}\n").keySet()).containsExactly("hardware/gpu", "hardware/microcode");
    }

    @Test
    void memory_and_drivers_are_looked_after_whoever_makes_the_system() throws Exception {
        for (String system : List.of("", "nixos: {from: \"path:/etc/nixos#lab\"}\n")) {
            assertThat(parts("version: 1\n" + system + "hardware: {gpu: auto}\nmemory: {zswap: 20}\n"))
                    .isEqualTo(Map.of("hardware/gpu", Set.of(), "memory/zswap", Set.of()));
        }
    }

    @Test
    void a_user_with_containers_has_an_account() throws Exception {
        String containers = "users: {anna: {containers: {db: {image: localhost/db:1}}}}";
        assertThat(problems(HOST + containers))
                .containsExactly(
                        "machine.yaml:3:9: users.anna: has containers, but the generated system has no such user: it is neither user.name nor can a module make the account (nixos.modules)");
        assertThat(problems(HOST + "user: {name: anna}\n" + containers)).isEmpty();
        assertThat(problems(HOST + "nixos: {modules: [/etc/nixos/people.nix]}\n" + containers))
                .isEmpty();
        assertThat(generated(HOST + containers.replace("anna", "root"))
                        .elsewhere()
                        .containers()
                        .rootlessUsers())
                .containsExactly("root");
    }

    @Test
    void declared_files_that_it_is_made_from_come_first() throws Exception {
        String files = "files: {/etc/nixos/desk.nix: {}, /etc/nixos/parts: {type: folder}, /etc/nixos/parts/a.nix: {},"
                + " /etc/nixos/partsother: {}, /etc/builder.key: {}, /etc/all.yaml: {}, /etc/key: {}, /etc/toolrc: {}, /etc/x: {}}\n";
        assertThat(generation(
                                HOST + files,
                                "user: {name: anna}\nhome: {modules: [/etc/nixos/parts], dotfiles: {~/.t: {source: /etc/toolrc}}}",
                                "nixos: {modules: [/etc/nixos/desk.nix]}",
                                "build: {remoteBuilders: [{hostName: b, sshKey: /etc/builder.key}, {hostName: c}]}",
                                "secrets: {format: sops, file: /etc/all.yaml, keyFile: /etc/key}")
                        .requires())
                .extracting(ResourceId::name)
                .containsExactlyInAnyOrder(
                        "/etc/nixos/desk.nix",
                        "/etc/nixos/parts",
                        "/etc/nixos/parts/a.nix",
                        "/etc/toolrc",
                        "/etc/builder.key",
                        "/etc/all.yaml",
                        "/etc/key");
        assertThat(generation(HOST + files, "secrets: {format: age, entries: {x: {file: /etc/x}}}")
                        .requires())
                .extracting(ResourceId::name)
                .containsExactly("/etc/x");
        assertThat(generation("version: 1\nnixos: {from: path:/etc/nixos/parts#bench}\n" + files)
                        .requires())
                .extracting(ResourceId::name)
                .containsExactlyInAnyOrder("/etc/nixos/parts", "/etc/nixos/parts/a.nix");
        assertThat(generation("version: 1\nnixos: {from: " + STORE_PATH + "}\n" + files)
                        .requires())
                .isEmpty();
    }

    @Test
    void a_user_that_nixos_cannot_have_is_told() {
        assertThat(problems(HOST + "users:\n  pc$: {containers: {web: {image: localhost/web:1}}}"))
                .containsExactly(
                        "machine.yaml:4:3: users.pc$: a generated system cannot have the user \"pc$\": expected lower case letters, digits and _ -");
    }

    @Test
    void a_dotfile_is_no_declared_file_of_the_user_either() {
        assertThat(
                        problems(
                                HOST
                                        + "user: {name: anna}\nhome: {dotfiles: {~/.x: {content: a}}}\nusers: {anna: {files: {~/.x: {content: b}}}}"))
                .containsExactly(
                        "machine.yaml:4:19: home.dotfiles.~/.x: is declared as file/anna@/home/anna/.x too (machine.yaml:5:24): keep one of the two");
    }

    @Test
    void what_cannot_be_read_is_not_taken_for_missing() {
        assertThat(problems("version: 1\nhost: {name: a b, stateVersion: \"25.11\"}\nhome: {packages: [ripgrep]}"))
                .containsExactly(
                        "machine.yaml:2:14: host.name: expected letters, digits and -, at most 63, such as workshop, found \"a b\"");
        assertThat(problems("version: 1\nhsot: {name: a, stateVersion: \"25.11\"}\nhome: {packages: [ripgrep]}"))
                .containsExactly("machine.yaml:2:1: \"hsot\" is not a known key: did you mean \"host\"?");
        assertThat(
                        problems(
                                HOST
                                        + "build: {cores: many}\npolicy: {paused: {generation/system: {reason: busy}}}\ndeployment: {settle: 31m}"))
                .containsExactly(
                        "machine.yaml:3:16: build.cores: expected a whole number, found \"many\"",
                        "machine.yaml:5:22: deployment.settle: expected 0s to 30m, found 31m");
    }

    @Test
    void the_system_can_be_paused() throws Exception {
        assertThat(READER.read(files(HOST + "policy: {paused: {generation/system: {reason: busy}}}"))
                        .policy()
                        .paused())
                .containsOnlyKeys(GenerationTopic.ID);
    }

    @Test
    void a_hash_where_a_name_belongs_is_not_shown() {
        assertThat(problems(HOST + "user: {name: anna, passwordHash: \"$6$abc\"}"))
                .singleElement()
                .asString()
                .startsWith("machine.yaml:3:34: user.passwordHash: expected ")
                .endsWith(", found text");
    }

    @Test
    void the_daemon_of_a_user_has_no_system_to_keep() {
        assertThatThrownBy(
                        () -> reader(Locations.user(Map.of("HOME", "/home/anna", "XDG_RUNTIME_DIR", "/run/user/1000")))
                                .read(files(HOST)))
                .isInstanceOf(InvalidDeclaration.class)
                .hasMessageContaining("\"host\" is not a known key");
    }

    @Test
    void a_revision_that_was_kept_comes_back() throws Exception {
        Declaration declaration = READER.read(
                files(
                        HOST,
                        "devShells: {ts-dev: }\nuser: {name: anna}\nusers: {anna: {containers: {db: {image: localhost/db:1}}}}"));
        Declaration back = READER.restore(declaration.content(), declaration.revision(), declaration.files());
        assertThat(back.resources().get(GenerationTopic.ID).spec())
                .isEqualTo(declaration.resources().get(GenerationTopic.ID).spec());
    }

    /** A machine that has every user. */
    private static final class AnyAccount implements Accounts {
        @Override
        public Optional<Account> user(String name) {
            return Optional.of(new Account(name, 1000, 1000, Path.of("/home", name)));
        }

        @Override
        public Optional<Account> user(int uid) {
            return Optional.empty();
        }

        @Override
        public Optional<Integer> group(String name) {
            return Optional.of(1000);
        }

        @Override
        public Optional<String> groupName(int gid) {
            return Optional.empty();
        }

        @Override
        public List<Integer> groupsOf(Account account) {
            return List.of(account.gid());
        }
    }
}
