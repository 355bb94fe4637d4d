package dev.homeostat.host.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.homeostat.host.facts.Hardware.ContainerDevices;
import dev.homeostat.host.facts.Hardware.Display;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.facts.Hardware.Nvidia;
import dev.homeostat.host.facts.Hardware.Swap;
import dev.homeostat.host.facts.Hardware.Zram;
import dev.homeostat.host.facts.Hardware.Zswap;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Machines as the kernel shows them, laid out from src/test/resources/hardware. */
@Timeout(20)
class HardwareTest {
    private static final long KIB = 1024;
    private static final long GIB = 1L << 30;

    @TempDir
    private Path root;

    private Hardware look() throws Trouble {
        return new LiveMachine(root, "amd64", List.of(), null).hardware();
    }

    private Hardware look(String tree) throws Exception {
        RecordedTree.layHardware(tree, root);
        return look();
    }

    private void write(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        Files.writeString(file, content);
    }

    private static Display display(String slot, Maker maker, String driver, String module, String version) {
        return new Display(
                slot, maker, Optional.ofNullable(driver), Optional.ofNullable(module), Optional.ofNullable(version));
    }

    /** In each of them "ATI" or "AMD" stands somewhere: in "CorporATIon", "compATIble", or the name of the processor. */
    @ParameterizedTest
    @CsvSource({
        "intel-i915,INTEL",
        "intel-xe,INTEL",
        "amd-apu,AMD",
        "amd-card,AMD",
        "nvidia,NVIDIA",
        "nvidia-updated,NVIDIA",
        "nvidia-stale-cdi,NVIDIA",
        "optimus,INTEL NVIDIA",
        "two-nvidia,NVIDIA NVIDIA OTHER",
        "virtio,OTHER",
        "vmware,OTHER",
        "no-display,''",
        "arm-board,''"
    })
    void who_made_a_display_controller_is_told_by_its_number(String tree, String makers) throws Exception {
        assertThat(look(tree).displays().stream()
                        .map(display -> display.maker().name())
                        .toList())
                .isEqualTo(makers.isEmpty() ? List.of() : List.of(makers.split(" ")));
    }

    @Test
    void a_laptop_with_intel() throws Exception {
        Hardware hardware = look("intel-i915");
        assertThat(hardware.microcode()).contains("0xb8");
        assertThat(hardware.displays()).containsExactly(display("0000:00:02.0", Maker.INTEL, "i915", "i915", null));
        assertThat(hardware.nvidia()).isEmpty();
        assertThat(hardware.zswap()).contains(new Zswap(true, "zstd", 20));
        assertThat(hardware.zrams()).isEmpty();
        assertThat(hardware.swaps())
                .containsExactly(new Swap("/dev/nvme0n1p3", "partition", 20_971_516 * KIB, GIB, -2));
        assertThat(hardware.hibernation().fits()).isTrue();
    }

    @Test
    void an_accelerator_is_no_display_controller() throws Exception {
        assertThat(look("intel-xe").displays()).containsExactly(display("0000:00:02.0", Maker.INTEL, "xe", "xe", null));
    }

    @Test
    void compressed_memory_is_swapped_to_but_nothing_to_hibernate_to() throws Exception {
        Hardware hardware = look("amd-apu");
        assertThat(hardware.zswap()).contains(new Zswap(false, "lzo", 20));
        assertThat(hardware.zrams()).containsExactly(new Zram("zram0", 14_649_540_608L, "zstd"));
        assertThat(hardware.swaps())
                .singleElement()
                .satisfies(swap -> assertThat(swap.path()).isEqualTo("/dev/zram0"));
        assertThat(hardware.hibernation().largestSwapBytes()).isZero();
        assertThat(hardware.hibernation().fits()).isFalse();
    }

    @Test
    void a_file_with_a_blank_in_its_name() throws Exception {
        Hardware hardware = look("amd-card");
        assertThat(hardware.displays())
                .containsExactly(display("0000:0b:00.0", Maker.AMD, "amdgpu", "amdgpu", "6.12.12"));
        assertThat(hardware.swaps())
                .containsExactly(new Swap("/var/lib/swap file", "file", 73_400_316 * KIB, 512 * KIB, -2));
    }

    @Test
    void three_parts_of_one_driver_agree() throws Exception {
        assertThat(look("nvidia").nvidia())
                .contains(new Nvidia(
                        Optional.of("570.86.16"),
                        List.of("570.86.16"),
                        List.of(new ContainerDevices("/run/cdi/nvidia-container-toolkit.json", List.of("570.86.16"))),
                        Optional.empty()));
    }

    @Test
    void after_an_update_the_old_module_is_still_loaded() throws Exception {
        Nvidia nvidia = look("nvidia-updated").nvidia().orElseThrow();
        assertThat(nvidia.kernelModule()).contains("570.86.16");
        assertThat(nvidia.disagreement())
                .contains("the kernel module that is loaded is 570.86.16, the libraries are 570.133.07: reboot");
    }

    @Test
    void a_specification_for_containers_may_be_stale() throws Exception {
        Nvidia nvidia = look("nvidia-stale-cdi").nvidia().orElseThrow();
        assertThat(nvidia.specifications())
                .containsExactly(new ContainerDevices("/etc/cdi/nvidia.yaml", List.of("535.183.01")));
        assertThat(nvidia.disagreement())
                .contains("/etc/cdi/nvidia.yaml gives containers libraries of version 535.183.01, the driver is"
                        + " 550.127.05");
    }

