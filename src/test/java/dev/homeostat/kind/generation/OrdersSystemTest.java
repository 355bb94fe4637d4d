package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.kind.generation.settings.Settings;
import dev.homeostat.resource.SystemOrders;
import dev.homeostat.resource.SystemOrders.Input;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an owner says besides what is declared, with the real Nix. */
@Tag("system")
@Timeout(180)
class OrdersSystemTest {
    private static final String MISSING = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nixos-system-lab";
    private static final String ANNA = "anna (uid 1000, pid 1)";

    @TempDir
    private Path folder;

    private Deployed deployed;

    @BeforeEach
    void begin() throws Exception {
        folder = folder.toRealPath();
        deployed = new Deployed(folder, Map.of());
        deployed.declare(new SystemSource.Flake(deployed.machine.folder().toString(), "machine"));
    }

    @AfterEach
    void end() throws Exception {
        deployed.close();
    }

    /** Built elsewhere: what is declared is as before. */
    private StorePath elsewhere(String motd) throws Exception {
        Path machine = deployed.machine.folder().resolve("machine.json");
        String kept = Files.readString(machine);
        StorePath built = deployed.machine.build("motd", motd);
        Files.writeString(machine, kept);
        return built;
    }

    private SystemOrders.Order order(StorePath path) throws Trouble {
        return deployed.orders().deploy(path.toString(), Optional.empty(), ANNA);
    }

    // ---- deploy

    @Test
    void an_order_stands_instead_of_what_is_declared_until_that_is_said() throws Exception {
        deployed.deploy();
        StorePath declared = deployed.activated();
        StorePath ready = elsewhere("ordered");
        SystemOrders.Order order = order(ready);
        assertThat(order.operation()).isEqualTo("switch");
        assertThat(deployed.verbs())
                .contains(GenerationComparison.SWITCH, GenerationComparison.VERIFY)
                .doesNotContain(GenerationComparison.VALIDATE);
        deployed.deploy();
        assertThat(deployed.activated()).isEqualTo(ready);
        assertThat(deployed.look().note())
                .contains(ready.toString())
                .contains(ANNA)
                .contains("--declared");
        assertThat(deployed.seen().source().order().map(SystemOrder::path)).contains(ready);

        List<List<String>> before = deployed.processesSoFar();
        deployed.restart();
        assertThat(deployed.look().inSync()).isTrue();
        assertThat(deployed.started(before)).isZero();

        assertThat(deployed.orders().declared().map(SystemOrders.Order::path)).contains(ready.toString());
        assertThat(deployed.orders().declared()).isEmpty();
        deployed.deploy();
        assertThat(deployed.activated()).isEqualTo(declared);
        assertThat(deployed.look().note()).isEmpty();
    }

    @Test
    void an_order_ends_with_a_change_of_what_is_declared_and_does_not_come_back_when_that_is_undone() throws Exception {
        deployed.deploy();
        StorePath first = deployed.activated();
        order(elsewhere("ordered"));
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("ordered");
        String kept = Files.readString(deployed.machine.folder().resolve("machine.json"));
        deployed.machine.declare(m -> m.put("motd", "edited"));
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("edited");
        Files.writeString(deployed.machine.folder().resolve("machine.json"), kept);
        deployed.deploy();
        assertThat(deployed.activated()).isEqualTo(first);
    }

    @Test
    void a_path_may_end_as_a_shell_completes_it_and_operations_are_what_the_command_line_knows() throws Exception {
        deployed.deploy();
        StorePath ready = elsewhere("completed");
        for (String operation : SystemOrders.OPERATIONS) {
            assertThat(deployed.orders()
                            .deploy(ready + "/", Optional.of(operation), ANNA)
                            .path())
                    .isEqualTo(ready.toString());
        }
        assertThat(SystemOrders.OPERATIONS).hasSameSizeAs(NixosSettings.Operation.values());
    }

    @Test
    void an_order_is_carried_out_as_it_says() throws Exception {
        deployed.deploy();
        StorePath declared = deployed.activated();
        StorePath ready = elsewhere("tested");
        deployed.orders().deploy(ready.toString(), Optional.of("test"), ANNA);
        deployed.deploy();
        assertThat(deployed.activated()).isEqualTo(ready);
        assertThat(deployed.machine
                        .nix
                        .systemProfile()
                        .look()
                        .currentGeneration()
                        .orElseThrow()
                        .target())
                .isEqualTo(declared);
    }

