package dev.homeostat.kind.generation.hardware;

import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Hardware.Swap;
import dev.homeostat.host.facts.Hardware.Zram;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.host.memory.SwapFiles;
import dev.homeostat.host.memory.SwapFiles.Form;
import dev.homeostat.host.memory.ZswapParameters;
import dev.homeostat.host.memory.ZswapParameters.Parameter;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.MemorySettings;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * zswap, zram and swap of the running kernel. zswap is corrected by its parameters, on every system. Swap and zram of a
 * generated system are its own: they are verified. Elsewhere a declared swap file is made and taken into use. What others
 * swap to is left alone.
 */
@ApplicationScoped
public class MemoryKind implements Kind<MemorySpec, MemorySeen> {
    public static final String NAME = "memory";
    public static final ResourceId ZSWAP = ResourceId.of(NAME, "zswap");
    public static final ResourceId ZRAM = ResourceId.of(NAME, "zram");
    public static final ResourceId SWAP = ResourceId.of(NAME, "swap");

    /** What templates/modules/memory.nix asks for, and NixOS takes for zram. */
    private static final String COMPRESSOR = "zstd";

    private static final String SET = "set";
    private static final String MAKE = "make";
    private static final String SWAP_ON = "swap-on";
    private static final String SWAP_OFF = "swap-off";

    private static final long MIB = 1L << 20;
    /** The kernel keeps the first page, of at most 64 KiB, for itself. */
    private static final long HEADER_LIMIT_BYTES = 64 * 1024;
    /** Whoever makes zram rounds, and counts the memory before or after the kernel has taken its part. */
    private static final double ZRAM_TOLERANCE = 0.03;

    private static final String ZRAM_DEVICE = "/dev/zram";
    private static final double PERCENT = 100.0;
    /** Neither sysfs nor /proc/swaps tells of changes by inotify; a look reads a few small files. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

    /** As {@link SwapFiles} says of making and taking into use. */
    private static final Duration PATIENCE = Duration.ofHours(1);

    private final MachineLook machine;
    private final ZswapParameters zswap;
    private final SwapFiles swapFiles;
    private final AtomicReference<Last> last = new AtomicReference<>();

    private volatile Watched watched = new Watched(Set.of(), (id, cause) -> {});

    private record Watched(Set<ResourceId> ids, BiConsumer<ResourceId, String> lookAgain) {}

    /** What was there at the last poll. */
    private record Last(Optional<Hardware.Zswap> zswap, List<Zram> zrams, List<String> swaps) {
        static Last of(Hardware hardware) {
            return new Last(
                    hardware.zswap(),
                    hardware.zrams(),
                    hardware.swaps().stream()
                            .map(swap -> swap.path() + " " + swap.sizeBytes())
                            .toList());
        }
    }

