package dev.homeostat.kind.generation.settings;

import static dev.homeostat.kind.generation.settings.Samples.GIB;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu;
import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MachineDataTest {
    private static JsonNode json(Settings settings, MachineFacts facts) throws Exception {
        return Json.MAPPER.readTree(MachineJson.of(MachineData.of(settings, facts, DeclaredElsewhere.NOTHING)));
    }

    private static JsonNode withRam(BuildSettings build, long ramBytes) throws Exception {
        return json(
                        new Settings(Samples.host(), null, build, null, null, null, null, null),
                        new MachineFacts("x86_64-linux", ramBytes, null, null, Set.of()))
                .get("build");
    }

    @Test
    void builds_follow_memory() throws Exception {
        for (var expected : Map.of(
                        4 * GIB,
                        "1 1",
                        (long) (7.4 * GIB),
                        "1 1",
                        (long) (7.7 * GIB),
                        "2 2",
                        8 * GIB,
                        "2 2",
                        (long) (15.5 * GIB),
                        "auto 0",
                        16 * GIB,
                        "auto 0",
                        64 * GIB,
                        "auto 0")
                .entrySet()) {
            JsonNode build = withRam(null, expected.getKey());
            assertThat(build.get("maxJobs").asText() + " " + build.get("cores").asText())
                    .as("%d bytes", expected.getKey())
                    .isEqualTo(expected.getValue());
        }
    }

    @Test
    void what_is_declared_of_builds_has_precedence_over_memory() throws Exception {
        JsonNode build = withRam(new BuildSettings(null, null, null, new MaxJobs(0), 3), 4 * GIB);
        assertThat(build.get("maxJobs").intValue()).isZero();
        assertThat(build.get("cores").intValue()).isEqualTo(3);
        assertThat(withRam(new BuildSettings(null, null, null, MaxJobs.AUTO, null), 4 * GIB)
                        .get("maxJobs")
                        .asText())
                .isEqualTo("auto");
    }

    @Test
    void each_value_of_builds_is_in_machine_json_once() {
        String text = new String(MachineJson.of(Samples.machine()), UTF_8);
        assertThat(text.split("\"cores\"", -1)).hasSize(2);
        // a remote builder has one of its own
        assertThat(text.split("\"maxJobs\"", -1)).hasSize(3);
    }

    @Test
    void the_same_settings_give_the_same_bytes_however_they_are_ordered() {
        Map<String, DevShellSettings> forward = new LinkedHashMap<>();
        Map<String, DevShellSettings> backward = new LinkedHashMap<>();
        List<String> names = List.of("a", "c", "b", "d");
        names.forEach(name -> forward.put(name, new DevShellSettings(List.of("hello"), null, null)));
        names.reversed().forEach(name -> backward.put(name, new DevShellSettings(List.of("hello"), null, null)));
        assertThat(bytesOf(forward)).isEqualTo(bytesOf(backward));
        assertThat(MachineJson.of(Samples.machine())).isEqualTo(MachineJson.of(Samples.machine()));
    }

    private static byte[] bytesOf(Map<String, DevShellSettings> shells) {
        return MachineJson.of(MachineData.of(
                new Settings(Samples.host(), null, null, null, null, shells, null, null),
                Samples.FACTS,
                DeclaredElsewhere.NOTHING));
    }

    @Test
    void keys_are_sorted_at_every_level() throws Exception {
        List<String> unsorted = new ArrayList<>();
        lookForUnsorted("", Json.MAPPER.readTree(MachineJson.of(Samples.machine())), unsorted);
        assertThat(unsorted).isEmpty();
    }

    private static void lookForUnsorted(String at, JsonNode node, List<String> unsorted) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        if (!names.equals(names.stream().sorted().toList())) {
            unsorted.add(at + names);
        }
        node.properties().forEach(p -> lookForUnsorted(at + "/" + p.getKey(), p.getValue(), unsorted));
        node.forEach(child -> lookForUnsorted(at + "/*", child, unsorted));
    }

    @Test
    void how_and_from_where_a_generation_comes_is_not_inside_it() throws Exception {
        JsonNode nixos = Json.MAPPER.readTree(MachineJson.of(Samples.machine())).get("nixos");
        assertThat(nixos.fieldNames()).toIterable().containsExactlyInAnyOrder("allowUnfree", "modules", "packages");
    }

    @Test
    void the_boot_loader_that_is_there_stays_if_nothing_is_declared() throws Exception {
        assertThat(json(Samples.least(), Samples.FACTS).at("/host/bootLoader").asText())
                .isEqualTo("systemd-boot");
        assertThat(json(Samples.least(), new MachineFacts("x86_64-linux", GIB, null, null, Set.of()))
                        .at("/host/bootLoader")
                        .asText())
                .isEqualTo("own");
        assertThat(json(Samples.full(), Samples.FACTS).at("/host/bootLoader").asText())
                .isEqualTo("grub");
    }

    @Test
    void a_channel_is_a_pair_of_matching_flakes() {
        assertThat(new NixosSettings(null, null, null, null, null, null, null).flakeInputs())
                .containsEntry("nixpkgs", "github:NixOS/nixpkgs/nixos-" + NixosSettings.STABLE_RELEASE)
                .containsEntry(
                        "home-manager", "github:nix-community/home-manager/release-" + NixosSettings.STABLE_RELEASE);
        assertThat(Samples.full().nixos().flakeInputs())
                .containsEntry("nixpkgs", "github:NixOS/nixpkgs/nixos-unstable")
                .containsEntry("home-manager", "github:nix-community/home-manager/master")
                .containsEntry("agenix", "github:example/agenix");
    }

    @Test
    void what_the_tree_needs_of_the_owners_is_named() {
        assertThat(Samples.machine().ownFiles())
                .containsExactly(
                        Path.of("/etc/nixos/hardware-configuration.nix"),
                        Path.of("/etc/nixos/mine-home.nix"),
                        Path.of("/etc/nixos/mine.nix"),
                        Path.of("/etc/nixos/toolrc"));
    }

    @Test
    void a_line_break_gets_nowhere_but_into_a_dotfile() {
        Settings full = Samples.full();
        MachineJson.of(Samples.machine()); // has a dotfile of two lines
        for (HomeSettings home : List.of(
                new HomeSettings(
                        null, null, new HomeSettings.ShellEnvironment(Map.of("ll", "ls\nrm"), null), null, null),
                new HomeSettings(
                        null, null, new HomeSettings.ShellEnvironment(Map.of("content", "ls\nrm"), null), null, null),
                new HomeSettings(
                        null, null, new HomeSettings.ShellEnvironment(null, Map.of("A", "x\ny")), null, null))) {
            Settings settings = new Settings(full.host(), full.user(), null, null, home, null, null, full.secrets());
            assertThatThrownBy(() -> MachineJson.of(MachineData.of(settings, Samples.FACTS, DeclaredElsewhere.NOTHING)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("home.shell")
                    .hasMessageContaining("line break");
        }
    }

    @Test
    void units_that_could_not_be_written_safely_are_refused() {
        for (String name : List.of("hello", "../hello.service", "-hello.service", "hello.mount", "a\nb.service")) {
            assertThatThrownBy(() -> new DeclaredElsewhere.Services(Map.of(name, Map.of())))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new DeclaredElsewhere.Services(Map.of(
                        "hello.service", Map.of("Service", Map.of("ExecStart", List.of("/bin/true\nUser=root"))))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DeclaredElsewhere.Containers(true, Set.of("-anna")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void facts_are_what_they_are_called() {
        assertThatThrownBy(() -> new MachineFacts("x86_64-linux; rm", GIB, null, null, Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MachineFacts("x86_64-linux", 0, null, null, Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MachineFacts("x86_64-linux", GIB, null, "/usr/lib/homeostat", Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void max_jobs_is_auto_or_a_number() throws Exception {
        assertThat(Json.read("\"auto\"", MaxJobs.class)).isEqualTo(MaxJobs.AUTO);
        assertThat(Json.read("4", MaxJobs.class)).isEqualTo(new MaxJobs(4));
        for (String wrong : List.of("\"many\"", "-1", "1025", "true", "1.5")) {
            assertThatThrownBy(() -> Json.read(wrong, MaxJobs.class))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static JsonNode withHardware(MachineFacts facts, HardwareSettings hardware, MemorySettings memory)
            throws Exception {
        DeclaredElsewhere nothing = DeclaredElsewhere.NOTHING;
        return Json.MAPPER.readTree(MachineJson.of(MachineData.of(
                Samples.least(),
                facts,
                new DeclaredElsewhere(
                        nothing.services(),
                        nothing.containers(),
                        hardware,
                        memory,
                        nothing.virtualization(),
                        nothing.ai()))));
    }

    private static MachineFacts facts(long ramBytes, Gpu.Vendor... gpus) {
        return new MachineFacts("x86_64-linux", ramBytes, null, null, Set.of(gpus));
    }

    @Test
    void drivers_follow_what_is_there_unless_it_is_declared() throws Exception {
        MachineFacts laptop = facts(16 * GIB, Gpu.Vendor.NVIDIA, Gpu.Vendor.INTEL);
        for (var expected : Map.of(
                        Graphics.AUTO,
                        "[\"intel\"]",
                        Graphics.NONE,
                        "[]",
                        Graphics.of("amd"),
                        "[\"amd\"]",
                        Graphics.of(List.of("nvidia", "amd")),
                        "[\"amd\",\"nvidia\"]")
                .entrySet()) {
            assertThat(withHardware(laptop, new HardwareSettings(expected.getKey()), MemorySettings.DEFAULT)
                            .at("/gpu/vendors"))
                    .hasToString(expected.getValue());
            assertThat(Json.read(Json.write(expected.getKey()), Graphics.class)).isEqualTo(expected.getKey());
        }
        assertThat(Json.MAPPER
                        .readTree(MachineJson.of(MachineData.of(Samples.full(), laptop, DeclaredElsewhere.NOTHING)))
                        .at("/gpu/vendors"))
                .as("with allowUnfree")
                .hasToString("[\"intel\",\"nvidia\"]");
        assertThat(withHardware(facts(GIB), HardwareSettings.DEFAULT, MemorySettings.DEFAULT)
                        .at("/gpu/vendors"))
                .isEmpty();
    }

    @Test
    void the_pool_of_zswap_follows_memory() throws Exception {
        MemorySettings memory = new MemorySettings(Share.AUTO, Share.OFF, null);
        for (var expected : Map.of(4, 30, 8, 25, 15, 25, 16, 20, 63, 15, 64, 15).entrySet()) {
            JsonNode found = withHardware(facts(expected.getKey() * GIB), HardwareSettings.DEFAULT, memory)
                    .get("memory");
            assertThat(found.get("zswapPoolPercent").intValue())
                    .as("%d GiB", expected.getKey())
                    .isEqualTo(expected.getValue());
            assertThat(found.get("zramPercent").intValue()).isZero();
        }
    }

    @Test
    void what_is_not_said_of_memory_is_left_to_others() throws Exception {
        JsonNode memory = withHardware(facts(GIB), HardwareSettings.DEFAULT, MemorySettings.DEFAULT)
                .get("memory");
        assertThat(memory.path("zswapPoolPercent").isNumber()).isFalse();
        assertThat(memory.path("zramPercent").isNumber()).isFalse();
        assertThat(memory.get("swapFiles")).isEmpty();
    }

    private static JsonNode swap(long ramBytes, String size) throws Exception {
        return withHardware(
                        facts(ramBytes),
                        HardwareSettings.DEFAULT,
                        new MemorySettings(
                                null,
                                null,
                                new MemorySettings.Swap(null, size == null ? null : DataSize.parse(size), true)))
                .at("/memory/swapFiles/0");
    }

    @Test
    void a_swap_for_hibernation_goes_with_the_memory() throws Exception {
        assertThat(swap(8 * GIB, null).get("sizeMebibytes").intValue()).isEqualTo(12 * 1024);
        assertThat(swap(32 * GIB, null).get("sizeMebibytes").intValue()).isEqualTo(40 * 1024);
        assertThat(swap(32 * GIB, "32G").get("path").asText()).isEqualTo("/var/lib/swapfile");
        for (String size : List.of("8G", "65G")) {
            assertThatThrownBy(() -> swap(32 * GIB, size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("memory.swap.size: expected 32768M to 65536M to hibernate with this machine's memory,"
                            + " found " + size);
        }
    }
}