    @Test
    void an_order_that_does_not_pass_is_rolled_back_and_says_how_to_go_on() throws Exception {
        deployed.deploy();
        StorePath declared = deployed.activated();
        StorePath ready = elsewhere("ordered");
        deployed.wrong.set(List.of("no answer"));
        order(ready);
        Trouble told = deployed.refused();
        assertThat(told).hasMessageContaining("no answer").hasMessageContaining("rolled back");
        assertThat(told.remedy()).contains("homeostat deploy --declared");
        assertThat(deployed.activated()).isEqualTo(declared);
        assertThat(Deployed.refused(deployed::look)).hasMessageContaining("no answer");

        deployed.wrong.set(List.of());
        order(ready); // said again, it is tried again
        deployed.deploy();
        assertThat(deployed.activated()).isEqualTo(ready);
    }

    @Test
    void what_is_no_system_is_not_even_taken_as_an_order() throws Exception {
        deployed.deploy();
        StorePath home =
                deployed.machine.nix.build(deployed.machine.home(), Optional.empty(), Work.within(Deployed.LIMIT));
        for (String path : List.of(
                "",
                "/",
                "result",
                "/etc/passwd",
                "/nix/store",
                "/nix/store/",
                "--help",
                MISSING,
                MISSING + "/bin",
                MISSING + "\n" + MISSING,
                "/nix/store/../store/0123456789abcdfghijklmnpqrsvwxyz-x",
                "/other/store/0123456789abcdfghijklmnpqrsvwxyz-x",
                home.toString(),
                home + "/")) {
            Trouble told = Deployed.refused(() -> deployed.orders().deploy(path, Optional.empty(), ANNA));
            assertThat(told.sort()).as(path).isEqualTo(Trouble.Sort.INVALID);
            assertThat(told.getMessage()).as(path).isNotBlank().doesNotContain("\n");
            assertThat(told.remedy()).as(path).isNotBlank();
        }
        StorePath ready = elsewhere("ordered");
        assertThat(Deployed.refused(() -> deployed.orders().deploy(ready.toString(), Optional.of("reboot"), ANNA)))
                .hasMessageContaining("reboot");
        assertThat(deployed.look().inSync()).isTrue();
        assertThat(folder.resolve("state/deployment/order.json")).doesNotExist();
    }

    @Test
    void a_machine_whose_own_source_is_broken_takes_orders() throws Exception {
        deployed.declare(new SystemSource.Flake(folder.resolve("nowhere").toString(), "machine"));
        assertThat(Deployed.refused(deployed::look)).hasMessageContaining("is not there");
        StorePath ready = elsewhere("ordered");
        order(ready);
        deployed.deploy();
        assertThat(deployed.activated()).isEqualTo(ready);
    }

    @Test
    void what_comes_from_no_repository_is_not_polled() {
        assertThat(Deployed.refused(() -> deployed.orders().poll())).hasMessageContaining("repository");
    }

    // ---- inputs

    /** As nixpkgs: options and no system, and what is built says what was evaluated and which release this is. */
    private static String nixpkgs(String release, String builder) {
        return """
                {
                  outputs = _:
                    let
                      base = ((import ../nixpkgs/flake.nix).outputs { }).lib;
                      built = s: derivation {
                        name = "nixos-system-${s.config.networking.hostName}";
                        system = "x86_64-linux";
                        builder = "/bin/sh";
                        release = "RELEASE";
                        args = [ "-c" "PATH=/bin:/usr/bin; BUILDER" ];
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
                """.replace("RELEASE", release).replace("BUILDER", builder);
    }

    private static final String BUILDS =
            "mkdir -p $out/bin $out/etc; echo $release >$out/etc/motd; printf '#!/bin/sh\\\\nln -sfn %s /run/current-system\\\\n' $out >$out/bin/switch-to-configuration; chmod +x $out/bin/switch-to-configuration";

    private void release(String name, String builder) throws Exception {
        Files.writeString(folder.resolve("stand-in/lab-nixpkgs/flake.nix"), nixpkgs(name, builder));
    }

    private void declareGenerated() throws Exception {
        Path inputs = folder.resolve("stand-in");
        deployed.run(
                Map.of(),
                "cp",
                "-r",
                Path.of("src/test/resources/nix/stand-in").toAbsolutePath().toString(),
                inputs.toString());
        Files.createDirectories(inputs.resolve("lab-nixpkgs"));
        release("one", BUILDS);
        NixosSettings nixos = new NixosSettings(
                null,
                null,
                Map.of(
                        "nixpkgs", "path:" + inputs + "?dir=lab-nixpkgs",
                        "home-manager", "path:" + inputs + "?dir=home-manager",
                        "sops-nix", "path:" + inputs + "?dir=sops-nix",
                        "agenix", "path:" + inputs + "?dir=agenix"),
                null,
                null,
                null,
                null);
        deployed.declare(new SystemSource.Generated(
                new Settings(Samples.host(), null, null, nixos, null, null, null, null), DeclaredElsewhere.NOTHING));
    }

