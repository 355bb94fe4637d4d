package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.homeostat.host.posix.ProcFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What can be in the way of files, of noticing them, and of the declaration's own. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FileFaultsSystemTest {
    private static final Path FILE = Path.of("/etc/fault/a");
    private static final Path DEEP = Path.of("/srv/fault/deep/b");
    private static final Path OTHER = Path.of("/etc/fault-other");
    /** No resync within a test: what is mended was found by an event. */
    private static final String YAML = """
            version: 1
            policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
            files:
              /etc/fault/a: {content: a}
              /srv/fault: {type: folder}
              /srv/fault/deep/b: {content: b}
            """;

    @BeforeAll
    static void declareTheMachine() throws Exception {
        run("rm", "-rf", "/etc/fault", "/srv/fault");
        Machine.startAnew(YAML);
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await("it is all gone", () -> Files.notExists(FILE) && Files.notExists(DEEP));
        Machine.stop();
        run("rm", "-rf", "/etc/fault", "/srv/fault", OTHER.toString());
    }

    @BeforeEach
    void right() throws Exception {
        declare(YAML);
        awaitRight();
    }

    /** Not what a pipe or a device gives, which may be without end. */
    private static String content(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Machine.content(file) : "";
    }

    private static void awaitContent() {
        await(
                "both files are as declared",
                () -> content(FILE).equals("a") && content(DEEP).equals("b"));
        awaitRight();
    }

    private static void awaitReason(String words) {
        await("status says " + words, () -> homeostat("status", "-v").output().contains(words));
    }

    @Test
    void what_happens_in_a_crowd_of_events_while_the_daemon_stands_still_is_mended_when_it_goes_on() throws Exception {
        String pid = unit("MainPID", "homeostat");
        does("kill", "-STOP", pid);
        try {
            // not the JDK's way to read: it takes a byte first, and these files give nothing after their first read
            int queue = Integer.parseInt(ProcFile.read("/proc/sys/fs/inotify/max_queued_events", 32)
                    .orElseThrow()
                    .strip());
            for (int i = 0; i <= queue; i++) { // names of their own: the kernel makes one of two events that are alike
                Path litter = Files.createFile(FILE.resolveSibling("litter-" + i));
                Files.delete(litter);
            }
            Files.writeString(FILE, "nobody saw it");
            Files.writeString(DEEP, "nobody saw it");
        } finally {
            does("kill", "-CONT", pid);
        }
        awaitContent();
        await(
                "the log says that events were lost",
                () -> run("journalctl", "-q", "-u", "homeostat", "--grep=inotify lost events", "_PID=" + pid)
                        .output()
                        .contains("looking at all watched files"));
    }

    @Test
    void a_folder_that_is_moved_away_hidden_or_made_a_link_is_put_back() throws Exception {
        run("rm", "-rf", "/srv/away");
        does("mv", "/srv/fault", "/srv/away");
        awaitContent();
        assertThat(content(Path.of("/srv/away/deep/b"))).isEqualTo("b");
        // until it is faster than the daemon, which makes the folder again in between
        does("bash", "-c", "until rm -rf /srv/fault && ln -sT /srv/away /srv/fault; do :; done 2>/dev/null");
        awaitContent();
        assertThat(Files.isSymbolicLink(Path.of("/srv/fault"))).isFalse();
        does("rm", "-rf", "/srv/away");

        does("mount", "-t", "tmpfs", "none", "/srv/fault");
        try {
            awaitContent(); // on what is mounted there
            Files.writeString(DEEP, "edited above");
            awaitContent();
        } finally {
            does("umount", "/srv/fault");
        }
        Files.writeString(DEEP, "edited below");
        awaitContent();
        does("mount", "-t", "tmpfs", "none", "/srv");
        try {
            awaitContent();
        } finally {
            does("umount", "-l", "/srv");
        }
        Files.writeString(DEEP, "edited below");
        awaitContent();
    }

    @Test
    void whatever_takes_a_file_s_place_is_replaced_or_named() throws Exception {
        does("bash", "-c", "mkfifo /etc/fault/new && mv -T /etc/fault/new /etc/fault/a");
        awaitReason("there is a device, socket or pipe at /etc/fault/a");
        Files.deleteIfExists(FILE);
        awaitContent();
        does("bash", "-c", "ln -s /dev/zero /etc/fault/new && mv -T /etc/fault/new /etc/fault/a");
        awaitContent();
        Files.writeString(OTHER, "another's");
        does("ln", "-f", OTHER.toString(), FILE.toString());
        awaitContent();
        assertThat(content(OTHER)).isEqualTo("another's");
        does(
                "bash",
                "-c",
                "mkdir /etc/fault/new && touch /etc/fault/new/kept"
                        + " && until rm /etc/fault/a && mv -T /etc/fault/new /etc/fault/a; do :; done 2>/dev/null");
        awaitReason("/etc/fault/a");
        assertThat(Path.of("/etc/fault/a/kept")).exists();
        does("rm", "-r", FILE.toString());
        awaitContent();
    }

    @Test
    void a_file_that_is_mounted_over_is_named_and_mended_after() throws Exception {
        Files.writeString(OTHER, "mounted");
        does("mount", "--bind", OTHER.toString(), FILE.toString());
        try {
            does("mount", "-o", "remount,bind,ro", FILE.toString());
            awaitReason("a file system is mounted there");
            assertThat(content(OTHER)).isEqualTo("mounted");
        } finally {
            does("umount", FILE.toString());
        }
        awaitContent();
    }

    @Test
    void an_immutable_file_is_named_and_mended_after() throws Exception {
        // FS_IOC_SETFLAGS with FS_IMMUTABLE_FL, for want of chattr; not permitted in every test host
        String set =
                "open my $f, '<', '/etc/fault/a' or die; my $v = pack('L', %d); ioctl($f, 0x40086602, $v) or die $!";
        Files.writeString(FILE, "held");
        assumeThat(run("perl", "-e", set.formatted(0x10)).exit()).isZero();
        try {
            Files.writeString(FILE, "held");
        } catch (java.io.IOException e) {
            assertThat(content(FILE)).isIn("held", "a");
        }
        try {
            if (content(FILE).equals("held")) {
                awaitReason("chattr -i /etc/fault/a");
            }
        } finally {
            does("perl", "-e", set.formatted(0));
        }
        awaitContent();
    }

    @Test
    void a_declaration_that_is_written_in_pieces_or_replaced_by_a_pipe_changes_nothing_until_it_is_whole()
            throws Exception {
        String whole = YAML + "  /srv/fault/c: {content: c}\n";
        try (var out = Files.newOutputStream(Machine.DECLARATION, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int at = 0; at < whole.length(); at += 60) {
                out.write(whole.substring(at, Math.min(at + 60, whole.length())).getBytes());
                TimeUnit.MILLISECONDS.sleep(200); // the editor's pause
                assertThat(content(FILE) + content(DEEP)).isEqualTo("ab");
            }
        }
        await("it is taken up", () -> content(Path.of("/srv/fault/c")).equals("c"));
        does("sed", "-i", "/fault.c/d", Machine.DECLARATION.toString());
        await("sed -i is taken up", () -> Files.notExists(Path.of("/srv/fault/c")));
        does("bash", "-c", "mv %1$s %1$s.real && mkfifo %1$s".formatted(Machine.DECLARATION));
        awaitReason("it is not a regular file");
        Files.writeString(FILE, "edited");
        await("drift is still corrected", () -> content(FILE).equals("a"));
        does("bash", "-c", "mv -f %1$s.real %1$s".formatted(Machine.DECLARATION));
        awaitContent();
    }
}
