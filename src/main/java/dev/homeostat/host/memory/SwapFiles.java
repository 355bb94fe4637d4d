package dev.homeostat.host.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.Errand;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.TransientService;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files and devices that are swapped to: looked at, made, and taken into use. The kernel is told by programs in services of
 * their own, because the daemon itself has not the right (CAP_SYS_ADMIN). Thread-safe; calls wait for programs.
 */
@ApplicationScoped
public class SwapFiles {
    private static final Path DEVICES = Path.of("/dev");
    /** At the end of the first page; where pages are larger it is elsewhere, and the file is taken for something else. */
    private static final byte[] SIGNATURE = "SWAPSPACE2".getBytes(US_ASCII);

    private static final int SIGNATURE_END_BYTES = 4096;
    /** Beside the file, so that it can be renamed: what a killed daemon leaves is replaced by the next try. */
    private static final String UNFINISHED = ".homeostat-new";

    private static final int MODE = 0600;
    private static final int WRITABLE_BY_OTHERS = 022;
    private static final long MIB = 1L << 20;
    /** What a file system has to keep free: others write, too. */
    private static final long KEPT_FREE_BYTES = 1024 * MIB;
    /** Of the memory: what has to stay free when a swap is read back into it. */
    private static final long KEPT_MEMORY_PART = 10;

    private static final int MEMINFO_LIMIT_BYTES = 64 * 1024;
    private static final long BYTES_PER_KIB = 1024;
    private static final Pattern TOTAL = Pattern.compile("^MemTotal: +([0-9]{1,15}) kB$", Pattern.MULTILINE);
    private static final Pattern AVAILABLE = Pattern.compile("^MemAvailable: +([0-9]{1,15}) kB$", Pattern.MULTILINE);

    /** Where a file system cannot promise room, zeros are written: 64 GiB on a slow disk. */
    private static final Duration MAKE_LIMIT = Duration.ofMinutes(20);
    /** Taking into use is done at once; leaving reads everything back, from a slow disk. */
    private static final Duration KERNEL_LIMIT = Duration.ofMinutes(10);

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final UnitName ON = new UnitName("homeostat-swapon.service");
    private static final UnitName OFF = new UnitName("homeostat-swapoff.service");
    private static final int LINES_LIMIT = 20;
    private static final int REASON_LIMIT_CHARS = 300;
    /** Where systems have the programs; those of NixOS first. */
    private static final List<Path> FOLDERS =
            List.of(Path.of("/run/current-system/sw/bin"), Path.of("/usr/sbin"), Path.of("/usr/bin"), Path.of("/sbin"));

    /** What lies at the path of a swap. */
    public enum Form {
        ABSENT,
        /** Made for it, in use or not. */
        SWAP,
        /** A device; what is on it is not looked at. */
        DEVICE,
        /** Something else, that is not to be lost. */
        OTHER
    }

    /** @param sizeBytes 0 if it is no file */
    public record Found(Form form, long sizeBytes) {}

    private final Path root;
    private final SafeFiles files;
    private final Processes processes;
    private final Systemd systemd;

    @Inject
    public SwapFiles(SafeFiles files, Processes processes, Systemd systemd) {
        this(Path.of("/"), files, processes, systemd);
    }

    /** @param root below which proc is */
    public SwapFiles(Path root, SafeFiles files, Processes processes, Systemd systemd) {
        this.root = root;
        this.files = files;
        this.processes = processes;
        this.systemd = systemd;
    }

    public Found look(Path path) throws Trouble {
        if (path.startsWith(DEVICES)) { // the daemon's own /dev has no disks
            return new Found(Form.DEVICE, 0);
        }
        Optional<FileFacts> facts = files.look(path);
        if (facts.isEmpty()) {
            return new Found(Form.ABSENT, 0);
        }
        if (facts.get().type() != FileFacts.Type.FILE) {
            return new Found(Form.OTHER, 0);
        }
        long size = facts.get().sizeBytes();
        return new Found(size >= SIGNATURE_END_BYTES && isSigned(path) ? Form.SWAP : Form.OTHER, size);
    }

