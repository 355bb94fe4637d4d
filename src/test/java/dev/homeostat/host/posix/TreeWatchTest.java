package dev.homeostat.host.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class TreeWatchTest {
    @TempDir
    Path folder;

    private final BlockingQueue<Path> told = new LinkedBlockingQueue<>();
    private final TreeWatch watch = new TreeWatch(new TreeWatch.Listener() {
        @Override
        public void changed(Path changed) {
            told.add(changed);
        }

        @Override
        public void missed() {
            throw new AssertionError("nothing is missed here");
        }
    });

    @AfterEach
    void close() throws Exception {
        watch.close();
    }

    private void tells(Path expected) throws InterruptedException {
        Path next;
        do {
            next = told.poll(10, TimeUnit.SECONDS);
            assertThat(next).as("told of " + expected).isNotNull();
        } while (!next.equals(expected));
    }

    @Test
    void the_folder_is_told_whatever_happens_in_it() throws Exception {
        assertThat(watch.add(this, folder)).isEmpty();
        Files.writeString(folder.resolve("a"), "x");
        tells(folder);
        told.clear();
        Files.delete(folder.resolve("a"));
        tells(folder);
    }

    @Test
    void a_folder_that_moved_is_told_by_its_new_name_once_that_is_added() throws Exception {
        Path before = Files.createDirectory(folder.resolve("before"));
        Path after = folder.resolve("after");
        watch.add(this, before);
        Files.move(before, after);
        watch.add(this, after);
        watch.remove(this, before);
        Files.writeString(after.resolve("a"), "x");
        tells(after);
    }

    @Test
    void another_folder_at_the_path_is_watched_when_it_is_added_again() throws Exception {
        Path path = Files.createDirectory(folder.resolve("x"));
        watch.add(this, path);
        Files.move(path, folder.resolve("aside"));
        Files.createDirectory(path);
        watch.add(this, path);
        told.clear();
        Files.writeString(path.resolve("a"), "x");
        tells(path);
    }

    @Test
    void it_is_watched_as_long_as_anybody_wants_it() throws Exception {
        Object other = new Object();
        watch.add(this, folder);
        watch.add(other, folder);
        watch.remove(this, folder);
        Files.writeString(folder.resolve("a"), "x");
        tells(folder);
    }

    @Test
    void what_cannot_be_watched_says_why() throws Exception {
        assertThat(watch.add(this, folder.resolve("none")))
                .as("nobody is there")
                .isEmpty();
        try (TreeWatch full = new TreeWatch(
                new TreeWatch.Listener() {
                    @Override
                    public void changed(Path changed) {
                        throw new AssertionError("nothing is watched");
                    }

                    @Override
                    public void missed() {
                        throw new AssertionError("nothing is watched");
                    }
                },
                (fd, path) -> -LibC.ENOSPC)) {
            assertThat(full.add(this, folder)).contains("fs.inotify.max_user_watches");
        }
    }
}
