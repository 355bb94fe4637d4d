package dev.homeostat.kind.generation.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.facts.EarlyMicrocode;
import dev.homeostat.host.facts.RecordedTree;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu.Vendor;
import dev.homeostat.kind.generation.settings.Microcode;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers and microcode of machines as the kernel shows them, laid out from src/test/resources/hardware. */
@Timeout(20)
class HardwareKindTest {
    @TempDir
    private Path root;

    @TempDir
    private Path tools;

    private HardwareKind kind() {
        return new HardwareKind(
                RecordedTree.machine(root),
                new EarlyMicrocode(root),
                new ContainerDevices(null, null, tools, List.of(tools)));
    }

    private static Desired<HardwareSpec> desired(ResourceId id, HardwareSpec spec) {
        return new Desired<>(id, spec, Set.of(), Place.NOWHERE);
    }

    private Sighting<HardwareSeen> look(Desired<HardwareSpec> desired) {
        return kind().observe(List.of(desired)).get(desired.id());
    }

    private Assessment assess(Desired<HardwareSpec> desired) {
        return look(desired) instanceof Sighting.Seen<HardwareSeen>(HardwareSeen seen)
                ? kind().assess(desired, seen)
                : null;
    }

    private static Desired<HardwareSpec> auto(boolean generated, boolean unfree) {
        return desired(HardwareKind.GPU, HardwareSpec.gpu(null, generated, unfree));
    }

    private static Desired<HardwareSpec> declared(Vendor vendor) {
        return desired(HardwareKind.gpu(vendor), HardwareSpec.gpu(vendor, true, true));
    }

