package dev.homeostat.host.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.facts.GraphicsMemory.Card;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.host.process.Command;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cards as the kernel shows them; NVIDIA's program, which needs its card, is played. */
class GraphicsMemoryTest {
    private static final long MIB = 1024L * 1024;

    @TempDir
    private Path root;

    private final List<String> asked = new ArrayList<>();

    /** @param output of nvidia-smi */
    private GraphicsMemory machine(String tree, int exitCode, String output) throws Exception {
        RecordedTree.layHardware(tree, root);
        return new GraphicsMemory(root, new Processes() {
            @Override
            public Result run(List<String> arguments, Map<String, String> environment, Duration limit) {
                asked.add(arguments.getFirst());
                return new Result(exitCode, output, "");
            }

            @Override
            public int run(Command command, Reader out, Reader errors, Cancellation cancellation) {
                throw new IllegalStateException("nothing runs for long here");
            }
        });
    }

    @Test
    void nvidias_driver_tells_by_its_program_and_the_largest_card_counts() throws Exception {
        assertThat(machine("two-nvidia", 0, "8188\n24564\n").largest())
                .contains(new Card(Hardware.Maker.NVIDIA, 24564 * MIB));
    }

    @Test
    void what_the_program_cannot_tell_is_no_size() throws Exception {
        assertThat(machine("nvidia", 0, "[N/A]\n").largest()).isEmpty();
    }

    @Test
    void nor_is_anything_if_the_program_fails() throws Exception {
        assertThatThrownBy(() -> machine("nvidia", 9, "").largest())
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("nvidia-smi ended with status 9");
    }

    @Test
    void amdgpu_tells_by_a_file() throws Exception {
        GraphicsMemory memory = machine("amd-card", 0, "");
        Path device = root.resolve("sys/bus/pci/devices/0000:0b:00.0");
        assertThat(memory.largest()).isEmpty();
        Files.writeString(device.resolve("mem_info_vram_total"), "17163091968\n");
        assertThat(memory.largest()).contains(new Card(Hardware.Maker.AMD, 17_163_091_968L));
        Files.writeString(device.resolve("mem_info_vram_total"), "lots\n");
        assertThatThrownBy(memory::largest).isInstanceOf(Trouble.class).hasMessageContaining("a number of bytes");
        assertThat(asked).isEmpty();
    }

    @Test
    void others_have_none_of_their_own() throws Exception {
        assertThat(machine("intel-xe", 0, "").largest()).isEmpty();
        assertThat(asked).isEmpty();
    }
}
