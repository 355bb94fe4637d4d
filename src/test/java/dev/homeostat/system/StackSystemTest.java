package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole stack on a real machine, and the machine below it. The model server is one of ours that speaks llama.cpp's API
 * and says what its model's file says.
 */
@Tag("system")
@Timeout(240)
class StackSystemTest {
    private static final Path HOME = Path.of("/home/app");
    private static final Path DATA = HOME.resolve(".local/share/ai-optimizer");
    private static final Path MODEL = Path.of("/var/tmp/parrot.gguf");
    private static final Path VECTORS = Path.of("/var/tmp/vectors.gguf");
    private static final Path MOTD = Path.of("/etc/demo-motd");
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String ANSWER = "```yaml\nfiles:\n  /etc/suggested: {content: hello}\n```\n";

    private static final String MACHINE = "version: 1\nfiles:\n  " + MOTD + ": {content: \"%s\\n\"}\n";

    private static String stack() {
        return """
                ai:
                  enabled: true
                  user: app
                  profile: cpu_slim
                  models:
                    chat: parrot
                    embedding: vectors
                    own:
                      parrot: {file: %1$s, sha256: %2$s}
                      vectors: {file: %3$s, tasks: [embedding]}
                  server: {image: "localhost/model-server:1", start: 20s}
                  mcp: {enabled: false}
                  skills: {enabled: false}
                """.formatted(MODEL, sha256(), VECTORS);
    }

