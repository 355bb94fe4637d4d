package dev.homeostat.kind.generation.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.homeostat.host.facts.RecordedTree;
import dev.homeostat.host.memory.SwapFiles;
import dev.homeostat.host.memory.ZswapParameters;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.kind.generation.settings.MemorySettings;
import dev.homeostat.kind.generation.settings.Share;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Memory of machines as the kernel shows it, laid out from src/test/resources/hardware. */
@Timeout(20)
class MemoryKindTest {
    private static final String PARAMETERS = "sys/module/zswap/parameters/";
    private static final int PAGE_BYTES = 4096;

    @TempDir
    private Path root;

    @TempDir
    private Path disk;

    private MemoryKind kind() {
        return new MemoryKind(
                RecordedTree.machine(root),
                new ZswapParameters(root),
                new SwapFiles(root, new PosixFiles(), null, null));
    }

    private static Desired<MemorySpec> desired(ResourceId id, MemorySpec spec) {
        return new Desired<>(id, spec, Set.of(), Place.NOWHERE);
    }

    private static Desired<MemorySpec> zswap(Share share) {
        return desired(MemoryKind.ZSWAP, new MemorySpec(share, null, null, true));
    }

    private static Desired<MemorySpec> zram(Share share, boolean generated) {
        return desired(MemoryKind.ZRAM, new MemorySpec(null, share, null, generated));
    }

    private Desired<MemorySpec> swap(String path, String size, boolean generated) {
        return desired(
                MemoryKind.SWAP,
                new MemorySpec(
                        null,
                        null,
                        new MemorySettings.Swap(path, size == null ? null : DataSize.parse(size), size == null),
                        generated));
    }

    private Sighting<MemorySeen> look(Desired<MemorySpec> desired) {
        return kind().observe(List.of(desired)).get(desired.id());
    }

    private Assessment assess(Desired<MemorySpec> desired) {
        assertThat(look(desired)).isInstanceOf(Sighting.Seen.class);
        return look(desired) instanceof Sighting.Seen<MemorySeen>(MemorySeen seen)
                ? kind().assess(desired, seen)
                : null;
    }

    private void perform(Desired<MemorySpec> desired) throws Trouble {
        for (Action action : assess(desired).actions()) {
            kind().perform(desired, action);
        }
    }

    private String parameter(String name) throws Exception {
        return Files.readString(root.resolve(PARAMETERS + name)).strip();
    }

    private void write(String path, String content) throws Exception {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        Files.writeString(file, content);
    }

    // ---- zswap

    @Test
    void zswap_that_is_off_is_turned_on_as_declared() throws Exception {
        RecordedTree.layHardware("virtio", root);
        Assessment off = assess(zswap(Share.of(30)));
        assertThat(off.differences())
                .containsExactly(
                        new Difference("enabled", "yes", "no"),
                        new Difference("compressor", "zstd", "lzo"),
                        new Difference("max_pool_percent", "30", "20"));
        perform(zswap(Share.of(30)));
        assertThat(List.of(parameter("enabled"), parameter("compressor"), parameter("max_pool_percent")))
                .containsExactly("Y", "zstd", "30");
        assertThat(assess(zswap(Share.of(30))).inSync()).isTrue();
    }

    /** The predecessor turned it off in a configuration and never looked (F21). */
    @Test
    void zswap_that_is_on_is_turned_off_and_nothing_else_is_touched() throws Exception {
        RecordedTree.layHardware("intel-i915", root);
        assertThat(assess(zswap(Share.OFF)).differences()).containsExactly(new Difference("enabled", "no", "yes"));
        perform(zswap(Share.OFF));
        assertThat(parameter("enabled")).isEqualTo("N");
        assertThat(parameter("max_pool_percent")).isEqualTo("20");
        assertThat(assess(zswap(Share.OFF)).inSync()).isTrue();
    }

    @Test
    void the_pool_follows_the_memory_of_the_machine() throws Exception {
        RecordedTree.layHardware("intel-i915", root); // 16 GB
        assertThat(assess(zswap(Share.AUTO)).inSync()).isTrue();
        write("proc/meminfo", "MemTotal:       8046216 kB\n");
        assertThat(assess(zswap(Share.AUTO)).differences())
                .containsExactly(new Difference("max_pool_percent", "25", "20"));
    }