    @Test
    void libraries_of_two_versions_are_told() throws Exception {
        RecordedTree.layHardware("nvidia", root);
        write("usr/lib64/libcuda.so.535.183.01", "ELF");
        assertThat(look().nvidia().orElseThrow().disagreement())
                .contains("there are libraries of the versions 535.183.01 and 570.86.16");
    }

    @Test
    void a_laptop_with_two_and_no_driver_of_nvidia() throws Exception {
        Hardware hardware = look("optimus");
        assertThat(hardware.displays())
                .containsExactly(
                        display("0000:00:02.0", Maker.INTEL, "i915", "i915", null),
                        display("0000:01:00.0", Maker.NVIDIA, "nouveau", "nouveau", null));
        assertThat(hardware.nvidia()).contains(new Nvidia(Optional.empty(), List.of(), List.of(), Optional.empty()));
    }

    @Test
    void two_cards_have_one_driver() throws Exception {
        Hardware hardware = look("two-nvidia");
        assertThat(hardware.displays())
                .containsExactly(
                        display("0000:21:00.0", Maker.NVIDIA, "nvidia", "nvidia", "565.77"),
                        display("0000:4b:00.0", Maker.NVIDIA, "nvidia", "nvidia", "565.77"),
                        display("0000:4c:00.0", Maker.OTHER, "ast", "ast", null));
        assertThat(hardware.nvidia().orElseThrow().disagreement()).isEmpty();
    }

    @Test
    void a_kernel_without_zswap_and_without_swap() throws Exception {
        Hardware hardware = look("no-display");
        assertThat(hardware.zswap()).isEmpty();
        assertThat(hardware.swaps()).isEmpty();
    }

    @Test
    void a_board_without_a_pci_bus() throws Exception {
        Hardware hardware = look("arm-board");
        assertThat(hardware.microcode()).isEmpty();
        assertThat(hardware.zrams())
                .containsExactly(new Zram("zram0", 1_988_784_128L, "lzo-rle"), new Zram("zram1", 0, "lzo-rle"));
        assertThat(hardware.hibernation().largestSwapBytes()).isEqualTo(4_194_300 * KIB);
        assertThat(hardware.hibernation().fits()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"4,8,8", "8,12,16", "16,20,32", "32,40,64", "64,80,128"})
    void hibernation_takes_a_quarter_more_and_at_least_four_gibibytes(long ram, long recommended, long most) {
        Hardware.Hibernation hibernation = Hardware.Hibernation.of(ram * GIB, List.of());
        assertThat(hibernation.leastBytes()).isEqualTo(ram * GIB);
        assertThat(hibernation.recommendedBytes()).isEqualTo(recommended * GIB);
        assertThat(hibernation.mostBytes()).isEqualTo(most * GIB);
    }

    @Test
    void nothing_is_remembered() throws Exception {
        RecordedTree.layHardware("virtio", root);
        LiveMachine machine = new LiveMachine(root, "amd64", List.of(), null);
        assertThat(machine.hardware().zswap()).contains(new Zswap(false, "lzo", 20));
        write("sys/module/zswap/parameters/enabled", "Y\n");
        assertThat(machine.hardware().zswap()).contains(new Zswap(true, "lzo", 20));
    }

    // ---- what is broken or hostile

    @ParameterizedTest
    @CsvSource({
        "sys/module/zswap/parameters/enabled,1",
        "sys/module/zswap/parameters/compressor,../zstd",
        "sys/module/zswap/parameters/max_pool_percent,101",
        "sys/block/zram0/disksize,-1",
        "sys/block/zram0/comp_algorithm,lzo zstd",
        "sys/module/nvidia/version,$(id)",
        "proc/driver/nvidia/version,NVIDIA",
        "proc/swaps,/swapfile"
    })
    void what_makes_no_sense_is_refused_by_the_name_of_its_file(String file, String content) throws Exception {
        RecordedTree.layHardware("nvidia-updated", root);
        write("sys/module/zswap/parameters/enabled", "Y\n");
        write("sys/module/zswap/parameters/compressor", "zstd\n");
        write("sys/module/zswap/parameters/max_pool_percent", "20\n");
        write("sys/block/zram0/disksize", "0\n");
        write("sys/block/zram0/comp_algorithm", "[zstd]\n");
        assertThat(look().zrams()).hasSize(1);
        write(file, content + "\n");
        Trouble trouble = catchThrowableOfType(Trouble.class, this::look);
        assertThat(trouble).isNotNull();
        assertThat(trouble.getMessage()).startsWith(root.resolve(file) + " does not say what it should");
    }

    @Test
    void a_line_of_swaps_that_makes_no_sense_is_refused() throws Exception {
        RecordedTree.layHardware("intel-i915", root);
        for (String line :
                List.of("swapfile file 1 1 1", "/a block 1 1 1", "/a file x 1 1", "/\u001b[31m file 1 1 1")) {
            write("proc/swaps", "Filename Type Size Used Priority\n" + line + "\n");
            assertThat(catchThrowableOfType(Trouble.class, this::look)).as(line).isNotNull();
        }
    }

    @Test
    void a_specification_is_read_up_to_a_limit() throws Exception {
        RecordedTree.layHardware("nvidia", root);
        write("etc/cdi/nvidia.yaml", "#".repeat(2 * 1024 * 1024 + 1));
        assertThat(catchThrowableOfType(Trouble.class, this::look))
                .hasMessageContaining("etc/cdi/nvidia.yaml is larger than 2097152 bytes");
    }
}