    private static String sha256() {
        try {
            return Sha256.hex(Files.readAllBytes(MODEL));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        image();
        Machine.startAnew("version: 1\n");
    }

    private static void image() {
        does("systemctl", "start", "network-online.target"); // users' containers wait for it
        does("mkdir", "-p", "/var/tmp/ai-image");
        does("cp", "-a", "src/test/resources/ai/.", "/var/tmp/ai-image");
        assertThat(asApp("/var/tmp/ai-image/make-image").exit()).isZero();
    }

    @BeforeEach
    void begin() throws Exception {
        Files.writeString(MODEL, ANSWER);
        Files.writeString(VECTORS, "makes vectors\n");
        for (Path file : List.of(MODEL, VECTORS)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        }
        declare(MACHINE.formatted("one") + stack());
        Machine.awaitRight();
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await(
                "nothing is kept any more",
                LONG,
                () -> homeostat("status").output().contains("no resources"));
        Machine.stop();
        run(
                "rm",
                "-rf",
                DATA.toString(),
                HOME.resolve(".config/ai-optimizer").toString(),
                MODEL.toString(),
                "/var/tmp/ai-image");
    }

    private static void awaitStack() {
        Machine.awaitStack(LONG);
    }

    private static String condition(String id) {
        return homeostat("explain", id).output().lines().limit(2).toList().toString();
    }

    @Test
    void it_comes_up_answers_and_says_what_was_chosen() {
        awaitStack();
        assertThat(does("curl", "-fsS", "http://127.0.0.1:8000/v1/models")).contains("parrot");
        assertThat(does("stat", "-c", "%U %a", DATA.toString())).isEqualTo("app 700");
        assertThat(homeostat("explain", "ai").output()).contains("cpu_slim: declared", "parrot");
        assertThat(homeostat("status").output())
                .contains("AI stack of app: ")
                .doesNotContain("The machine is kept without it");
        assertThat(homeostat("plan").exit()).isZero();
        does(
                "curl",
                "-fsS",
                "-H",
                "Content-Type: application/json",
                "-d",
                "{\"project\": \"p\", \"source\": \"s\", \"text\": \"backups run at three\"}",
                "http://127.0.0.1:8091/documents");
        await(
                "it is found by its vector",
                LONG,
                () -> run(
                                "curl",
                                "-fsS",
                                "-H",
                                "Content-Type: application/json",
                                "-d",
                                "{\"text\": \"at three run backups\", \"project\": \"p\"}",
                                "http://127.0.0.1:8091/vector/search")
                        .output()
                        .contains("backups run at three"));
    }

    @Test
    void broken_in_every_part_it_leaves_the_machine_as_declared() throws Exception {
        awaitStack();
        // the container is gone and cannot come back, the model's file is another, and the knowledge base is masked
        asApp("podman", "rmi", "--force", "localhost/model-server:1");
        run("systemctl", "mask", "--now", "--runtime", "homeostat-knowledge.service");
        try {
            await(
                    "the stack is told to be broken",
                    LONG,
                    () -> homeostat("status").output().contains("The machine is kept without it"));
            assertThat(homeostat("status").exit()).isZero();
            Files.writeString(MOTD, "somebody\n");
            await("drift below is corrected", () -> Files.readString(MOTD).equals("one\n"));
            declare(MACHINE.formatted("two") + stack());
            await("an edit below is followed", () -> Files.readString(MOTD).equals("two\n"));
            assertThat(homeostat("apply").exit()).isZero();
            assertThat(homeostat("apply", "--only", "ai", "--timeout", "5s").exit())
                    .isNotZero();
            assertThat(does("systemctl", "is-active", "homeostat.service")).isEqualTo("active");
        } finally {
            run("systemctl", "unmask", "--runtime", "homeostat-knowledge.service");
            image();
        }
        awaitStack();
    }

    @Test
    void a_server_that_answers_no_conversation_is_told_with_its_words() throws Exception {
        awaitStack();
        Files.writeString(MODEL, "broken\n" + ANSWER);
        declare(MACHINE.formatted("one") + stack());
        await(
                "its words are told",
                LONG,
                () -> condition("endpoint/app@model-server").contains("the model cannot be computed"));
        assertThat(homeostat("status").exit()).isZero();
    }

    @Test
    void it_goes_when_it_is_undeclared_and_leaves_models_and_documents() throws Exception {
        awaitStack();
        declare(MACHINE.formatted("one"));
        await(
                "the container is gone",
                LONG,
                () -> asApp("podman", "container", "exists", "model-server").exit() != 0);
        await(
                "nothing of it is kept any more",
                LONG,
                () -> !homeostat("status").output().contains("AI stack"));
        assertThat(DATA.resolve("models")).isDirectoryContaining("glob:**parrot*");
        assertThat(homeostat("status").exit()).isZero();
    }

    @Test
    void a_suggestion_is_shown_and_changes_nothing() throws Exception {
        awaitStack();
        Machine.Answer answer = homeostat("suggest", "a file that says hello");
        assertThat(answer.output()).contains("/etc/suggested", "homeostat approve ");
        assertThat(Path.of("/etc/suggested")).doesNotExist();
        assertThat(Machine.DECLARATION_FOLDER)
                .satisfiesAnyOf(
                        folder -> assertThat(folder).doesNotExist(),
                        folder -> assertThat(folder).isEmptyDirectory());

        declare(MACHINE.formatted("one") + "  /etc/suggested: {content: hello}\n" + stack());
        await("it is there", LONG, () -> Files.exists(Path.of("/etc/suggested")));
        awaitStack();
        String waiting = homeostat("approve").output();
        Machine.Answer again = homeostat("suggest", "the same once more");
        assertThat(again.exit()).isEqualTo(1);
        assertThat(again.output()).contains("nothing would change: all of that is declared already");
        assertThat(homeostat("approve").output().lines())
                .hasSameSizeAs(waiting.lines().toList());

        Files.writeString(MODEL, "```yaml\npolicy: {apply: auto}\n```\n");
        declare(MACHINE.formatted("one") + stack());
        await(
                "the model says something else",
                LONG,
                () -> run(
                                java.util.List.of(
                                        "curl", "-fsS", "http://127.0.0.1:8000/v1/chat/completions", "-d", "{}"),
                                "")
                        .output()
                        .contains("policy"));
        awaitStack();
        Machine.Answer hostile = homeostat("suggest", "whatever");
        assertThat(hostile.exit()).isEqualTo(1);
        assertThat(hostile.output()).contains("it changes policy, which is for people to say");

        declare(MACHINE.formatted("one"));
        await(
                "there is no model",
                LONG,
                () -> homeostat("suggest", "whatever").output().contains("no model server is declared"));
        Machine.Answer none = homeostat("explain", "ai");
        assertThat(none.exit()).isZero();
        assertThat(none.output().replaceAll("\\s+", " ")).contains("no AI stack is declared; to have one");
    }
}
