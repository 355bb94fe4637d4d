package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitStack;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.startAnew;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.ai.model.Unreliable;
import dev.homeostat.resource.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files of models by the installed daemon, from a server that is what a test wants it to be. */
@Tag("system")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ModelSystemTest {
    private static final Path STACK = Path.of("/home/app/.local/share/ai-optimizer");
    private static final Path FOLDER = STACK.resolve("models");
    private static final Path FILE = FOLDER.resolve("lab.gguf");
    private static final Path PART = FOLDER.resolve("lab.gguf.part");
    private static final String ETAG = "\"one\"";
    /** A download that is broken off and gone on with, on a loaded machine. */
    private static final Duration LONG = Duration.ofSeconds(60);

    private static final int MIB = 1 << 20;
    private static final byte[] CONTENT = new byte[8 * MIB];
    private static final String SHA;

    static {
        new Random(1).nextBytes(CONTENT);
        SHA = Sha256.hex(CONTENT);
    }

    @BeforeEach
    void begin() {
        run("umount", FOLDER.toString());
        does("rm", "-rf", STACK.toString());
    }

    @AfterEach
    void leaveNothing() {
        Machine.stop();
        begin();
    }

    private static String declaration(String own) {
        return """
                version: 1
                policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
                ai:
                  enabled: true
                  user: app
                  profile: cpu_slim
                  models: {chat: lab, embedding: none, own: {lab: {%s}}}
                  server: {enabled: false}
                  knowledge: {enabled: false}
                  mcp: {enabled: false}
                  skills: {enabled: false}
                """.formatted(own);
    }

    private static String from(Unreliable server, String sha256) {
        return declaration(
                "url: \"%s\", sha256: \"%s\", bytes: %d".formatted(server.url("/lab"), sha256, CONTENT.length));
    }

    private static String told() {
        return homeostat("status", "-v").output();
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /** As systemd knows it: a daemon that was killed does not take it along by itself. */
    private static void killDownload() {
        run("systemctl", "kill", "--signal=KILL", "homeostat-tool-model-1000-*");
    }

    @Test
    void a_download_goes_on_where_daemon_and_program_were_killed() throws Exception {
        Unreliable.Manner slow = Unreliable.slow(CONTENT, ETAG, 64 * 1024, 100);
        try (Unreliable server = new Unreliable(slow, slow, Unreliable.good(CONTENT, ETAG))) {
            startAnew(from(server, SHA));
            await("progress is seen", () -> told().contains(" of 8 MiB downloaded"));
            await("some of it is there", () -> size(PART) > MIB);
            does("systemctl", "kill", "--signal=KILL", "homeostat.service");
            killDownload();
            await("it is gone on with", () -> server.asked().size() == 2);
            assertThat(server.asked().get(1).header("range"))
                    .matches("bytes=\\d{7,}-")
                    .isNotEqualTo("bytes=" + CONTENT.length + "-");
            assertThat(server.asked().get(1).header("if-range")).isEqualTo(ETAG);
            long before = size(PART);
            await("more of it is there", () -> size(PART) > before + MIB / 2);
            killDownload();
            awaitStack(LONG);
        }
        assertThat(Sha256.hex(Files.readAllBytes(FILE))).isEqualTo(SHA);
        assertThat(does("stat", "-c", "%U %a", FILE.toString())).isEqualTo("app 600");
        assertThat(does("stat", "-c", "%U %a", FOLDER.toString())).isEqualTo("app 700");
        assertThat(PART).doesNotExist();
        assertThat(homeostat("explain", "model/app@lab").output()).contains(SHA);

        // a file that nobody declared, and one that no longer is
        does("runuser", "-u", "app", "--", "touch", FOLDER.resolve("other.gguf").toString());
        assertThat(homeostat("doctor", "--machine").output()).contains("other.gguf (0 bytes)");
        declare("version: 1\n");
        await("nothing is declared", () -> homeostat("status").output().contains("no resources"));
        assertThat(FILE).exists();
    }

    @Test
    void what_is_wrong_is_set_aside_and_named_and_asked_for_again_when_the_declaration_changes() throws Exception {
        byte[] other = CONTENT.clone();
        other[0]++;
        String otherSha = Sha256.hex(other);
        try (Unreliable server = new Unreliable(Unreliable.good(other, "\"two\""))) {
            startAnew(from(server, SHA));
            await("it is named", () -> told().contains("127.0.0.1 served sha256 " + otherSha));
            assertThat(FOLDER.resolve("lab.gguf.wrong-" + otherSha.substring(0, 12)))
                    .hasBinaryContent(other);
            assertThat(FILE).doesNotExist();
            does("systemctl", "restart", "homeostat.service");
            await("it is still named", () -> told().contains("127.0.0.1 served sha256 " + otherSha));
            assertThat(server.asked())
                    .as("what came wrong is not asked for again")
                    .hasSize(1);

            declare(from(server, otherSha));
            awaitStack(LONG);
            assertThat(FILE).hasBinaryContent(other);

            Files.writeString(FILE, "damaged");
            await("the damage is mended", () -> size(FILE) == CONTENT.length);
            awaitStack(LONG);
            assertThat(FILE).hasBinaryContent(other);
        }
    }

    @Test
    void a_download_that_nobody_wants_any_more_is_given_up() throws Exception {
        Unreliable.Manner dawdling = Unreliable.slow(CONTENT, ETAG, 64 * 1024, 1000);
        try (Unreliable first = new Unreliable(dawdling);
                Unreliable second = new Unreliable(Unreliable.good(CONTENT, ETAG), dawdling)) {
            startAnew(from(first, SHA));
            await("it has begun", () -> size(PART) > 0);
            declare(from(second, SHA));
            awaitStack(LONG);
            assertThat(FILE).hasBinaryContent(CONTENT);

            Files.delete(FILE);
            await("it has begun", () -> size(PART) > 0);
            declare("version: 1\n");
            await(
                    "the program has ended",
                    () -> !run("systemctl", "list-units", "--plain", "--no-legend")
                            .output()
                            .contains("homeostat-tool-model"));
            assertThat(PART).exists();
        }
    }

    @Test
    void a_file_of_the_user_is_copied() throws Exception {
        Path mine = Path.of("/home/app/mine.gguf");
        Files.write(mine, CONTENT);
        does("chown", "app:", mine.toString());
        does("chmod", "600", mine.toString());
        try {
            startAnew(declaration("file: " + mine + ", sha256: \"" + SHA + "\""));
            awaitStack(LONG);
            assertThat(FILE).hasBinaryContent(CONTENT);
            assertThat(mine).hasBinaryContent(CONTENT);

            // what only root may read is nothing for a user's program
            declare(declaration("file: /etc/shadow, storagePath: shadow.gguf"));
            await("it is refused", () -> told().contains("/etc/shadow cannot be read by app"));
            assertThat(FOLDER.resolve("shadow.gguf")).doesNotExist();
        } finally {
            Files.delete(mine);
        }
    }

    @Test
    void a_disk_that_is_full_in_the_middle_is_told_and_does_no_harm() throws Exception {
        does("runuser", "-u", "app", "--", "mkdir", "-p", FOLDER.toString());
        does("mount", "-t", "tmpfs", "-o", "size=4M,uid=1000,gid=1000,mode=0700", "models", FOLDER.toString());
        AtomicBoolean roomy = new AtomicBoolean();
        Unreliable.Manner withoutLength = Unreliable.chunked(CONTENT, true);
        Unreliable.Manner good = Unreliable.good(CONTENT, ETAG);
        try (Unreliable server =
                new Unreliable((asked, out) -> (roomy.get() ? good : withoutLength).answer(asked, out))) {
            startAnew(declaration("url: \"%s\", sha256: \"%s\"".formatted(server.url("/lab"), SHA)));
            await("it is told", () -> told().contains("there is no room left for " + PART));
            assertThat(FILE).doesNotExist();
            roomy.set(true);
            does("mount", "-o", "remount,size=64M", FOLDER.toString());
            awaitStack(LONG);
            assertThat(FILE).hasBinaryContent(CONTENT);
        } finally {
            Machine.stop();
            does("umount", FOLDER.toString());
        }
    }

    @Test
    void without_room_it_says_how_much_is_needed_and_fetches_when_there_is_some() throws Exception {
        does("runuser", "-u", "app", "--", "mkdir", "-p", FOLDER.toString());
        does("mount", "-t", "tmpfs", "-o", "size=4M,uid=1000,gid=1000,mode=0700", "models", FOLDER.toString());
        try (Unreliable server = new Unreliable(Unreliable.good(CONTENT, ETAG))) {
            startAnew(from(server, SHA));
            await("it is told", () -> told().contains("there is no room: 8.4 MB are needed in " + FOLDER));
            assertThat(size(PART)).isZero();
            does("mount", "-o", "remount,size=64M", FOLDER.toString());
            awaitStack(LONG);
            assertThat(FILE).hasBinaryContent(CONTENT);
        } finally {
            Machine.stop();
            does("umount", FOLDER.toString());
        }
    }
}
