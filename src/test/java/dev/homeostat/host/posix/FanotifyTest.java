package dev.homeostat.host.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.homeostat.host.posix.Fanotify.Touch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs what fanotify needs; without it there is nothing to be seen. */
class FanotifyTest {
    private record Seen(Path path, long pid, Touch touch) {}

    @TempDir
    Path temporary;

    private final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
    private Fanotify fanotify;

    @BeforeEach
    void open() {
        try {
            fanotify =
                    Fanotify.open((folder, name, pid, touch) -> seen.add(new Seen(folder.resolve(name), pid, touch)));
        } catch (IOException e) {
            abort(e.getMessage());
        }
    }

    @AfterEach
    void close() {
        if (fanotify != null) {
            fanotify.close();
        }
    }

    private long does(String... command) throws Exception {
        Process process = new ProcessBuilder(command).start();
        assertThat(process.waitFor()).isZero();
        return process.pid();
    }

    private void await(Path path, long pid, Touch touch) throws Exception {
        Seen wanted = new Seen(path, pid, touch);
        Seen next;
        while (!wanted.equals(next = seen.poll(10, TimeUnit.SECONDS))) {
            assertThat(next).as("%s", wanted).isNotNull();
        }
    }

    @Test
    void each_touch_is_told_with_its_process_and_only_in_watched_folders() throws Exception {
        Path folder = Files.createDirectory(temporary.resolve("a"));
        Path other = Files.createDirectory(temporary.resolve("b"));
        Path file = folder.resolve("file");
        assertThat(fanotify.watch(Set.of(folder, temporary.resolve("not there"))))
                .isEmpty();
        Files.writeString(other.resolve("unseen"), "x");
        await(file, does("cp", "/etc/hostname", file.toString()), Touch.CREATED);
        await(file, does("chmod", "600", file.toString()), Touch.ATTRIBUTES);
        await(file, does("cp", "/etc/hostname", file.toString()), Touch.WRITTEN);
        await(file, does("sed", "-i", "s/^/x/", file.toString()), Touch.REPLACED);
        await(file, does("mv", file.toString(), folder.resolve("c").toString()), Touch.MOVED_AWAY);
        await(folder.resolve("c"), does("rm", folder.resolve("c").toString()), Touch.DELETED);
        assertThat(seen).noneMatch(s -> s.path().startsWith(other));
    }

    @Test
    void a_folder_that_is_made_anew_is_watched_again_and_one_that_is_let_go_is_not() throws Exception {
        Path folder = Files.createDirectory(temporary.resolve("a"));
        fanotify.watch(Set.of(folder));
        does("rm", "-r", folder.toString());
        Files.createDirectory(folder);
        fanotify.refresh(folder);
        Path file = folder.resolve("file");
        await(file, does("touch", file.toString()), Touch.CREATED);
        Path other = Files.createDirectory(temporary.resolve("b"));
        fanotify.watch(Set.of(other));
        does("rm", file.toString());
        await(other.resolve("x"), does("touch", other.resolve("x").toString()), Touch.CREATED);
        assertThat(seen).noneMatch(s -> s.touch() == Touch.DELETED);
    }
}
