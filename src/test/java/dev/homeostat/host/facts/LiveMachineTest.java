package dev.homeostat.host.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.homeostat.host.facts.Machine.BootLoader;
import dev.homeostat.host.facts.Machine.Firmware;
import dev.homeostat.host.facts.Machine.Gpu;
import dev.homeostat.host.facts.Machine.OperatingSystem;
import dev.homeostat.host.facts.Machine.Space;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.NixSettings;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.process.Command;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines as they were recorded, and some as nobody would have them. */
@Timeout(20)
class LiveMachineTest {
    private static final String LOADER_INFO =
            "sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

    @TempDir
    private Path root;

    private LiveMachine machine(String architecture) {
        return machine(architecture, new NoProcesses());
    }

    private LiveMachine machine(String architecture, Processes processes) {
        NixSettings nix = new NixSettings(
                root.resolve("nix/store"), root.resolve("nix/var/nix"), root.resolve("home"), "daemon", Map.of());
        return new LiveMachine(
                root,
                architecture,
                List.of(Path.of("/nix"), Path.of("/boot"), Path.of("/var/lib/homeostat")),
                new Nix(nix, processes, new PosixFiles(), null));
    }

    private Machine look(String tree, String architecture) throws Exception {
        RecordedTree.lay(tree, root);
        return machine(architecture).machine();
    }

    private void write(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        Files.writeString(file, content);
    }

    private String trouble() {
        Trouble trouble =
                catchThrowableOfType(Trouble.class, () -> machine("amd64").machine());
        assertThat(trouble).isNotNull();
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
        return trouble.getMessage().replace(root + "/", "");
    }

    // ---- machines

    @Test
    void a_laptop_with_two_display_controllers() throws Exception {
        Machine machine = look("intel-uefi-laptop", "amd64");
        assertThat(machine.os()).isEqualTo(new OperatingSystem("nixos", Optional.of("25.11")));
        assertThat(machine.system()).isEqualTo("x86_64-linux");
        assertThat(machine.processors()).isEqualTo(8);
        assertThat(machine.vendor()).contains("GenuineIntel");
        assertThat(machine.ramBytes()).isEqualTo(16_168_088L * 1024);
        assertThat(machine.firmware()).isEqualTo(Firmware.UEFI);
        assertThat(machine.bootLoader()).contains(BootLoader.SYSTEMD_BOOT);
        assertThat(machine.gpus())
                .containsExactly(
                        new Gpu("0000:00:02.0", "8086", "9a49", Optional.of("i915")),
                        new Gpu("0000:01:00.0", "10de", "1f91", Optional.empty()));
    }

    @Test
    void a_desktop_without_uefi_whose_disk_has_a_loader_that_it_cannot_start() throws Exception {
        Machine machine = look("amd-bios-desktop", "amd64");
        assertThat(machine.os()).isEqualTo(new OperatingSystem("void", Optional.empty()));
        assertThat(machine.processors()).isEqualTo(7);
        assertThat(machine.vendor()).contains("AuthenticAMD");
        assertThat(machine.firmware()).isEqualTo(Firmware.BIOS);
        assertThat(machine.bootLoader()).contains(BootLoader.GRUB);
        assertThat(machine.gpus()).containsExactly(new Gpu("0000:01:00.0", "1002", "67df", Optional.of("amdgpu")));
    }

    @Test
    void a_virtual_machine_without_a_boot_loader() throws Exception {
        Machine machine = look("virtual-machine", "amd64");
        assertThat(machine.os()).isEqualTo(new OperatingSystem("debian", Optional.of("13")));
        assertThat(machine.processors()).isEqualTo(1);
        assertThat(machine.bootLoader()).isEmpty();
        assertThat(machine.gpus()).containsExactly(new Gpu("0000:00:01.0", "1af4", "1050", Optional.of("virtio-pci")));
        assertThat(machine.spaces()).isEmpty();
    }

    @Test
    void a_board_without_a_pci_bus() throws Exception {
        Machine machine = look("arm-board", "aarch64");
        assertThat(machine.system()).isEqualTo("aarch64-linux");
        assertThat(machine.vendor()).contains("0x41");
        assertThat(machine.firmware()).isEqualTo(Firmware.OTHER);
        assertThat(machine.gpus()).isEmpty();
    }

