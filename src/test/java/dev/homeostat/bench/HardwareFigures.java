package dev.homeostat.bench;

import dev.homeostat.bench.Figure.Reach;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.host.facts.RecordedTree;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looking at the hardware. */
final class HardwareFigures {
    private static final int LOOKS = 200;
    /** With those of the tree as many as a workstation has. */
    private static final int OTHER_DEVICES = 116;

    private HardwareFigures() {}

    static List<Figure> facts() {
        try {
            Path root = Files.createTempDirectory("hardware");
            RecordedTree.layHardware("two-nvidia", root);
            for (int i = 0; i < OTHER_DEVICES; i++) {
                Path device = Files.createDirectories(root.resolve("sys/bus/pci/devices/0001:%02x:00.0".formatted(i)));
                Files.writeString(device.resolve("class"), "0x060400\n");
                Files.writeString(device.resolve("vendor"), "0x1022\n");
                Files.writeString(device.resolve("device"), "0x1480\n");
            }
            MachineLook machine = RecordedTree.machine(root);
            List<Double> samples = new ArrayList<>();
            for (int i = 0; i < LOOKS; i++) {
                long start = System.nanoTime();
                if (machine.machine().gpus().size()
                        != machine.hardware().displays().size()) {
                    throw new IllegalStateException("not the same machine");
                }
                samples.add(Guest.millis(System.nanoTime() - start));
            }
            return List.of(new Figure(
                    "hardware-facts",
                    "facts of processor, memory, swap, 120 PCI devices, drivers",
                    "ms",
                    samples,
                    Reach.p50(20)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Trouble t) {
            throw new IllegalStateException(t.sentence(), t);
        }
    }
}
