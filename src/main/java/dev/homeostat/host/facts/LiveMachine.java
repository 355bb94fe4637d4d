package dev.homeostat.host.facts;

import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.Facts.NixFacts;
import dev.homeostat.host.facts.Machine.Firmware;
import dev.homeostat.host.facts.Machine.Space;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.NixInfo;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The machine that this process runs on. Keeps nothing between two calls. Thread-safe; some files are read. */
@ApplicationScoped
public class LiveMachine implements MachineLook {
    /** Some 2 kB on real machines. */
    private static final int MEMINFO_LIMIT_BYTES = 64 * 1024;
    /** A list of ranges. */
    private static final int ONLINE_LIMIT_BYTES = 4096;
    /** The first processor is described in some 2 kB; all of them in megabytes, if there are many. */
    private static final int CPUINFO_HEAD_BYTES = 16 * 1024;
    /** The kernel has a limit of 8192. */
    private static final int MOST_PROCESSORS = 1 << 16;

    private static final long BYTES_PER_KIB = 1024;
    private static final Pattern TOTAL = Pattern.compile("^MemTotal: +([1-9][0-9]{0,14}) kB$", Pattern.MULTILINE);
    private static final Pattern ONLINE =
            Pattern.compile("[0-9]{1,5}(?:-[0-9]{1,5})?(?:,[0-9]{1,5}(?:-[0-9]{1,5})?)*\\n?");
    private static final Pattern VENDOR =
            Pattern.compile("^(?:vendor_id|CPU implementer)\\s*: ([!-~]{1,32})$", Pattern.MULTILINE);
    private static final Pattern MICROCODE = Pattern.compile("^microcode\\s*: (0x[0-9a-f]{1,8})$", Pattern.MULTILINE);

    private final Path root;
    private final String architecture;
    private final List<Path> folders;
    private final Nix nix;
    /** Whoever may read may ask: not more than one at a time gets processes for it. */
    private final ReentrantLock asking = new ReentrantLock();

    @Inject
    public LiveMachine(Locations locations, Nix nix) {
        this(
                Path.of("/"),
                System.getProperty("os.arch"),
                List.of(Path.of("/nix"), Path.of("/boot"), locations.state()),
                nix);
    }

    /**
     * @param root below which proc, sys, etc and boot are
     * @param architecture as the JVM calls it
     * @param folders absolute, as seen from the root: what room they have
     */
    LiveMachine(Path root, String architecture, List<Path> folders, Nix nix) {
        this.root = root;
        this.architecture = architecture;
        this.folders = List.copyOf(folders);
        this.nix = nix;
    }

    @Override
    public Machine machine() throws Trouble {
        Firmware firmware = firmware();
        return new Machine(
                OsRelease.read(root),
                system(),
                processors(),
                vendor(),
                ramBytes(),
                firmware,
                BootLoaders.find(root, firmware),
                spaces(),
                PciDisplays.list(root));
    }

    @Override
    public Hardware hardware() throws Trouble {
        return hardware(PciDisplays.list(root), ramBytes());
    }

    private Hardware hardware(List<Machine.Gpu> gpus, long ramBytes) throws Trouble {
        List<Hardware.Display> displays = Drivers.of(root, gpus);
        List<Hardware.Swap> swaps = Swaps.list(root);
        return new Hardware(
                microcode(),
                displays,
                NvidiaDriver.look(root, displays),
                CompressedMemory.zswap(root),
                CompressedMemory.zrams(root),
                swaps,
                Hardware.Hibernation.of(ramBytes, swaps));
    }

    @Override
    public Facts facts() throws Trouble {
        Machine machine = machine();
        Hardware hardware = hardware(machine.gpus(), machine.ramBytes());
        if (!nix.isThere()) {
            return new Facts(machine, hardware, Optional.empty(), Optional.empty());
        }
        asking.lock();
        try {
            NixInfo info = nix.info();
            return new Facts(
                    machine, hardware, Optional.of(new NixFacts(info.version(), info.features())), Optional.empty());
        } catch (Trouble e) {
            return new Facts(machine, hardware, Optional.empty(), Optional.of(e.sentence()));
        } finally {
            asking.unlock();
        }
    }

    private String system() throws Trouble {
        return switch (architecture) {
            case "amd64", "x86_64" -> "x86_64-linux";
            case "aarch64" -> "aarch64-linux";
            case "riscv64" -> "riscv64-linux";
            default ->
                throw Trouble.invalid(
                        "the architecture " + architecture + " is not one that NixOS is known to run on",
                        "amd64, aarch64 and riscv64 are");
        };
    }

    private int processors() throws Trouble {
        Path file = root.resolve("sys/devices/system/cpu/online");
        String text = SmallFile.required(file, ONLINE_LIMIT_BYTES);
        if (!ONLINE.matcher(text).matches()) {
            throw SmallFile.notWhatItShouldBe(file, "ranges such as 0-3,8");
        }
        int count = 0;
        for (String range : text.strip().split(",")) {
            String[] ends = range.split("-");
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            count += last - first + 1;
            if (last < first || count > MOST_PROCESSORS) {
                throw SmallFile.notWhatItShouldBe(file, "ranges of at most " + MOST_PROCESSORS + " processors");
            }
        }
        return count;
    }

    private Optional<String> vendor() throws Trouble {
        return processor(VENDOR);
    }

    private Optional<String> microcode() throws Trouble {
        return processor(MICROCODE);
    }

    /** What is said of the first one. */
    private Optional<String> processor(Pattern line) throws Trouble {
        String head = SmallFile.head(root.resolve("proc/cpuinfo"), CPUINFO_HEAD_BYTES)
                .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
                .orElse("");
        Matcher matcher = line.matcher(head);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private long ramBytes() throws Trouble {
        Path file = root.resolve("proc/meminfo");
        Matcher matcher = TOTAL.matcher(SmallFile.required(file, MEMINFO_LIMIT_BYTES));
        if (!matcher.find()) {
            throw SmallFile.notWhatItShouldBe(file, "MemTotal in kB");
        }
        return Long.parseLong(matcher.group(1)) * BYTES_PER_KIB;
    }

    private Firmware firmware() throws Trouble {
        if (Files.isDirectory(root.resolve("sys/firmware/efi"))) {
            return Firmware.UEFI;
        }
        return system().startsWith("x86_64") ? Firmware.BIOS : Firmware.OTHER;
    }

    private List<Space> spaces() throws Trouble {
        List<Space> spaces = new ArrayList<>();
        for (Path folder : folders) {
            try {
                FileStore store =
                        Files.getFileStore(root.resolve(folder.toString().substring(1)));
                spaces.add(new Space(folder.toString(), store.getUsableSpace(), store.getTotalSpace()));
            } catch (NoSuchFileException e) {
                continue; // the answer lists what is there
            } catch (IOException e) {
                throw Trouble.passing("the room in " + folder + " cannot be told: " + e.getMessage(), e);
            }
        }
        return spaces;
    }
}