    private static boolean isSigned(Path path) throws Trouble {
        try (InputStream in = Files.newInputStream(path)) {
            in.skipNBytes(SIGNATURE_END_BYTES - SIGNATURE.length);
            return Arrays.equals(in.readNBytes(SIGNATURE.length), SIGNATURE);
        } catch (IOException e) {
            throw Trouble.passing(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a file to be swapped to, under another name first. One that is there is replaced: it must be a swap that is not
     * in use, or nothing.
     *
     * @throws Trouble if there is not enough room, others may write into the folder, or a program failed; then nothing is
     *     left but perhaps the former swap
     */
    public void make(Path path, long sizeBytes) throws Trouble {
        Found there = look(path);
        if (there.form() == Form.OTHER || there.form() == Form.DEVICE) {
            throw Trouble.conflict(
                    "there is something at " + path + " that is no swap file", "move it away, or declare another path");
        }
        Path folder = path.getParent();
        requireSafe(folder);
        Path unfinished = folder.resolve(path.getFileName() + UNFINISHED);
        files.remove(unfinished);
        requireRoom(folder, sizeBytes - (there.form() == Form.SWAP ? there.sizeBytes() : 0), sizeBytes);
        try {
            if (there.form() == Form.SWAP) { // its room may be needed; there is nothing in it
                files.remove(path);
            }
            files.write(unfinished, new byte[0], MODE, 0, 0);
            run(List.of("fallocate", "--length", Long.toString(sizeBytes), unfinished.toString()));
            run(List.of("mkswap", unfinished.toString()));
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw Trouble.passing(path + " cannot be made: " + e.getMessage(), e);
        } finally {
            files.remove(unfinished);
        }
    }

    private void requireSafe(Path folder) throws Trouble {
        FileFacts facts = files.look(folder)
                .filter(f -> f.type() == FileFacts.Type.FOLDER)
                .orElseThrow(() -> Trouble.invalid(
                        "the folder " + folder + " for the swap file is not there",
                        "make it, or declare another path"));
        if (facts.uid() != 0 || (facts.mode() & WRITABLE_BY_OTHERS) != 0) {
            throw Trouble.invalid(
                    "others than root may write into " + folder + ": memory of all programs does not belong there",
                    "declare another path");
        }
    }

    private static void requireRoom(Path folder, long moreBytes, long sizeBytes) throws Trouble {
        long free;
        try {
            free = Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw Trouble.passing("the room in " + folder + " cannot be told: " + e.getMessage(), e);
        }
        if (free - moreBytes < KEPT_FREE_BYTES) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "a swap file of " + mib(sizeBytes) + " does not fit in " + folder + ": " + mib(free)
                            + " are free, and " + mib(KEPT_FREE_BYTES) + " have to stay so",
                    "free space, declare a smaller size, or another path");
        }
    }

    private void run(List<String> arguments) throws Trouble {
        Processes.Result result = processes.run(arguments, Map.of(), MAKE_LIMIT);
        if (result.exitCode() != 0) {
            throw Trouble.passing(arguments.getFirst() + " failed: " + line(result.errors()));
        }
    }

    /**
     * Takes it into use.
     *
     * @throws Trouble with what the kernel said
     */
    public void on(Path path) throws Trouble {
        errand(
                ON,
                "swapon",
                path,
                "ext4 and xfs can hold one; on btrfs make it with btrfs filesystem mkswapfile, and a network's file system"
                        + " cannot");
    }

    /**
     * Takes it out of use: what is in it is read back into memory.
     *
     * @param usedBytes what is in it
     * @throws Trouble transient if there is no room for that; else with what the kernel said
     */
    public void off(Path path, long usedBytes) throws Trouble {
        String meminfo = meminfo();
        long total = kib(TOTAL, meminfo);
        long available = kib(AVAILABLE, meminfo);
        if (usedBytes > available - total / KEPT_MEMORY_PART) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    path + " holds " + mib(usedBytes) + ", for which there is no room in memory: " + mib(available)
                            + " are available, and " + mib(total / KEPT_MEMORY_PART) + " have to stay so",
                    "end something large, or leave its size as it is");
        }
        errand(OFF, "swapoff", path, "see dmesg");
    }

    private String meminfo() throws Trouble {
        Path file = root.resolve("proc/meminfo");
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MEMINFO_LIMIT_BYTES), US_ASCII);
        } catch (IOException e) {
            throw Trouble.passing(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static long kib(Pattern line, String meminfo) throws Trouble {
        Matcher matcher = line.matcher(meminfo);
        if (!matcher.find()) {
            throw Trouble.passing("/proc/meminfo does not tell how much memory is left");
        }
        return Long.parseLong(matcher.group(1)) * BYTES_PER_KIB;
    }

    private void errand(UnitName unit, String program, Path path, String remedy) throws Trouble {
        Path found = FOLDERS.stream()
                .map(folder -> folder.resolve(program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> Trouble.invalid(
                        "there is no program " + program + " where systems have it", "install util-linux"));
        ServiceManager manager = systemd.of(Scope.OWN);
        Optional<ServiceRun> run = Errand.run(
                manager,
                new TransientService(
                        unit,
                        "Homeostat: " + program + " " + path,
                        List.of(found.toString(), path.toString()),
                        Map.of("LANG", "C.UTF-8"),
                        Optional.empty(),
                        "/",
                        KERNEL_LIMIT,
                        GRACE));
        if (run.isEmpty()) {
            throw Trouble.passing("how " + program + " " + path + " ended could not be seen");
        }
        if (run.get().state() != ServiceRun.State.SUCCEEDED) {
            List<String> said =
                    manager.written(unit, run.get().invocation(), run.get().began(), LINES_LIMIT);
            String why = said.isEmpty() ? run.get().how() : said.getLast();
            throw new Trouble(Trouble.Sort.TRANSIENT, program + " failed: " + line(why), remedy);
        }
    }

    private static String line(String text) {
        String line = new String(text.getBytes(UTF_8), UTF_8).strip().replaceAll("\\p{Cntrl}+", " ");
        return line.length() > REASON_LIMIT_CHARS ? line.substring(0, REASON_LIMIT_CHARS) : line;
    }

    private static String mib(long bytes) {
        return Math.ceilDiv(bytes, MIB) + " MiB";
    }
}
