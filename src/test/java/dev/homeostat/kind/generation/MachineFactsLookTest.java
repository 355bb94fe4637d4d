package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.facts.Facts;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu.Vendor;
import dev.homeostat.kind.generation.settings.HostSettings;
import dev.homeostat.kind.generation.settings.MachineFacts;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineFactsLookTest {
    private static final String PACKAGE = "0123456789abcdfghijklmnpqrsvwxyz-homeostat-1.0";

    @TempDir
    private Path folder;

    private static MachineLook machine(long ramBytes, Machine.BootLoader bootLoader) {
        return new MachineLook() {
            @Override
            public Machine machine() {
                return new Machine(
                        new Machine.OperatingSystem("nixos", Optional.of("25.11")),
                        "aarch64-linux",
                        4,
                        Optional.empty(),
                        ramBytes,
                        Machine.Firmware.UEFI,
                        Optional.ofNullable(bootLoader),
                        List.of(),
                        List.of(
                                new Machine.Gpu("0000:00:02.0", "8086", "46a6", Optional.of("i915")),
                                new Machine.Gpu("0000:01:00.0", "10de", "25a2", Optional.empty()),
                                new Machine.Gpu("0000:02:00.0", "1af4", "1050", Optional.empty())));
            }

            @Override
            public Hardware hardware() {
                throw new AssertionError("decides nothing");
            }

            @Override
            public Facts facts() {
                throw new AssertionError("would start Nix in every pass");
            }
        };
    }

    @Test
    void what_decides_is_taken_over() throws Exception {
        for (Machine.BootLoader bootLoader : Machine.BootLoader.values()) {
            MachineFacts facts = new MachineFactsLook(
                            machine(1 << 30, bootLoader), folder.resolve("store"), Optional.of(folder))
                    .look();
            assertThat(facts.system()).isEqualTo("aarch64-linux");
            assertThat(facts.ramBytes()).isEqualTo(1 << 30);
            assertThat(facts.bootLoader()).isEqualTo(HostSettings.BootLoader.valueOf(bootLoader.name()));
            assertThat(facts.daemon()).isNull();
            assertThat(facts.gpus()).containsExactly(Vendor.INTEL, Vendor.NVIDIA);
        }
        assertThat(new MachineFactsLook(machine(1, null), folder.resolve("store"), Optional.of(folder))
                        .look()
                        .bootLoader())
                .isNull();
    }

    @Test
    void a_program_in_the_store_is_a_package_of_it_also_by_a_link() throws Exception {
        Path store = Files.createDirectories(folder.resolve("store")).toRealPath();
        Path jar = Files.createDirectories(store.resolve(PACKAGE + "/lib")).resolve("homeostat.jar");
        Files.createFile(jar);
        Path link = Files.createSymbolicLink(folder.resolve("link.jar"), jar);
        for (Path program : List.of(jar, link)) {
            assertThat(new MachineFactsLook(machine(1, null), store, Optional.of(program))
                            .look()
                            .daemon())
                    .isEqualTo("/nix/store/" + PACKAGE);
        }
    }

    @Test
    void a_program_elsewhere_is_none() throws Exception {
        Path store = Files.createDirectories(folder.resolve("store")).toRealPath();
        Path jar = Files.createFile(folder.resolve("homeostat.jar"));
        assertThat(new MachineFactsLook(machine(1, null), store, Optional.of(jar))
                        .look()
                        .daemon())
                .isNull();
        assertThat(new MachineFactsLook(machine(1, null)).look().daemon()).isNull();
    }

    @Test
    void what_is_not_understood_is_a_trouble() throws Exception {
        Path store = Files.createDirectories(folder.resolve("store")).toRealPath();
        Path jar = Files.createFile(
                Files.createDirectories(store.resolve("no-hash")).resolve("homeostat.jar"));
        assertThatThrownBy(() -> new MachineFactsLook(machine(1, null), store, Optional.of(jar)).look())
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("not a path in the Nix store");
        assertThatThrownBy(
                        () -> new MachineFactsLook(machine(1, null), store, Optional.of(folder.resolve("gone"))).look())
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("own program");
        assertThatThrownBy(() -> new MachineFactsLook(machine(1, null), store, Optional.empty()).look())
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("not known where the daemon's own program lies");
    }
}
