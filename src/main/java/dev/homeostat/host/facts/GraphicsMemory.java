package dev.homeostat.host.facts;

import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * How much memory graphics cards have of their own: amdgpu tells it in sysfs, NVIDIA's driver by its program only. Thread-safe;
 * may start a process.
 */
@ApplicationScoped
public class GraphicsMemory {
    /** A number of bytes. */
    private static final int NUMBER_LIMIT_BYTES = 64;

    private static final Pattern BYTES = Pattern.compile("([0-9]{1,15})\\n?");
    /** One line a card, in MiB. */
    private static final Pattern MIB = Pattern.compile("[0-9]{1,9}");

    private static final long BYTES_PER_MIB = 1024L * 1024;
    /** It loads the driver's library, and wakes a card that sleeps. */
    private static final Duration PROGRAM_LIMIT = Duration.ofSeconds(5);

    private static final List<String> NVIDIA =
            List.of("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits");

    private final Path root;
    private final Processes processes;

    @Inject
    public GraphicsMemory(Processes processes) {
        this(Path.of("/"), processes);
    }

    /** @param root below which sys is */
    GraphicsMemory(Path root, Processes processes) {
        this.root = root;
        this.processes = processes;
    }

    /**
     * Of the card that has most.
     *
     * @param maker who made it
     * @param bytes of its own, without what it borrows from the machine
     */
    public record Card(Hardware.Maker maker, long bytes) {}

    /**
     * The card with most memory of its own; empty if none has any.
     *
     * @throws Trouble transient, if the driver's program does not answer
     */
    public Optional<Card> largest() throws Trouble {
        Optional<Card> largest = Optional.empty();
        boolean nvidia = false;
        for (Machine.Gpu gpu : PciDisplays.list(root)) {
            Hardware.Maker maker = Hardware.Maker.of(gpu.vendor());
            if (gpu.driver().isEmpty()) {
                continue;
            }
            nvidia |= maker == Hardware.Maker.NVIDIA && gpu.driver().get().equals("nvidia");
            Path file = root.resolve("sys/bus/pci/devices").resolve(gpu.slot()).resolve("mem_info_vram_total");
            Optional<Card> card = SmallFile.value(file, NUMBER_LIMIT_BYTES, BYTES, "a number of bytes")
                    .map(bytes -> new Card(maker, Long.parseLong(bytes)));
            largest = larger(largest, card);
        }
        return nvidia ? larger(largest, nvidia()) : largest;
    }

    private static Optional<Card> larger(Optional<Card> a, Optional<Card> b) {
        return a.isEmpty() || b.isPresent() && b.get().bytes() > a.get().bytes() ? b.or(() -> a) : a;
    }

    private Optional<Card> nvidia() throws Trouble {
        Processes.Result result = processes.run(NVIDIA, Map.of(), PROGRAM_LIMIT);
        if (result.exitCode() != 0) {
            throw Trouble.passing("nvidia-smi ended with status " + result.exitCode());
        }
        OptionalLong most = result.output()
                .lines()
                .map(String::strip)
                .filter(line -> MIB.matcher(line).matches())
                .mapToLong(line -> Long.parseLong(line) * BYTES_PER_MIB)
                .max();
        return most.isPresent() ? Optional.of(new Card(Hardware.Maker.NVIDIA, most.getAsLong())) : Optional.empty();
    }
}
