package dev.homeostat.host.facts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.system.NixMachine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real machine, held against what other programs say of it. */
@Tag("system")
@Timeout(120)
class LiveMachineSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private NixMachine nix;

    private String said(String... command) throws Exception {
        var result = nix.processes.run(List.of(command), Map.of(), LIMIT);
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.output().strip();
    }

    @Test
    void a_real_machine_is_what_other_programs_say_of_it() throws Exception {
        nix = new NixMachine(folder.resolve("machine"));
        try {
            said("nix-store", "--init"); // the store of a machine that was just booted is made at the first use
            Facts facts = new LiveMachine(Locations.system(Map.of()), nix.nix).facts();
            Machine machine = facts.machine();
            assertThat(machine.os().id()).isEqualTo("debian");
            assertThat(machine.os().version()).contains("13");
            assertThat(machine.system()).isEqualTo(said("uname", "-m") + "-linux");
            assertThat(machine.processors()).isEqualTo(Integer.parseInt(said("getconf", "_NPROCESSORS_ONLN")));
            long kib = Long.parseLong(
                    said("free", "--kibi").lines().toList().get(1).split(" +")[1]);
            assertThat(machine.ramBytes()).isEqualTo(kib * 1024);
            assertThat(machine.spaces()).isNotEmpty().allSatisfy(space -> {
                String blocks = said("stat", "-f", "-c", "%b %S", space.path());
                long total = Long.parseLong(blocks.split(" ")[0]) * Long.parseLong(blocks.split(" ")[1]);
                assertThat(space.totalBytes()).isEqualTo(total);
                assertThat(space.freeBytes()).isBetween(0L, total);
            });
            assertThat(machine.spaces()).extracting(Machine.Space::path).contains("/nix");
            assertThat(Files.isDirectory(Path.of("/sys/firmware/efi")))
                    .isEqualTo(machine.firmware() == Machine.Firmware.UEFI);
            assertThat(facts.nixTrouble()).isEmpty();
            assertThat(facts.nix())
                    .hasValueSatisfying(n -> assertThat(n.version()).startsWith("2.26"));
        } finally {
            nix.close();
        }
    }
}
