package dev.homeostat.ai;

import dev.homeostat.host.facts.Machine;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.logging.Logger;

/** By the kernel: /proc, and what amdgpu tells of its cards. Other drivers tell nothing there, so their cards count as 0. */
@ApplicationScoped
public class LiveMachineMemory implements MachineMemory {
    private static final Logger LOG = Logger.getLogger(LiveMachineMemory.class);
    private static final Path DEVICES = Path.of("/sys/bus/pci/devices");
    private static final String VRAM = "mem_info_vram_total";

    private final MachineLook look;

    public LiveMachineMemory(MachineLook look) {
        this.look = look;
    }

    @Override
    public Memory memory() {
        try {
            Machine machine = look.machine();
            long vram = machine.gpus().stream()
                    .mapToLong(gpu -> vramBytes(gpu.slot()))
                    .max()
                    .orElse(0);
            return new Memory(vram, machine.ramBytes());
        } catch (Trouble t) { // the smallest model needs nothing to be known
            LOG.warnf("how much memory there is for models is not known: %s", t.sentence());
            return new Memory(0, 0);
        }
    }

    private static long vramBytes(String slot) {
        Path file = DEVICES.resolve(slot).resolve(VRAM);
        try {
            String text = Files.exists(file) ? Files.readString(file).strip() : "";
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
        } catch (IOException e) {
            LOG.debugf("%s cannot be read: %s", file, e.getMessage());
            return 0;
        }
    }
}
