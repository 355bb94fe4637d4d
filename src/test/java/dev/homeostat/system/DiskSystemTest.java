package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Disks that are full, under the state folder and under what is kept: nothing is promised that will not be
 * known, the machine is kept as far as it can be, and all is well by itself when the disk is.
 */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DiskSystemTest {
    private static final Path STATE = Path.of("/var/lib/homeostat");
    private static final Path FILLER = STATE.resolve("filler");
    private static final Path FILE = Path.of("/etc/test/disk");
    private static final Path SMALL = Path.of("/srv/small");
    private static final String CANNOT = "the journal cannot be written";

    @BeforeEach
    void ownDisk() throws Exception {
        Machine.stop();
        run("rm", "-rf", STATE.toString(), Machine.DECLARATION_FOLDER.toString());
        run("systemctl", "reset-failed", "homeostat.service");
        Files.createDirectories(STATE);
        does("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", STATE.toString());
        declare(file("x"));
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        awaitRight();
    }

    @AfterEach
    void giveBack() {
        Machine.stop();
        run("umount", STATE.toString());
        run("umount", SMALL.toString());
    }

    private static String file(String content) {
        return "version: 1\npolicy: {backoff: {initial: 200ms, limit: 1s}}\nfiles: {/etc/test/disk: {content: \""
                + content + "\"}}\n";
    }

    private static void fill(Path file) {
        run("dd", "if=/dev/zero", "of=" + file, "bs=4096");
        run("dd", "if=/dev/zero", "of=" + file, "bs=1", "count=4096", "oflag=append", "conv=notrunc");
    }

    /** Drift corrected until the journal notices that it has no space: up to then its log has room from before. */
    private static void awaitTrouble() {
        await("it says so", () -> {
            Files.deleteIfExists(FILE);
            await("the file is back", () -> Files.exists(FILE));
            return homeostat("status").output().contains(CANNOT);
        });
    }

    private static boolean isWell() {
        return !homeostat("status").output().contains(CANNOT);
    }

    @Test
    void a_full_state_folder_refuses_promises_keeps_the_machine_and_catches_up() throws Exception {
        declare(file("y"));
        await("followed", () -> content(FILE).equals("y"));
        awaitRight();
        String pid = unit("MainPID", "homeostat");
        fill(FILLER);
        awaitTrouble();
        String former = does("bash", "-c", "homeostat revisions -o json | jq -r '.[0].id // .revisions[0].id'");
        assertThat(homeostat("rollback", former).output()).contains(CANNOT);
        assertThat(homeostat("pause", "file/" + FILE, "--reason", "a test").output())
                .contains(CANNOT);
        declare(file("z"));
        // it was ours and as declared, so its content need not be kept... but it is, and that needs space: it is named
        await(
                "followed, or named",
                () -> content(FILE).equals("z")
                        || homeostat("status").output().contains("cannot keep the former content"));
        Files.delete(FILLER);
        await("followed", () -> content(FILE).equals("z"));
        await("well by itself", DiskSystemTest::isWell);
        awaitRight();
        assertThat(unit("MainPID", "homeostat")).isEqualTo(pid);
        await(
                "what happened meanwhile is history",
                () -> homeostat("history", "file/" + FILE).output().contains("drift"));
        does("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "homeostat");
        awaitRight();
        assertThat(content(FILE)).isEqualTo("z");
    }

    @Test
    void it_starts_on_a_full_disk_and_keeps_the_machine() throws Exception {
        Machine.stop();
        Files.delete(FILE);
        Files.deleteIfExists(STATE.resolve("daemon.lock"));
        fill(FILLER);
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        await("the file is back", () -> content(FILE).equals("x"));
        assertThat(homeostat("pause", "file/" + FILE, "--reason", "a test").output())
                .contains(CANNOT);
        Files.delete(FILLER);
        await("well by itself", DiskSystemTest::isWell);
        assertThat(homeostat("pause", "file/" + FILE, "--reason", "a test").exit())
                .isZero();
    }

    @Test
    void a_managed_file_on_a_full_disk_is_named_and_mended_when_it_can_be() throws Exception {
        Files.createDirectories(SMALL);
        does("mount", "-t", "tmpfs", "-o", "size=256k,mode=0755", "tmpfs", SMALL.toString());
        String big = "version: 1\npolicy: {backoff: {initial: 200ms, limit: 1s}}\nfiles: {/srv/small/big: {content: \""
                + "b".repeat(60_000) + "\"}}\n";
        declare(big);
        Path file = SMALL.resolve("big");
        await("there", () -> size(file) == 60_000);
        awaitRight();
        Path filler = SMALL.resolve("filler");
        run("dd", "if=/dev/zero", "of=" + filler, "bs=4096");
        does(
                "truncate",
                "--size=5",
                file.toString()); // needs no room itself: the daemon is quick to use what becomes free
        run("dd", "if=/dev/zero", "of=" + filler, "bs=4096", "oflag=append", "conv=notrunc");
        await(
                "named",
                () -> homeostat("status").output().contains("No space left on device")
                        || homeostat("status").output().contains("no space"));
        Files.delete(filler);
        await("mended by itself", () -> size(file) == 60_000);
        awaitRight();
        try (var left = Files.list(SMALL)) {
            assertThat(left).as("no temporary file is left").containsExactly(file);
        }
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : -1;
    }
}