    private void tool() throws Exception {
        Path tool = Files.writeString(tools.resolve("nvidia-ctk"), "#!/bin/sh\n");
        assertThat(tool.toFile().setExecutable(true)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "intel-i915",
                "intel-xe",
                "amd-apu",
                "amd-card",
                "nvidia",
                "two-nvidia",
                "virtio",
                "vmware",
                "no-display",
                "arm-board"
            })
    void a_machine_whose_drivers_are_bound_is_in_sync(String tree) throws Exception {
        RecordedTree.layHardware(tree, root);
        assertThat(assess(auto(true, true)).inSync()).isTrue();
        assertThat(assess(auto(false, false)).inSync()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtio", "vmware", "no-display", "arm-board"})
    void where_no_driver_is_needed_the_processor_draws(String tree) throws Exception {
        RecordedTree.layHardware(tree, root);
        assertThat(assess(auto(true, true)).note()).contains("the processor draws");
    }

    @Test
    void a_card_that_is_not_there_needs_no_driver() throws Exception {
        RecordedTree.layHardware("intel-i915", root);
        assertThat(assess(declared(Vendor.AMD)).note()).isEqualTo("there is no display controller of amd");
        assertThat(assess(declared(Vendor.INTEL)).inSync()).isTrue();
    }

    @Test
    void another_driver_waits_for_a_reboot_and_names_the_module_of_the_templates() throws Exception {
        RecordedTree.layHardware("optimus", root);
        Assessment nvidia = assess(declared(Vendor.NVIDIA));
        assertThat(nvidia.differences()).containsExactly(new Difference("driver of 0000:01:00.0", "nvidia", "nouveau"));
        assertThat(nvidia.actions()).isEmpty();
        assertThat(nvidia.waits()).contains("templates/modules/gpu.nix").endsWith("reboot");
        assertThat(assess(declared(Vendor.INTEL)).inSync()).isTrue();
        assertThat(assess(auto(true, true)).inSync()).isFalse();
        assertThat(assess(auto(true, false)).inSync())
                .as("nouveau is right where NVIDIA's driver may not be")
                .isTrue();
    }

    @Test
    void a_controller_without_a_driver_is_told() throws Exception {
        RecordedTree.layHardware("amd-card", root);
        Files.delete(root.resolve("sys/bus/pci/devices/0000:0b:00.0/driver"));
        assertThat(assess(auto(false, false)).differences())
                .containsExactly(new Difference("driver of 0000:0b:00.0", "amdgpu or radeon", "none"));
        assertThat(assess(auto(false, false)).waits()).startsWith("install the driver");
    }

    @Test
    void after_an_update_the_module_waits_for_a_reboot_and_the_specification_with_it() throws Exception {
        RecordedTree.layHardware("nvidia-updated", root);
        tool();
        Assessment assessment = assess(auto(true, true));
        assertThat(assessment.differences())
                .containsExactly(
                        new Difference("versions of NVIDIA's driver", "one", "module 570.86.16, libraries 570.133.07"));
        assertThat(assessment.actions()).isEmpty();
        assertThat(assessment.waits()).contains("reboot");
    }

    @Test
    void a_stale_specification_is_made_anew_where_there_is_a_tool() throws Exception {
        RecordedTree.layHardware("nvidia-stale-cdi", root);
        Assessment without = assess(auto(false, true));
        assertThat(without.actions()).isEmpty();
        assertThat(without.waits()).contains("there is no nvidia-ctk");
        tool();
        Assessment with = assess(auto(false, true));
        assertThat(with.differences())
                .containsExactly(new Difference("/etc/cdi/nvidia.yaml", "550.127.05", "535.183.01"));
        assertThat(with.actions()).extracting(Action::verb).containsExactly("regenerate");
        assertThat(with.waits()).isEmpty();
    }

    @Test
    void what_a_tool_made_has_to_be_a_specification_of_that_driver() throws Exception {
        String right = "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\n- hostPath: /usr/lib/libcuda.so.550.127.05\n";
        ContainerDevices.check(right, "550.127.05");
        for (String wrong : List.of("", right.replace("05\n", "051\n"), right.replace("nvidia.com/gpu", "x"))) {
            assertThatThrownBy(() -> ContainerDevices.check(wrong, "550.127.05"))
                    .as(wrong)
                    .isInstanceOf(Trouble.class)
                    .hasMessageContaining("the old one stays");
        }
    }

    // ---- microcode

    private static Desired<HardwareSpec> microcode(Microcode microcode) {
        return desired(HardwareKind.MICROCODE, HardwareSpec.microcode(microcode, true));
    }

    private void booted(String head) throws Exception {
        Path disk = root.resolve("run/booted-system/initrd");
        Files.createDirectories(disk.getParent());
        Files.writeString(disk, head, StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({
        "AUTO,070701 kernel/x86/microcode/GenuineIntel.bin,true",
        "ON,070701 kernel/x86/microcode/GenuineIntel.bin,true",
        "OFF,070701 kernel/x86/microcode/GenuineIntel.bin,false",
        "AUTO,070701 init,false",
        "OFF,070701 init,true"
    })
    void microcode_is_verified_by_what_the_kernel_was_booted_with(Microcode wanted, String head, boolean inSync)
            throws Exception {
        RecordedTree.layHardware("intel-i915", root);
        booted(head);
        Assessment assessment = assess(microcode(wanted));
        assertThat(assessment.inSync()).isEqualTo(inSync);
        assertThat(inSync ? assessment.note() : assessment.waits()).contains("revision 0xb8");
        if (!inSync) {
            assertThat(assessment.waits()).contains("templates/modules/cpu.nix").contains("reboot");
        }
    }

    @Test
    void what_cannot_be_seen_is_said() throws Exception {
        RecordedTree.layHardware("intel-i915", root);
        assertThat(assess(microcode(Microcode.ON)).note())
                .isEqualTo("revision 0xb8; whether it was given at boot cannot be seen");
    }

    @Test
    void a_processor_that_gets_none_is_unsupported_only_if_it_is_asked_for() throws Exception {
        RecordedTree.layHardware("arm-board", root);
        booted("070701 init");
        assertThat(assess(microcode(Microcode.AUTO)).inSync()).isTrue();
        assertThat(look(microcode(Microcode.ON))).isInstanceOf(Sighting.Unsupported.class);
    }
}