    @Test
    void a_kernel_that_silently_keeps_its_compressor_is_found_out() throws Exception {
        RecordedTree.layHardware("virtio", root);
        Desired<MemorySpec> wanted = zswap(Share.of(30));
        List<Action> actions = assess(wanted).actions();
        // takes every value and gives none back
        MemoryKind kind = new MemoryKind(
                RecordedTree.machine(root), new ZswapParameters(keeping("/dev/null")), new SwapFiles(null, null, null));
        Trouble trouble = catchThrowableOfType(Trouble.class, () -> kind.perform(wanted, actions.getFirst()));
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.INVALID);
        assertThat(trouble.sentence())
                .startsWith("the kernel does not take zstd for zswap's compressor: it keeps")
                .contains("it was built without zstd");
        assertThat(parameter("enabled")).as("not turned on with another one").isEqualTo("N");
    }

    @Test
    void a_kernel_that_refuses_is_repeated() throws Exception {
        Trouble trouble = catchThrowableOfType(
                Trouble.class,
                () -> new ZswapParameters(keeping("/dev/full")).set(ZswapParameters.Parameter.COMPRESSOR, "zstd"));
        assertThat(trouble.sentence()).contains("does not take zstd").contains("No space left");
    }

    private Path keeping(String device) throws Exception {
        Path other = disk.resolve("kernel");
        Files.createDirectories(other.resolve(PARAMETERS));
        Files.createSymbolicLink(other.resolve(PARAMETERS + "compressor"), Path.of(device));
        return other;
    }

    @Test
    void a_kernel_without_zswap_is_right_only_if_none_is_wanted() throws Exception {
        RecordedTree.layHardware("no-display", root);
        assertThat(look(zswap(Share.AUTO)))
                .isInstanceOfSatisfying(
                        Sighting.Unsupported.class,
                        answer -> assertThat(answer.reason()).contains("memory.zswap: off"));
        assertThat(assess(zswap(Share.OFF)).inSync()).isTrue();
    }

    @Test
    void only_what_changed_is_looked_at_again() throws Exception {
        RecordedTree.layHardware("virtio", root);
        List<String> told = new ArrayList<>();
        MemoryKind kind = kind();
        kind.watch(List.of(zswap(Share.OFF)), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                told.add(id.toString());
            }

            @Override
            public void all(String kind, String cause) {
                throw new AssertionError(cause);
            }
        });
        kind.poll();
        told.clear();
        kind.poll();
        assertThat(told).isEmpty();
        write(PARAMETERS + "enabled", "Y\n");
        kind.poll();
        assertThat(told).containsExactly("memory/zswap");
    }

    // ---- zram

    private void zram(long bytes, String algorithm, int zramPriority) throws Exception {
        write("proc/meminfo", "MemTotal:       16384000 kB\n");
        write("sys/block/zram0/disksize", bytes + "\n");
        write("sys/block/zram0/comp_algorithm", "lzo [" + algorithm + "]\n");
        write(
                "proc/swaps",
                "Filename Type Size Used Priority\n/dev/zram0 partition 4096000 0 " + zramPriority
                        + "\n/dev/sda2 partition 8000000 0 -2\n");
    }

    @Test
    void zram_is_compared_in_size_algorithm_and_order() throws Exception {
        long quarter = 16_384_000L * 1024 / 4;
        zram(quarter, "zstd", 5);
        assertThat(assess(zram(Share.AUTO, true)).inSync()).isTrue();
        zram(quarter - quarter / 50, "zstd", 5);
        assertThat(assess(zram(Share.AUTO, true)).inSync()).as("rounded").isTrue();
        zram(quarter / 2, "lzo-rle", -3);
        Assessment wrong = assess(zram(Share.AUTO, true));
        assertThat(wrong.differences())
                .containsExactly(
                        new Difference("size", "4000 MiB", "2000 MiB"),
                        new Difference("zram0.algorithm", "zstd", "lzo-rle"),
                        new Difference("priority", "above -2, that of /dev/sda2", "-3"));
        assertThat(wrong.actions()).isEmpty();
        assertThat(wrong.waits()).contains("templates/modules/memory.nix");
        assertThat(assess(zram(Share.OFF, false)).differences())
                .containsExactly(new Difference("zram0", "not swapped to", "swapped to"));
        assertThat(assess(zram(Share.AUTO, false)).waits()).contains("zram-generator");
    }

    // ---- swap

    private Path swapFile(int pages) throws Exception {
        Path file = disk.resolve("swap");
        byte[] content = new byte[pages * PAGE_BYTES];
        byte[] signature = "SWAPSPACE2".getBytes();
        System.arraycopy(signature, 0, content, PAGE_BYTES - signature.length, signature.length);
        Files.write(file, content);
        return file;
    }

    private void inUse(Path file, long kib, long usedKib) throws Exception {
        write("proc/swaps", "Filename Type Size Used Priority\n" + file + " file " + kib + " " + usedKib + " -2\n");
    }

    private List<String> verbs(Desired<MemorySpec> desired) {
        return assess(desired).actions().stream().map(Action::verb).toList();
    }

    @Test
    void a_swap_that_is_missing_is_made_and_taken_into_use() throws Exception {
        RecordedTree.layHardware("virtio", root);
        String path = disk.resolve("swap").toString();
        assertThat(verbs(swap(path, "64M", false))).containsExactly("make", "swap-on");
        swapFile(64 * 256);
        assertThat(verbs(swap(path, "64M", false))).containsExactly("swap-on");
        swapFile(32 * 256);
        assertThat(verbs(swap(path, "64M", false))).containsExactly("make", "swap-on");
        inUse(disk.resolve("swap"), 32 * 1024 - 4, 0);
        assertThat(verbs(swap(path, "64M", false))).containsExactly("swap-off", "make", "swap-on");
        inUse(disk.resolve("swap"), 64 * 1024 - 4, 0);
        assertThat(assess(swap(path, "64M", false)).inSync()).isTrue();
    }

    @Test
    void a_device_is_only_taken_into_use() throws Exception {
        RecordedTree.layHardware("virtio", root);
        assertThat(verbs(swap("/dev/homeostat-none", "64M", false))).containsExactly("swap-on");
    }

    @Test
    void a_file_that_is_no_swap_is_somebodys() throws Exception {
        RecordedTree.layHardware("virtio", root);
        Path file = Files.write(disk.resolve("swap"), new byte[2 * PAGE_BYTES]);
        Trouble trouble =
                look(swap(file.toString(), "64M", false)) instanceof Sighting.Unclear<MemorySeen>(Trouble t) ? t : null;
        assertThat(trouble).isNotNull();
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.CONFLICT);
        Trouble making = catchThrowableOfType(
                Trouble.class, () -> new SwapFiles(root, new PosixFiles(), null, null).make(file, 1 << 26));
        assertThat(making.sort()).isEqualTo(Trouble.Sort.CONFLICT);
        assertThat(file).hasSize(2 * PAGE_BYTES);
    }

    @Test
    void the_swap_of_a_generated_system_is_its_own() throws Exception {
        RecordedTree.layHardware("virtio", root);
        Assessment assessment = assess(swap(disk.resolve("swap").toString(), "64M", true));
        assertThat(assessment.differences()).containsExactly(new Difference("state", "in use", "absent"));
        assertThat(assessment.actions()).isEmpty();
        assertThat(assessment.waits()).contains("templates/modules/memory.nix");
    }

    @Test
    void the_size_for_hibernation_follows_the_memory() throws Exception {
        RecordedTree.layHardware("virtio", root);
        write("proc/meminfo", "MemTotal:       8388608 kB\n");
        String path = disk.resolve("swap").toString();
        inUse(Path.of(path), 8 * 1024 * 1024 - 4, 0);
        assertThat(assess(swap(path, null, true)).differences())
                .containsExactly(new Difference("size", "12288 MiB", "8192 MiB"));
        Desired<MemorySpec> small = desired(
                MemoryKind.SWAP,
                new MemorySpec(null, null, new MemorySettings.Swap(path, DataSize.parse("4G"), true), false));
        assertThat(look(small)).isInstanceOf(Sighting.Unclear.class);
    }

    @Test
    void a_swap_stays_in_use_as_long_as_memory_has_no_room_for_it() throws Exception {
        RecordedTree.layHardware("virtio", root);
        write("proc/meminfo", "MemTotal:        1024000 kB\nMemAvailable:     302400 kB\n");
        Path file = swapFile(32 * 256);
        inUse(file, 32 * 1024 - 4, 250_000);
        Desired<MemorySpec> wanted = swap(file.toString(), "64M", false);
        Trouble trouble = catchThrowableOfType(Trouble.class, () -> perform(wanted));
        assertThat(trouble.sentence())
                .contains("no room in memory: 296 MiB are available, and 100 MiB have to stay so");
        assertThat(file).hasSize(32L * 256 * PAGE_BYTES);
    }

    @Test
    void a_file_that_does_not_fit_is_not_begun() {
        Path path = disk.resolve("swap");
        Trouble trouble = catchThrowableOfType(
                Trouble.class, () -> new SwapFiles(root, new PosixFiles(), null, null).make(path, 1L << 52));
        assertThat(trouble.getMessage()).containsAnyOf("does not fit", "others than root");
        assertThat(disk).isEmptyDirectory();
    }
}