    public MemoryKind(MachineLook machine, ZswapParameters zswap, SwapFiles swapFiles) {
        this.machine = machine;
        this.zswap = zswap;
        this.swapFiles = swapFiles;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<MemorySpec> specType() {
        return MemorySpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<MemorySeen>> observe(Collection<Desired<MemorySpec>> resources) {
        Map<ResourceId, Sighting<MemorySeen>> answers = HashMap.newHashMap(resources.size());
        for (Desired<MemorySpec> d : resources) {
            Sighting<MemorySeen> answer;
            try {
                answer = look(d);
            } catch (Trouble t) {
                answer = new Sighting.Unclear<>(t);
            }
            answers.put(d.id(), answer);
        }
        return answers;
    }

    private Sighting<MemorySeen> look(Desired<MemorySpec> desired) throws Trouble {
        MemorySpec spec = desired.spec();
        Hardware hardware = machine.hardware();
        long ram = hardware.hibernation().leastBytes();
        if (spec.zswap() != null && spec.zswap().on() && hardware.zswap().isEmpty()) {
            return new Sighting.Unsupported<>(
                    "this kernel has no zswap (CONFIG_ZSWAP): boot one that has it, or declare" + " memory.zswap: off");
        }
        DeclaredElsewhere.Memory wanted;
        try {
            wanted = new MemorySettings(spec.zswap(), spec.zram(), spec.swap()).forRam(ram);
        } catch (IllegalArgumentException e) {
            throw Trouble.invalid(e.getMessage(), "correct it: it depends on this machine's memory");
        }
        Path path = wanted.swapFiles().isEmpty()
                ? null
                : real(Path.of(wanted.swapFiles().getFirst().path()));
        SwapFiles.Found file = path == null ? null : swapFiles.look(path);
        if (file != null && file.form() == Form.OTHER && !spec.generated()) {
            throw Trouble.conflict(
                    "there is something at " + path + " that is no swap file", "move it away, or declare another path");
        }
        return new Sighting.Seen<>(new MemorySeen(
                ram,
                wanted,
                hardware.zswap().orElse(null),
                hardware.zrams(),
                hardware.swaps(),
                path == null ? null : path.toString(),
                file));
    }

    /** The kernel lists what a link such as /dev/disk/by-label/swap leads to. */
    private static Path real(Path path) throws Trouble {
        try {
            return Files.exists(path) ? path.toRealPath() : path;
        } catch (IOException e) {
            throw Trouble.passing(path + " cannot be looked at: " + e.getMessage(), e);
        }
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<MemorySpec> desired, MemorySeen seen) {
        MemorySpec spec = desired.spec();
        if (desired.retired()) {
            return Assessment.IN_SYNC;
        }
        if (spec.zswap() != null) {
            return zswap(desired.id(), seen);
        }
        return spec.zram() != null ? zram(spec, seen) : swap(desired.id(), spec, seen);
    }

    private static Assessment zswap(ResourceId id, MemorySeen seen) {
        int percent = seen.wanted().zswapPoolPercent();
        if (seen.zswap() == null) {
            return Assessment.inSync("this kernel has no zswap");
        }
        List<Difference> differences = new ArrayList<>();
        compare("enabled", percent > 0 ? "yes" : "no", seen.zswap().enabled() ? "yes" : "no", differences);
        if (percent > 0) {
            compare("compressor", COMPRESSOR, seen.zswap().compressor(), differences);
            compare(
                    "max_pool_percent",
                    Integer.toString(percent),
                    Integer.toString(seen.zswap().maxPoolPercent()),
                    differences);
        }
        if (differences.isEmpty()) {
            return Assessment.IN_SYNC;
        }
        String what = percent == 0 ? "turn zswap off" : "set zswap: on, " + COMPRESSOR + ", " + percent + " %";
        String before = seen.zswap().enabled()
                ? "on, " + seen.zswap().compressor() + ", " + seen.zswap().maxPoolPercent() + " %"
                : "off";
        return new Assessment(
                differences,
                List.of(action(id, SET, Impact.NONE, what + " in /sys/module/zswap/parameters", "it was " + before)));
    }

    private static void compare(String path, String desired, String observed, List<Difference> differences) {
        if (!desired.equals(observed)) {
            differences.add(new Difference(path, desired, observed));
        }
    }

    private static Assessment zram(MemorySpec spec, MemorySeen seen) {
        int percent = seen.wanted().zramPercent();
        List<Zram> used = seen.zrams().stream()
                .filter(zram -> seen.inUse("/dev/" + zram.name()) != null)
                .toList();
        long bytes = used.stream().mapToLong(Zram::sizeBytes).sum();
        List<Difference> differences = new ArrayList<>();
        if (percent == 0) {
            used.forEach(zram -> differences.add(new Difference(zram.name(), "not swapped to", "swapped to")));
        } else {
            long wanted = (long) (seen.ramBytes() / PERCENT * percent);
            if (Math.abs(bytes - wanted) > wanted * ZRAM_TOLERANCE) {
                differences.add(new Difference("size", mib(wanted), used.isEmpty() ? "none" : mib(bytes)));
            }
            used.forEach(zram -> compare(zram.name() + ".algorithm", COMPRESSOR, zram.algorithm(), differences));
            order(used, seen, differences);
        }
        if (differences.isEmpty()) {
            return Assessment.IN_SYNC;
        }
        return Assessment.waiting(
                differences,
                spec.generated()
                        ? "zram is the generated system's (templates/modules/memory.nix): what is not so after the"
                                + " deployment is so after a reboot"
                        : percent == 0
                                ? "who made it is to take it away: a swap in memory is not emptied from here; look for"
                                        + " zram-generator.conf, or zramswap"
                                : "zram is made where the system is generated; here set up zram-generator with "
                                        + mib((long) (seen.ramBytes() / PERCENT * percent)) + " and " + COMPRESSOR);
    }

    /** What is in memory is to be full before anything is written to a disk. */
    private static void order(List<Zram> used, MemorySeen seen, List<Difference> differences) {
        int lowest = used.stream()
                .mapToInt(zram -> seen.inUse("/dev/" + zram.name()).priority())
                .min()
                .orElse(Integer.MAX_VALUE);
        seen.swaps().stream()
                .filter(swap -> !swap.path().startsWith(ZRAM_DEVICE) && swap.priority() >= lowest)
                .findFirst()
                .ifPresent(swap -> differences.add(new Difference(
                        "priority",
                        "above " + swap.priority() + ", that of " + swap.path(),
                        Integer.toString(lowest))));
    }

    private static Assessment swap(ResourceId id, MemorySpec spec, MemorySeen seen) {
        DeclaredElsewhere.SwapFile wanted = seen.wanted().swapFiles().getFirst();
        long size = wanted.sizeMebibytes() * MIB;
        Swap inUse = seen.inUse(seen.path());
        boolean device = seen.file().form() == Form.DEVICE;
        List<Difference> differences = new ArrayList<>();
        if (inUse == null) {
            differences.add(new Difference("state", "in use", describe(seen.file())));
        } else if (!isOfSize(inUse.sizeBytes(), size, device)) {
            differences.add(new Difference("size", mib(size), mib(inUse.sizeBytes())));
        }
        if (differences.isEmpty()) {
            return Assessment.IN_SYNC;
        }
        if (spec.generated()) {
            return Assessment.waiting(
                    differences,
                    "the swap is the generated system's (templates/modules/memory.nix): if it is not so after the"
                            + " deployment, see systemctl list-units --type=swap, or reboot");
        }
        if (device && inUse != null) {
            return Assessment.waiting(differences, "a device keeps its size: declare the size that it has");
        }
        return new Assessment(differences, swapActions(id, seen, size, inUse));
    }

    private static boolean isOfSize(long inUse, long wanted, boolean device) {
        return inUse <= wanted && wanted - inUse <= (device ? MIB : HEADER_LIMIT_BYTES);
    }

    private static List<Action> swapActions(ResourceId id, MemorySeen seen, long size, Swap inUse) {
        List<Action> actions = new ArrayList<>();
        if (inUse != null) {
            actions.add(action(
                    id,
                    SWAP_OFF,
                    Impact.DISRUPTIVE,
                    "take " + seen.path() + " out of use, and " + mib(inUse.usedBytes()) + " back into memory",
                    "swapon " + seen.path()));
        }
        if (seen.file().form() != Form.DEVICE
                && (inUse != null
                        || seen.file().form() != Form.SWAP
                        || seen.file().sizeBytes() != size)) {
            actions.add(action(
                    id, MAKE, Impact.NONE, "make the swap file " + seen.path() + " (" + mib(size) + ")", "remove it"));
        }
        actions.add(action(id, SWAP_ON, Impact.NONE, "take " + seen.path() + " into use", "swapoff " + seen.path()));
        return actions;
    }

    private static String describe(SwapFiles.Found found) {
        return switch (found.form()) {
            case ABSENT -> "absent";
            case SWAP -> "there, of " + mib(found.sizeBytes()) + ", not in use";
            case DEVICE -> "not in use";
            case OTHER -> "something else, and no swap";
        };
    }

    private static Action action(ResourceId id, String verb, Impact impact, String summary, String undo) {
        return new Action(id, verb, Phase.DEPLOYMENT, impact, summary, undo);
    }

    private static String mib(long bytes) {
        return Math.ceilDiv(bytes, MIB) + " MiB";
    }

    // ---- correct

    @Override
    public void perform(Desired<MemorySpec> desired, Action action) throws Trouble {
        MemorySeen seen = switch (look(desired)) { // it may have moved since the plan
            case Sighting.Seen<MemorySeen>(MemorySeen now) -> now;
            case Sighting.Unsupported<MemorySeen>(String reason) -> throw Trouble.invalid(reason, "");
            case Sighting.Unclear<MemorySeen>(Trouble trouble) -> throw trouble;
        };
        switch (action.verb()) {
            case SET -> set(seen.wanted().zswapPoolPercent());
            case MAKE ->
                swapFiles.make(
                        Path.of(seen.path()),
                        seen.wanted().swapFiles().getFirst().sizeMebibytes() * MIB);
            case SWAP_ON -> {
                if (seen.inUse(seen.path()) == null) {
                    swapFiles.on(Path.of(seen.path()));
                }
            }
            case SWAP_OFF -> {
                Swap inUse = seen.inUse(seen.path());
                if (inUse != null) {
                    swapFiles.off(Path.of(inUse.path()), inUse.usedBytes());
                }
            }
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    /** First what it should be, then that it should be at all. */
    private void set(int percent) throws Trouble {
        if (percent > 0) {
            zswap.set(Parameter.COMPRESSOR, COMPRESSOR);
            zswap.set(Parameter.MAX_POOL_PERCENT, Integer.toString(percent));
        }
        zswap.set(Parameter.ENABLED, percent > 0 ? "Y" : "N");
    }

    @Override
    public Duration patience(Desired<MemorySpec> desired) {
        return desired.spec().swap() == null ? Duration.ZERO : PATIENCE;
    }

    // ---- leave behind, watch

    /** It stays: what is swapped out is somebody's memory. */
    @Override
    public Optional<MemorySpec> whenUndeclared(Desired<MemorySpec> desired, MemorySeen before, boolean ours) {
        return Optional.empty();
    }

    @Override
    public void watch(Collection<Desired<MemorySpec>> resources, LookAgain again) {
        watched = new Watched(resources.stream().map(Desired::id).collect(Collectors.toSet()), again::at);
    }

    @Override
    public Optional<Duration> pollEvery(Collection<Desired<MemorySpec>> resources) {
        return resources.isEmpty() ? Optional.empty() : Optional.of(LOOK_EVERY);
    }

    @Override
    public void poll() {
        Last now;
        try {
            now = Last.of(machine.hardware());
        } catch (Trouble t) {
            now = null; // the look that follows tells why
        }
        Last before = last.getAndSet(now);
        Watched those = watched;
        if (now == null || !now.equals(before)) {
            those.ids().forEach(id -> those.lookAgain().accept(id, "zswap, zram or swap changed"));
        }
    }
}
