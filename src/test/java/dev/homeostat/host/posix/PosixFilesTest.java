package dev.homeostat.host.posix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class PosixFilesTest {
    @TempDir
    Path temporary;

    private Path folder;
    private final PosixFiles files = new PosixFiles();
    private int uid;
    private int gid;

    @BeforeEach
    void owner() throws Exception {
        folder = temporary.toRealPath();
        uid = (int) Files.getAttribute(folder, "unix:uid");
        gid = (int) Files.getAttribute(folder, "unix:gid");
    }

    @Test
    void nothing_is_seen_where_nothing_is() throws Trouble {
        assertThat(files.look(folder.resolve("a"))).isEmpty();
        assertThat(files.look(folder.resolve("no/such/folder"))).isEmpty();
    }

    @Test
    void a_written_file_has_content_mode_and_owner_and_leaves_nothing_beside_it() throws Exception {
        Path file = folder.resolve("motd");
        files.write(file, "hello\n".getBytes(UTF_8), 0640, uid, gid);
        files.write(file, "hello again\n".getBytes(UTF_8), 0640, uid, gid);

        assertThat(file).hasContent("hello again\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(files.list(folder)).containsExactly("motd");
        FileFacts facts = files.look(file).orElseThrow();
        assertThat(facts.type()).isEqualTo(FileFacts.Type.FILE);
        assertThat(facts.mode()).isEqualTo(0640);
        assertThat(facts.uid()).isEqualTo(uid);
        assertThat(facts.sizeBytes()).isEqualTo(12);
        assertThat(facts.modified()).isEqualTo(Files.getLastModifiedTime(file).toInstant());
        assertThat(files.read(file, 100)).asString(UTF_8).isEqualTo("hello again\n");
    }

    @Test
    void what_a_killed_daemon_left_is_used_up_by_the_next_write() throws Exception {
        Path file = folder.resolve("motd");
        files.write(file, new byte[0], 0600, uid, gid);
        Path left = folder.resolve(".homeostat-" + leftover(file));
        Files.writeString(left, "half");
        files.write(file, "whole".getBytes(UTF_8), 0600, uid, gid);
        assertThat(files.list(folder)).containsExactly("motd");
    }

    private static String leftover(Path file) {
        var crc = new java.util.zip.CRC32();
        crc.update(file.getFileName().toString().getBytes(UTF_8));
        return java.util.HexFormat.of().toHexDigits((int) crc.getValue());
    }

    @Test
    void a_file_larger_than_the_limit_is_not_read() throws Exception {
        Path file = Files.writeString(folder.resolve("big"), "x".repeat(200_000));
        assertThat(files.read(file, 200_000)).hasSize(200_000);
        assertThatThrownBy(() -> files.read(file, 199_999))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("200000 bytes, more than the 199999");
    }

    @Test
    void a_link_is_seen_as_a_link_and_replaced_not_followed() throws Exception {
        Path target = Files.writeString(folder.resolve("target"), "keep me");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);

        assertThat(files.look(link).orElseThrow().type()).isEqualTo(FileFacts.Type.LINK);
        assertThat(files.look(link).orElseThrow().link()).isEqualTo(target.toString());
        assertThatThrownBy(() -> files.read(link, 100)).isInstanceOf(Trouble.class);

        files.write(link, "mine".getBytes(UTF_8), 0600, uid, gid);
        assertThat(target).hasContent("keep me");
        assertThat(link).hasContent("mine");
        assertThat(Files.isSymbolicLink(link)).isFalse();
    }

    @Test
    void our_own_link_on_the_way_is_followed() throws Exception {
        Files.createDirectories(folder.resolve("real/deep"));
        Files.createSymbolicLink(folder.resolve("way"), Path.of("real/../real"));
        files.write(folder.resolve("way/deep/file"), "x".getBytes(UTF_8), 0600, uid, gid);
        assertThat(folder.resolve("real/deep/file")).hasContent("x");
    }

    @Test
    void a_loop_of_links_is_an_error_not_a_hang() throws Exception {
        Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));
        assertThatThrownBy(() -> files.look(folder.resolve("a/file")))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("a symbolic link is in the way");
    }

    @Test
    void a_missing_folder_is_named_with_what_to_do() {
        assertThatThrownBy(() -> files.write(folder.resolve("no/file"), new byte[0], 0600, uid, gid))
                .isInstanceOfSatisfying(Trouble.class, t -> {
                    assertThat(t.getMessage()).contains("there is no folder " + folder.resolve("no"));
                    assertThat(t.sort()).isEqualTo(Trouble.Sort.INVALID);
                    assertThat(t.remedy()).contains("type: folder");
                });
    }

    @Test
    void a_folder_in_the_place_of_a_file_is_a_conflict_and_stays() throws Exception {
        Files.createDirectories(folder.resolve("taken/inside"));
        assertThatThrownBy(() -> files.write(folder.resolve("taken"), new byte[0], 0600, uid, gid))
                .isInstanceOfSatisfying(Trouble.class, t -> assertThat(t.sort()).isEqualTo(Trouble.Sort.CONFLICT));
        assertThatThrownBy(() -> files.remove(folder.resolve("taken")))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("not empty");
        assertThat(folder.resolve("taken/inside")).isDirectory();
        assertThat(files.list(folder)).containsExactly("taken");
    }

    // ---- a file that others write, too

    private boolean replace(Path file, String expected, String next, List<byte[]> displaced) throws Trouble {
        return files.replaceIf(
                file,
                expected == null ? null : expected.getBytes(UTF_8),
                next == null ? null : next.getBytes(UTF_8),
                0600,
                uid,
                gid,
                displaced::add);
    }

    @Test
    void a_file_is_made_replaced_and_removed_only_as_it_was_read() throws Exception {
        List<byte[]> displaced = new ArrayList<>();
        Path file = folder.resolve("settings");
        assertThat(replace(file, "something", "mine", displaced)).isFalse();
        assertThat(file).doesNotExist();
        assertThat(replace(file, null, "mine", displaced)).isTrue();
        assertThat(replace(file, null, "mine again", displaced)).isFalse();
        assertThat(file).hasContent("mine");

        Files.writeString(file, "theirs");
        assertThat(replace(file, "mine", "next", displaced)).isFalse();
        assertThat(replace(file, "mine", null, displaced)).isFalse();
        assertThat(file).hasContent("theirs");
        assertThat(replace(file, "theirs", "next", displaced)).isTrue();
        assertThat(file).hasContent("next");
        assertThat(replace(file, "next", null, displaced)).isTrue();
        assertThat(files.list(folder)).isEmpty();
        assertThat(displaced).isEmpty();
    }

    @Test
    @Timeout(60)
    void what_is_written_into_a_file_while_it_is_replaced_or_removed_is_given() throws Exception {
        Path file = folder.resolve("edited");
        for (int round = 0; round < 200; round++) { // the two meet in another place each time
            boolean removed = round % 2 == 1;
            Files.writeString(file, "before");
            List<String> given = Collections.synchronizedList(new ArrayList<>());
            SafeFiles.Displaced displaced = former -> given.add(new String(former, UTF_8));
            Thread change;
            try (FileChannel editor =
                    FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                change = Thread.ofVirtual().start(() -> {
                    try {
                        if (removed) {
                            files.remove(file, displaced);
                        } else {
                            files.write(file, "ours".getBytes(UTF_8), 0600, uid, gid, displaced);
                        }
                    } catch (Trouble t) {
                        given.add(t.getMessage());
                    }
                });
                while (removed ? Files.exists(file) : Files.size(file) == 0) {
                    assertThat(Thread.currentThread().isInterrupted())
                            .as("the method's limit is over")
                            .isFalse();
                }
                editor.write(UTF_8.encode("an edit"));
            }
            change.join();
            while (!given.contains("an edit")) {
                Thread.sleep(1);
            }
            assertThat(given).as("empty, if it was read before it was written").isSubsetOf("", "an edit");
            assertThat(files.list(folder)).isEqualTo(removed ? List.of() : List.of("edited"));
            Files.deleteIfExists(file);
        }
    }

    @Test
    void who_cannot_take_what_is_displaced_has_it_back() throws Exception {
        Path file = folder.resolve("full");
        Files.writeString(file, "theirs");
        SafeFiles.Displaced full = former -> {
            throw Trouble.passing("no space");
        };
        assertThatThrownBy(() -> files.write(file, "ours".getBytes(UTF_8), 0600, uid, gid, full))
                .hasMessageContaining("no space");
        assertThatThrownBy(() -> files.makeLink(file, "elsewhere", uid, gid, full))
                .hasMessageContaining("no space");
        assertThatThrownBy(() -> files.remove(file, full)).hasMessageContaining("no space");
        assertThat(file).hasContent("theirs");
        Path made = Files.createDirectory(folder.resolve("made"));
        assertThatThrownBy(() -> files.write(made, "ours".getBytes(UTF_8), 0600, uid, gid, former -> {}))
                .hasMessageContaining("folder");
        assertThat(made).isDirectory();
        assertThat(files.list(folder)).containsExactly("full", "made");
    }

    @Test
    void what_is_no_file_is_not_exchanged() throws Exception {
        List<byte[]> displaced = new ArrayList<>();
        Path inside = Files.createDirectories(folder.resolve("a/inside"));
        assertThat(replace(folder.resolve("a"), "x", "mine", displaced)).isFalse();
        assertThat(replace(folder.resolve("a"), "x", null, displaced)).isFalse();
        assertThat(inside).isDirectory();
        Path target = Files.writeString(folder.resolve("target"), "x");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        assertThat(replace(link, "x", "mine", displaced)).isFalse();
        assertThat(replace(link, "x", null, displaced)).isFalse();
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(target).hasContent("x");
        assertThat(files.list(folder)).containsExactly("a", "link", "target");
    }

    /** Each content that somebody writes by renaming stays in place until the next one is, or is told as displaced. */
    @Test
    @Timeout(60)
    void no_content_is_lost_beside_somebody_who_writes_without_end() throws Exception {
        Path file = Files.writeString(folder.resolve("settings"), "theirs 0");
        List<byte[]> displaced = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        Thread other = Thread.ofPlatform().start(() -> {
            Path next = folder.resolve("next");
            while (!stop.get()) {
                try {
                    Files.writeString(next, "theirs " + (written.get() + 1));
                    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                    written.incrementAndGet();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        int done = 0;
        for (int i = 0; i < 2000 || done == 0 && !Thread.interrupted(); i++) {
            String read = Files.readString(file);
            done += replace(file, read, read + "+", displaced) ? 1 : 0;
        }
        stop.set(true);
        other.join();
        String last = Files.readString(file);
        assertThat(last.replace("+", "")).isEqualTo("theirs " + written.get());
        assertThat(done).isPositive();
        assertThat(displaced)
                .allSatisfy(content -> assertThat(new String(content, UTF_8)).startsWith("theirs "));
        assertThat(files.list(folder)).containsExactly("settings");
        System.out.println(
                "seen: " + done + " times replaced beside " + written + " writes, " + displaced.size() + " displaced");
    }

    @Test
    void folders_links_and_attributes() throws Exception {
        Path data = folder.resolve("data");
        files.makeFolder(data, 0750, uid, gid);
        files.makeFolder(data, 0700, uid, gid);
        assertThat(files.look(data).orElseThrow().mode()).isEqualTo(0700);
        files.makeLink(folder.resolve("l"), "data", uid, gid);
        files.makeLink(folder.resolve("l"), "other", uid, gid);
        assertThat(Files.readSymbolicLink(folder.resolve("l"))).hasToString("other");
        files.attributes(data, 0755, uid, gid);
        assertThat(files.look(data).orElseThrow().mode()).isEqualTo(0755);
        files.remove(folder.resolve("l"));
        files.remove(data);
        files.remove(data);
        assertThat(files.list(folder)).isEmpty();
    }
}
