package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.startAnew;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.facts.RecordedTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The machine's own /sys is a folder in memory without the kernel's modules and buses: here they are recorded ones. The daemon
 * is the installed one, in its own sandbox.
 */
@Tag("system")
@Timeout(240)
class HardwareSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Path PARAMETERS = Path.of("/sys/module/zswap/parameters");
    private static final Path DROP_IN = Path.of("/run/systemd/system/homeostat.service.d/sys.conf");
    private static final String BUSES = "/sys/bus";
    private static final Path SPECIFICATION = Path.of("/etc/cdi/nvidia.yaml");
    private static final Path TOOL = Path.of("/usr/local/bin/nvidia-ctk");
    private static final Path LIBRARIES = Path.of("/usr/lib/x86_64-linux-gnu");
    private static final Path SWAP = Path.of("/var/lib/homeostat-test-swap");
    private static final Path SWAPS = Path.of("/run/homeostat-test-swaps");
    /** Where a system has it that is looked at before the others. */
    private static final Path SWAPON = Path.of("/run/current-system/sw/bin/swapon");

    private static final String HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

    @BeforeAll
    static void writable() {
        Machine.stop();
        does("mount", "-o", "remount,rw", "/sys");
    }

    @BeforeEach
    void zswap() throws IOException {
        Files.createDirectories(PARAMETERS);
        Files.writeString(PARAMETERS.resolve("enabled"), "N\n");
        Files.writeString(PARAMETERS.resolve("compressor"), "lzo\n");
        Files.writeString(PARAMETERS.resolve("max_pool_percent"), "20\n");
    }

    @AfterEach
    void stopped() {
        Machine.stop();
        run("umount", "/proc/swaps");
        run("umount", BUSES);
        run("rm", "-rf", "/etc/cdi", TOOL.toString(), SWAP.toString(), SWAPS.toString());
        run("rm", "-rf", DROP_IN.getParent().toString());
        does("systemctl", "daemon-reload");
        run("rm", "-rf", "/sys/module", "/run/current-system");
        for (String library : new String[] {"libcuda.so", "libcuda.so.1", "libcuda.so.550.127.05"}) {
            run("rm", "-f", LIBRARIES.resolve(library).toString());
        }
    }

    @AfterAll
    static void asBefore() {
        run("mount", "-o", "remount,ro", "/sys");
        run("rm", "-rf", "/var/lib/homeostat");
    }

    private static String parameter(String name) {
        return content(PARAMETERS.resolve(name)).strip();
    }

    @Test
    void zswap_is_set_in_the_running_kernel_and_kept_so() throws Exception {
        startAnew("version: 1\nmemory: {zswap: 30}\n");
        await(
                "zswap is on",
                LIMIT,
                () -> parameter("enabled").equals("Y")
                        && parameter("compressor").equals("zstd")
                        && parameter("max_pool_percent").equals("30")
                        && homeostat("status").exit() == 0);
        Files.writeString(PARAMETERS.resolve("enabled"), "N\n");
        await("zswap is on again", LIMIT, () -> parameter("enabled").equals("Y"));
        declare("version: 1\nmemory: {zswap: off}\n");
        await(
                "zswap is off",
                LIMIT,
                () -> parameter("enabled").equals("N") && homeostat("status").exit() == 0);
        assertThat(homeostat("status").output()).contains("1 in sync");
    }

    /**
     * In this container ProtectKernelTunables= and ProtectControlGroups= leave /sys writable, so here it is made read-only in
     * so many words, as the first does on a machine. What the unit leaves out of it is the unit's own line.
     */
    @Test
    void the_unit_leaves_the_parameters_out_of_a_read_only_sys() throws Exception {
        dropIn("ProtectKernelTunables=no\nProtectControlGroups=no\nReadOnlyPaths=/sys\n");
        startAnew("version: 1\nmemory: {zswap: 30}\n");
        await("zswap is on", LIMIT, () -> homeostat("status").exit() == 0);
        assertThat(parameter("enabled")).isEqualTo("Y");
        Machine.stop();

        zswap();
        dropIn("ProtectKernelTunables=no\nProtectControlGroups=no\nReadOnlyPaths=/sys\nReadWritePaths=\n");
        startAnew("version: 1\nmemory: {zswap: 30}\n");
        await(
                "it is told without that line",
                LIMIT,
                () -> homeostat("status", "-v").output().contains("is read-only for the daemon"));
        assertThat(parameter("enabled")).isEqualTo("N");
    }

    private static void dropIn(String lines) throws IOException {
        Files.createDirectories(DROP_IN.getParent());
        Files.writeString(DROP_IN, "[Service]\n" + lines);
        does("systemctl", "daemon-reload");
    }

    @Test
    void a_stale_specification_for_containers_is_made_anew(@TempDir Path recorded) throws Exception {
        RecordedTree.layHardware("nvidia-stale-cdi", recorded);
        does("mount", "-t", "tmpfs", "recorded", BUSES); // or it would be the real machine's
        does("cp", "-a", recorded.resolve("sys/bus/pci").toString(), BUSES);
        does("cp", "-a", recorded.resolve("sys/module/nvidia").toString(), "/sys/module/");
        does("cp", "-a", recorded.resolve("etc/cdi").toString(), "/etc/");
        for (String library : new String[] {"libcuda.so", "libcuda.so.1", "libcuda.so.550.127.05"}) {
            does(
                    "cp",
                    "-a",
                    recorded.resolve("usr/lib/x86_64-linux-gnu/" + library).toString(),
                    LIBRARIES + "/");
        }
        String stale = content(SPECIFICATION);

        startAnew("version: 1\nhardware: {gpu: auto}\n");
        await("it is told", LIMIT, () -> homeostat("status", "-v").output().contains("there is no nvidia-ctk"));
        assertThat(content(SPECIFICATION)).isEqualTo(stale);

        program(
                TOOL,
                "#!/bin/sh\nfor a; do case $a in --output=*) out=${a#*=};; esac; done\nprintf broken >\"$out\"\n");
        does("systemctl", "restart", "homeostat.service");
        await(
                "what is broken is refused",
                LIMIT,
                () -> homeostat("status", "-v").output().contains("the old one stays"));
        assertThat(content(SPECIFICATION)).isEqualTo(stale);

        program(TOOL, """
                #!/bin/sh
                [ "$1 $2" = "cdi generate" ] || exit 3
                for a; do case $a in --output=*) out=${a#*=};; esac; done
                printf 'cdiVersion: 0.5.0\\nkind: nvidia.com/gpu\\n- hostPath: /usr/lib/libcuda.so.550.127.05\\n' >"$out"
                """);
        does("systemctl", "restart", "homeostat.service");
        await("it is made anew", LIMIT, () -> homeostat("status").exit() == 0);
        assertThat(content(SPECIFICATION)).contains("libcuda.so.550.127.05").doesNotContain("535.183.01");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(SPECIFICATION)))
                .isEqualTo("rw-r--r--");
    }

    @Test
    void a_swap_file_is_made_and_taken_into_use_as_soon_as_the_kernel_lets_us() throws Exception {
        String yaml = "version: 1\nmemory: {swap: {path: " + SWAP + ", size: 64M}}\n";
        startAnew(yaml);
        await(
                "swapon is refused here, and is quoted",
                LIMIT,
                () -> homeostat("status", "-v").output().contains("swapon failed"));
        assertThat(Files.size(SWAP)).isEqualTo(64L << 20);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(SWAP)))
                .isEqualTo("rw-------");
        assertThat(run("blkid", "-p", "-s", "TYPE", "-o", "value", SWAP.toString())
                        .line())
                .isEqualTo("swap");
        Machine.stop();

        // from here on a kernel that takes it
        Files.writeString(SWAPS, HEAD);
        does("mount", "--bind", SWAPS.toString(), "/proc/swaps");
        Files.createDirectories(SWAPON.getParent());
        program(SWAPON, "#!/bin/sh\nprintf '%s file 65532 0 -2\\n' \"$1\" >>" + SWAPS + "\n");
        Object inode = Files.getAttribute(SWAP, "unix:ino");
        startAnew(yaml);
        await("it is in use", LIMIT, () -> homeostat("status").exit() == 0);
        assertThat(content(SWAPS)).contains(SWAP + " file");
        assertThat(Files.getAttribute(SWAP, "unix:ino")).as("not made twice").isEqualTo(inode);

        Files.writeString(SWAPS, HEAD);
        await("it is in use again", LIMIT, () -> content(SWAPS).contains(SWAP + " file"));

        program(
                SWAPON.resolveSibling("swapoff"),
                "#!/bin/sh\nhead -n 1 " + SWAPS + " >/run/head && cat /run/head >" + SWAPS + "\n");
        program(SWAPON, "#!/bin/sh\nprintf '%s file 131068 0 -2\\n' \"$1\" >>" + SWAPS + "\n");
        declare("version: 1\nmemory: {swap: {path: " + SWAP + ", size: 128M}}\n");
        await(
                "it has the other size",
                LIMIT,
                () -> SWAP.toFile().length() == 128L << 20
                        && content(SWAPS).contains("131068")
                        && homeostat("status").exit() == 0);
        assertThat(content(SWAPS)).doesNotContain("65532");
    }

    @Test
    void somebodys_file_is_never_replaced() throws Exception {
        Files.writeString(SWAP, "a thesis\n".repeat(1000));
        startAnew("version: 1\nmemory: {swap: {path: " + SWAP + ", size: 64M}}\n");
        await("it is told", LIMIT, () -> homeostat("status", "-v").output().contains("that is no swap file"));
        assertThat(content(SWAP)).startsWith("a thesis\n");
    }

    private static void program(Path path, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
