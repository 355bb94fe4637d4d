package dev.homeostat.host.posix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
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

    @BeforeEach
    void start() throws Exception {
        folder = temporary.toRealPath();
        inotify = new Inotify();
    }

    @AfterEach
    void stop() throws Exception {
        inotify.close();
    }

    private void watch(Path... paths) {
        inotify.watch(Set.of(paths), changed::add, () -> {});
    }

    private void expect(Path path) throws InterruptedException {
        assertThat(changed.poll(10, SECONDS)).isEqualTo(path);
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
                (at, service) -> {
                    if (exhausted.get()) {
                        throw new IOException("User limit of inotify watches reached");
                    }
                    return at.register(
                            service,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
                },
                Duration.ofMillis(50));
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