    @Test
    void room_is_told_of_the_folders_that_are_there() throws Exception {
        List<Space> spaces = look("intel-uefi-laptop", "amd64").spaces();
        assertThat(spaces).extracting(Space::path).containsExactly("/nix", "/boot");
        FileStore store = Files.getFileStore(root);
        assertThat(spaces).allSatisfy(space -> {
            assertThat(space.totalBytes()).isEqualTo(store.getTotalSpace()).isPositive();
            assertThat(space.freeBytes()).isBetween(0L, space.totalBytes());
        });
    }

    @Test
    void nothing_is_remembered() throws Exception {
        RecordedTree.lay("intel-uefi-laptop", root);
        LiveMachine live = machine("amd64");
        Machine before = live.machine();
        write("proc/meminfo", "MemTotal:       1024 kB\n");
        Files.delete(root.resolve("boot/EFI/systemd/systemd-bootx64.efi"));
        write("sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
        Files.createSymbolicLink(
                root.resolve("sys/bus/pci/devices/0000:01:00.0/driver"), Path.of("../../../../bus/pci/drivers/nvidia"));
        Machine after = live.machine();
        assertThat(before.ramBytes()).isNotEqualTo(after.ramBytes());
        assertThat(after.ramBytes()).isEqualTo(1024 * 1024);
        assertThat(after.bootLoader()).isEmpty();
        assertThat(after.gpus().getLast().driver()).contains("nvidia");
    }

    @ParameterizedTest
    @CsvSource({"systemd-boot 257.6,SYSTEMD_BOOT", "GRUB 2.12,GRUB", "rEFInd 0.14,", "systemd-bootleg,"})
    void of_two_boot_loaders_the_one_that_ran_says_so(String name, BootLoader expected) throws Exception {
        RecordedTree.lay("intel-uefi-laptop", root);
        write("boot/grub/grub.cfg", "set timeout=5\n");
        assertThat(machine("amd64").machine().bootLoader()).isEmpty();
        write(LOADER_INFO, "");
        byte[] text = (name + "\0").getBytes(StandardCharsets.UTF_16LE);
        byte[] content = new byte[4 + text.length];
        content[0] = 6;
        System.arraycopy(text, 0, content, 4, text.length);
        Files.write(root.resolve(LOADER_INFO), content);
        assertThat(machine("amd64").machine().bootLoader()).isEqualTo(Optional.ofNullable(expected));
    }

    @Test
    void an_architecture_that_nobody_generates_for_is_refused_by_name() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        Trouble trouble =
                catchThrowableOfType(Trouble.class, () -> machine("sparc").machine());
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.INVALID);
        assertThat(trouble.sentence()).contains("sparc").contains("aarch64");
    }

    // ---- Nix

    @Test
    void a_machine_without_nix_starts_no_process() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        Facts facts = machine("amd64").facts();
        assertThat(facts.nix()).isEmpty();
        assertThat(facts.nixTrouble()).isEmpty();
    }

    @Test
    void a_nix_that_does_not_answer_is_told_beside_the_rest() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        Files.createDirectories(root.resolve("nix/store"));
        Facts facts = machine("amd64", new NoProcesses() {
                    @Override
                    public Result run(List<String> arguments, Map<String, String> environment, Duration limit) {
                        return new Result(1, "", "no nix for you");
                    }
                })
                .facts();
        assertThat(facts.machine().os().id()).isEqualTo("debian");
        assertThat(facts.nix()).isEmpty();
        assertThat(facts.nixTrouble()).hasValueSatisfying(why -> assertThat(why).contains("no nix for you"));
    }

    // ---- what is broken or hostile

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ID",
                "ID=nixos; rm -rf /",
                "ID=$(id)",
                "ID=\"`id`\"",
                "ID=\"nixos",
                "ID='nix'os'",
                "ID=../../etc",
                "ID=\"a b\"",
                "ID=\"\"",
                "NAME=Nameless",
                "ID=nixos\nVERSION_ID=\"25.11\u001b[31m\"",
                "ID=nixos\n\u0000",
                " ID=nixos"
            })
    void an_os_release_that_is_not_one_is_refused(String content) throws Exception {
        RecordedTree.lay("virtual-machine", root);
        write("etc/os-release", content + "\n");
        assertThat(trouble()).startsWith("etc/os-release does not say what it should: expected ");
    }

    @Test
    void a_machine_without_a_name_is_refused() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        Files.delete(root.resolve("usr/lib/os-release"));
        assertThat(trouble()).isEqualTo("there is neither etc/os-release nor usr/lib/os-release");
    }

    @Test
    void files_are_read_up_to_a_limit() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        write("etc/os-release", "ID=nixos\n" + "#".repeat(16 * 1024));
        assertThat(trouble()).isEqualTo("etc/os-release is larger than 16384 bytes");
        Files.delete(root.resolve("etc/os-release"));
        Files.createSymbolicLink(root.resolve("etc/os-release"), Path.of("/dev/zero"));
        assertThat(trouble()).isEqualTo("etc/os-release is no file");
    }

    @Test
    void a_pipe_is_not_waited_for() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        Path meminfo = root.resolve("proc/meminfo");
        Files.delete(meminfo);
        assertThat(new ChildProcesses()
                        .run(List.of("mkfifo", meminfo.toString()), Map.of(), Duration.ofSeconds(10))
                        .exitCode())
                .isZero();
        assertThat(trouble()).isEqualTo("proc/meminfo is no file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "MemTotal: 0 kB", "MemTotal: 99999999999999999999 kB", "MemTotal: -5 kB", "MemTotal: 5 MB"})
    void an_amount_of_memory_that_is_none_is_refused(String content) throws Exception {
        RecordedTree.lay("virtual-machine", root);
        write("proc/meminfo", content + "\n");
        assertThat(trouble()).isEqualTo("proc/meminfo does not say what it should: expected MemTotal in kB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0-", "3-1", "a", "0-99999", "0,,1", "99999999999"})
    void processors_that_cannot_be_counted_are_refused(String content) throws Exception {
        RecordedTree.lay("virtual-machine", root);
        write("sys/devices/system/cpu/online", content + "\n");
        assertThat(trouble()).startsWith("sys/devices/system/cpu/online does not say what it should");
    }

    @Test
    void a_processor_without_a_vendor_is_one_without_a_vendor() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: \u001b[31mred\n");
        assertThat(machine("amd64").machine().vendor()).isEmpty();
        Files.delete(root.resolve("proc/cpuinfo"));
        assertThat(machine("amd64").machine().vendor()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"class,0x03", "class,display", "vendor,ATI compatible", "vendor,0x1002ff", "device,0xzzzz", "device,''"
    })
    void a_display_controller_that_makes_no_sense_is_refused(String file, String content) throws Exception {
        RecordedTree.lay("virtual-machine", root);
        write("sys/bus/pci/devices/0000:00:01.0/" + file, content + "\n");
        assertThat(trouble()).startsWith("sys/bus/pci/devices/0000:00:01.0/" + file + " does not say what it should");
    }

    @Test
    void a_driver_is_a_link_to_a_plain_name() throws Exception {
        RecordedTree.lay("virtual-machine", root);
        Path driver = root.resolve("sys/bus/pci/devices/0000:00:01.0/driver");
        Files.delete(driver);
        Files.createSymbolicLink(driver, Path.of("../drivers/two words"));
        assertThat(trouble()).endsWith("expected a link to a driver");
        Files.delete(driver);
        Files.writeString(driver, "i915");
        assertThat(trouble()).endsWith("expected a link to a driver");
    }

    @Test
    void a_display_controller_that_is_just_being_unplugged_is_left_out() throws Exception {
        RecordedTree.lay("intel-uefi-laptop", root);
        Files.delete(root.resolve("sys/bus/pci/devices/0000:00:02.0/device"));
        assertThat(machine("amd64").machine().gpus()).extracting(Gpu::slot).containsExactly("0000:01:00.0");
    }

    /** Nothing here may start one. */
    private static class NoProcesses implements Processes {
        @Override
        public Result run(List<String> arguments, Map<String, String> environment, Duration limit) throws Trouble {
            throw new AssertionError("started: " + arguments);
        }

        @Override
        public int run(Command command, Reader output, Reader errors, Cancellation cancellation) {
            throw new AssertionError("started: " + command);
        }
    }
}