    @Test
    void inputs_are_listed_updated_deployed_and_gone_back_with() throws Exception {
        declareGenerated();
        assertThat(deployed.orders().inputs().none()).isPresent();
        assertThat(Deployed.refused(() -> deployed.orders().updateInputs(List.of(), line -> {})))
                .hasMessageContaining("not generated yet");
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("one");
        SystemOrders.Inputs listed = deployed.orders().inputs();
        assertThat(listed.inputs()).extracting(Input::name).contains("nixpkgs", "home-manager", "sops-nix", "agenix");
        assertThat(listed.inputs()).allSatisfy(i -> assertThat(i.modified()).isPresent());
        assertThat(listed.former()).isEmpty();
        assertThat(Deployed.refused(() -> deployed.orders().restoreInputs())).hasMessageContaining("no former inputs");

        List<String> locked = new ArrayList<>(Files.readAllLines(folder.resolve("state/flake/flake.lock")));
        SystemOrders.InputsChange same = deployed.orders().updateInputs(List.of("nixpkgs"), line -> {});
        assertThat(same.after()).isEmpty();
        assertThat(deployed.orders().inputs().former()).isEmpty();
        assertThat(deployed.look().inSync()).isTrue();

        release("two", BUILDS);
        List<List<String>> before = deployed.processesSoFar();
        SystemOrders.InputsChange change = deployed.orders().updateInputs(List.of("nixpkgs"), line -> {});
        assertThat(change.after()).extracting(Input::name).containsExactly("nixpkgs");
        assertThat(deployed.processes.subList(before.size(), deployed.processes.size()))
                .filteredOn(p -> p.contains("update") || p.contains("lock"))
                .isNotEmpty()
                .allSatisfy(p -> assertThat(p).contains("--override-flake", "nixpkgs", "home-manager"));
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("two");

        SystemOrders.InputsChange back = deployed.orders().restoreInputs();
        assertThat(back.after()).extracting(Input::name).containsExactly("nixpkgs");
        assertThat(Files.readAllLines(folder.resolve("state/flake/flake.lock"))).isEqualTo(locked);
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("one");
        deployed.orders().restoreInputs(); // and forth
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("two");
    }

    @Test
    void a_deployment_that_fails_with_new_inputs_names_the_way_back() throws Exception {
        declareGenerated();
        deployed.deploy();
        release("two", "exit 1");
        deployed.orders().updateInputs(List.of(), line -> {});
        assertThat(deployed.refused().remedy()).contains("homeostat inputs restore");
        assertThat(Deployed.refused(deployed::look).remedy()).contains("homeostat inputs restore");
        deployed.orders().restoreInputs();
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("one");

        release("three", BUILDS);
        deployed.wrong.set(List.of());
        deployed.orders().updateInputs(List.of(), line -> {});
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("three");
        deployed.wrong.set(List.of("no answer"));
        deployed.machine.files.remove(folder.resolve("state/deployment/verified.json"));
        assertThat(deployed.refused().remedy()).doesNotContain("restore");
    }

    @Test
    void an_update_that_fails_leaves_the_lock_as_it_was() throws Exception {
        declareGenerated();
        deployed.deploy();
        Path lock = folder.resolve("state/flake/flake.lock");
        String before = Files.readString(lock);
        Trouble unknown = Deployed.refused(() -> deployed.orders().updateInputs(List.of("nothing"), line -> {}));
        assertThat(unknown.sort()).isEqualTo(Trouble.Sort.INVALID);
        assertThat(unknown.sentence()).contains("nothing").contains("nixpkgs");
        Deployed.refused(() -> deployed.orders().updateInputs(List.of("--help"), line -> {}));
        Files.move(folder.resolve("stand-in"), folder.resolve("gone"));
        Deployed.refused(() -> deployed.orders().updateInputs(List.of("nixpkgs"), line -> {}));
        assertThat(lock).hasContent(before);
        assertThat(deployed.orders().inputs().former()).isEmpty();
        assertThat(deployed.look().inSync()).isTrue();
    }

    @Test
    void a_system_that_is_not_generated_has_no_inputs_of_ours() throws Exception {
        assertThat(deployed.orders().inputs().none().orElseThrow()).contains("not generated");
        for (Deployed.Attempt attempt : List.<Deployed.Attempt>of(
                () -> deployed.orders().updateInputs(List.of(), line -> {}),
                () -> deployed.orders().restoreInputs())) {
            assertThat(Deployed.refused(attempt)).hasMessageContaining("not generated");
        }
    }
}
