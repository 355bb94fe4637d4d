package dev.homeostat.host.posix;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InotifyTest {
    @TempDir
    Path temporary;

    private Path folder;
    private Inotify inotify;
    private final BlockingQueue<Path> changed = new LinkedBlockingQueue<>();
    private final Set<Path> before = new HashSet<>();

    @BeforeEach
    void start() throws Exception {
        folder = temporary.toRealPath();
        inotify = new Inotify();
    }

    @AfterEach
    void stop() throws Exception {
        inotify.close();
    }

    private static long queueLimit() {
        // not the JDK's: it reads a byte first, and sysctl files give nothing after their first read
        return Long.parseLong(ProcFile.read("/proc/sys/fs/inotify/max_queued_events", 32)
                .orElseThrow()
                .strip());
    }

    private void watch(Path... paths) {
        inotify.watch(Set.of(paths), changed::add, () -> {});
    }

    /** What was told already may be told again: a removal is told by the folder itself and by the one above. */
    private void expect(Path path) throws InterruptedException {
        Path told = changed.poll(10, SECONDS);
        while (told != null && !told.equals(path) && before.contains(told)) {
            told = changed.poll(10, SECONDS);
        }
        assertThat(told).isEqualTo(path);
        before.add(path);
        changed.clear();
    }

    @Test
    void an_edit_a_removal_and_a_new_mode_are_noticed() throws Exception {
        Path file = Files.writeString(folder.resolve("a"), "1");
        watch(file);
        Files.writeString(file, "2");
        expect(file);
        file.toFile().setExecutable(true);
        expect(file);
        Files.delete(file);
        expect(file);
    }

    /** The kernel tells of a watched folder's own attributes without a name. */
    @Test
    void new_attributes_of_the_folder_itself_are_its_own_business() throws Exception {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        Path file = sub.resolve("a");
        Path whole = Files.createDirectory(folder.resolve("whole"));
        watch(file, sub);
        inotify.watchFolder(whole, () -> changed.add(whole));
        Files.setPosixFilePermissions(sub, PosixFilePermissions.fromString("rwx------"));
        expect(sub);
        Files.setPosixFilePermissions(whole, PosixFilePermissions.fromString("rwx------"));
        expect(whole);
        Files.writeString(file, "1");
        expect(file);
    }

    @Test
    void a_neighbour_is_not_our_business() throws Exception {
        Path file = folder.resolve("a");
        watch(file);
        Files.writeString(folder.resolve("b"), "1");
        Files.writeString(file, "1");
        expect(file);
    }

    @Test
    void a_file_in_a_folder_that_does_not_exist_yet_is_noticed_when_both_come() throws Exception {
        Path file = folder.resolve("x/y/file");
        watch(file);
        Files.createDirectories(file.getParent());
        expect(file);
        Files.writeString(file, "1");
        expect(file);
    }

    @Test
    void a_folder_on_the_way_that_is_replaced_is_noticed_and_watched_anew() throws Exception {
        Path file = folder.resolve("x/file");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "1");
        watch(file);
        Files.move(folder.resolve("x"), folder.resolve("old"));
        expect(file);
        Files.createDirectories(folder.resolve("x"));
        expect(file);
        Files.writeString(file, "2");
        expect(file);
    }

    @Test
    void whatever_happens_in_a_whole_folder_is_noticed_also_if_it_is_made_later() throws Exception {
        Path whole = folder.resolve("machine.d");
        inotify.watchFolder(whole, () -> changed.add(whole));
        Files.createDirectory(whole);
        expect(whole);
        Files.writeString(whole.resolve("any"), "1");
        expect(whole);
        Files.delete(whole.resolve("any"));
        expect(whole);
    }

    @Test
    void a_link_that_somebody_makes_and_removes_does_not_blind_us_to_where_it_led() throws Exception {
        Path file =
                Files.writeString(Files.createDirectory(folder.resolve("etc")).resolve("file"), "1");
        Path theirs = folder.resolve("home/a/b");
        Files.createDirectories(theirs.getParent());
        watch(file, theirs);
        Files.delete(theirs.getParent());
        expect(theirs);
        Files.createSymbolicLink(theirs.getParent(), file.getParent());
        expect(theirs);
        Files.delete(theirs.getParent());
        expect(theirs);
        for (int i = 0; i < 3; i++) {
            Files.writeString(file, "edit " + i);
            expect(file);
        }
    }

    @Test
    void after_closing_nothing_is_told() throws Exception {
        Path file = folder.resolve("a");
        Path other = folder.resolve("b");
        inotify.watch(Set.of(file), p -> changed.add(Path.of("/wrong")), () -> {})
                .close();
        watch(other);
        Files.writeString(file, "1");
        Files.writeString(other, "1");
        expect(other);
    }

    @Test
    void a_folder_that_the_kernel_does_not_watch_is_tried_again() throws Exception {
        AtomicBoolean exhausted = new AtomicBoolean(true);
        Inotify limited = new Inotify(
                (fd, at) -> exhausted.get() ? -LibC.ENOSPC : InotifyCalls.add(fd, at), Duration.ofMillis(50));
        try {
            Path file = Files.writeString(folder.resolve("a"), "1");
            limited.watch(Set.of(file), changed::add, () -> {});
            Files.writeString(file, "missed");
            exhausted.set(false);
            expect(file); // what was missed is looked at
            Files.writeString(file, "seen");
            expect(file);
        } finally {
            limited.close();
        }
    }

    /** Each folder below is made right after it was found missing: only the one above can tell of it. */
    @Test
    void a_folder_that_is_made_between_the_look_at_it_and_the_watch_of_the_one_above_is_not_missed() throws Exception {
        Path file = folder.resolve("a/b/c/d/file");
        Inotify slow = new Inotify(
                (fd, at) -> {
                    int watch = InotifyCalls.add(fd, at);
                    File below = new File(at);
                    if (watch == -LibC.ENOENT && below.getParentFile().isDirectory() && !below.equals(top())) {
                        assertThat(below.mkdir()).isTrue();
                    }
                    return watch;
                },
                Duration.ofMinutes(1));
        try {
            slow.watch(Set.of(file), changed::add, () -> {});
            assertThat(top().mkdir()).isTrue();
            while (changed.poll(200, MILLISECONDS) != null || !Files.isDirectory(file.getParent())) {
                // what the making of the folders has to tell
            }
            Files.writeString(file, "1");
            expect(file);
        } finally {
            slow.close();
        }
    }

    private File top() {
        return folder.resolve("a").toFile();
    }

    @Test
    void what_the_kernel_s_queue_does_not_hold_is_told_as_lost_and_all_is_watched_afterwards() throws Exception {
        Path held = Files.writeString(folder.resolve("held"), "1");
        Path replaced = Files.writeString(
                Files.createDirectory(folder.resolve("replaced")).resolve("file"), "1");
        Path made = folder.resolve("made/file");
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch lost = new CountDownLatch(1);
        inotify.watch(
                Set.of(held, replaced, made),
                path -> {
                    changed.add(path);
                    busy.countDown();
                    goOnWhen(goOn);
                },
                lost::countDown);
        Files.writeString(held, "2");
        assertThat(busy.await(10, SECONDS)).isTrue();
        // alternately: the kernel puts events together that are the same one after the other
        Path[] noise = {
            Files.writeString(folder.resolve("noise-a"), ""), Files.writeString(folder.resolve("noise-b"), "")
        };
        for (long i = 0, all = queueLimit() + 100; i < all; i++) {
            noise[(int) (i % 2)].toFile().setLastModified(i * 1000);
        }
        Files.move(replaced.getParent(), folder.resolve("away"));
        Files.createDirectory(replaced.getParent());
        Files.createDirectory(made.getParent());
        goOn.countDown();
        assertThat(lost.await(10, SECONDS)).isTrue();
        changed.clear();
        Files.writeString(replaced, "2");
        expect(replaced);
        Files.writeString(made, "2");
        expect(made);
    }

    private static void goOnWhen(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void what_is_mounted_where_is_read_from_the_kernel_s_table() {
        String before = """
                22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw
                31 28 0:40 / /srv/two\\040words rw - tmpfs tmpfs rw
                """;
        String now = """
                22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw
                32 28 0:41 / /srv/data rw - tmpfs tmpfs rw
                """;
        assertThat(Mounts.difference(Mounts.read(before), Mounts.read(now)))
                .containsExactlyInAnyOrder(Path.of("/srv/two words"), Path.of("/srv/data"));
    }
}
