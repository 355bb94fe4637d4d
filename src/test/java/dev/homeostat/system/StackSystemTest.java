package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.homeostat.resource.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole stack on a real machine, and the machine below it, with Debian's llama.cpp and a model that it runs, which says
 * what it was made to say; where the test host's mirror has no llama.cpp, with a server of ours that speaks the same API.
 */
@Tag("system")
@Timeout(240)
class StackSystemTest {
    private static final Path HOME = Path.of("/home/app");
    private static final Path DATA = HOME.resolve(".local/share/ai-optimizer");
    private static final Path MODEL = Path.of("/var/tmp/parrot.gguf");
    private static final Path VECTORS = Path.of("/var/tmp/vectors.gguf");
    private static final Path CONTAINERS = HOME.resolve(".config/containers/containers.conf");
    private static final Path LLAMA = Path.of("/usr/share/testhost/llama.tar");
    private static final Path MOTD = Path.of("/etc/demo-motd");
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String ANSWER = "```yaml\nfiles:\n  /etc/suggested: {content: hello}\n```\n";

    private static final String MACHINE = "version: 1\nfiles:\n  " + MOTD + ": {content: \"%s\\n\"}\n";

    private static String stack() {
        return stack("localhost/model-server:1");
    }

    private static String stack(String image) {
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
                  server: {image: "%4$s", start: 20s}
                  mcp: {enabled: false}
                  skills: {enabled: false}
                """.formatted(MODEL, sha256(), VECTORS, image);
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
        logsToTheJournal();
        image();
        Machine.startAnew("version: 1\n");
    }

    /** As on a machine whose journal is on the disk: there podman's own default is the journal. */
    private static void logsToTheJournal() throws Exception {
        asApp("mkdir", "-p", CONTAINERS.getParent().toString());
        Files.writeString(CONTAINERS, "[containers]\nlog_driver = \"journald\"\n");
    }

    private static void image() {
        does("systemctl", "start", "network-online.target"); // users' containers wait for it
        does("mkdir", "-p", "/var/tmp/ai-image");
        does("cp", "-a", "src/test/resources/ai/.", "/var/tmp/ai-image");
        assertThat(asApp("/var/tmp/ai-image/make-image").exit()).isZero();
    }

    private static void says(Path model, String text) throws Exception {
        assertThat(run(List.of("src/test/resources/ai/make-model", model.toString()), text)
                        .exit())
                .isZero();
        Files.setPosixFilePermissions(model, PosixFilePermissions.fromString("rw-r--r--"));
    }

    @BeforeEach
    void begin() throws Exception {
        says(MODEL, ANSWER);
        says(VECTORS, "makes vectors\n");
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
                CONTAINERS.toString(),
                "/var/tmp/ai-image");
    }

    private static void awaitStack() {
        Machine.awaitStack(LONG);
    }

    private static String condition(String id) {
        return homeostat("explain", id).output().lines().limit(2).toList().toString();
    }

    private static String asked() {
        return run(
                        "curl",
                        "-fsS",
                        "-H",
                        "Content-Type: application/json",
                        "-d",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"What do you say?\"}]}",
                        "http://127.0.0.1:8000/v1/chat/completions")
                .output();
    }

    @Test
    void it_comes_up_answers_and_says_what_was_chosen() {
        awaitStack();
        assertThat(does("curl", "-fsS", "http://127.0.0.1:8000/v1/models")).contains("parrot");
        assertThat(asked()).contains("/etc/suggested: {content: hello}");
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
    void half_a_model_is_told_with_the_words_of_its_server_and_a_whole_one_is_served_again() throws Exception {
        assumeTrue(Files.exists(LLAMA), "the test host's mirror has no llama.cpp");
        awaitStack();
        byte[] whole = Files.readAllBytes(MODEL);
        Files.write(MODEL, Arrays.copyOf(whole, whole.length / 2));
        declare(MACHINE.formatted("one") + stack());
        await(
                "it is told",
                LONG,
                () -> homeostat("explain", "container/app@model-server")
                        .output()
                        .contains("failed to load model"));
        assertThat(homeostat("status").exit()).isZero();
        Files.write(MODEL, whole);
        declare(MACHINE.formatted("one") + stack());
        awaitStack();
        assertThat(asked()).contains("/etc/suggested");
    }

    @Test
    void a_page_of_the_web_may_not_ask_the_model() {
        assumeTrue(Files.exists(LLAMA), "the test host's mirror has no llama.cpp");
        awaitStack();
        for (int port : List.of(8000, 8001)) {
            String models = "http://127.0.0.1:" + port + "/v1/models";
            assertThat(does("curl", "-fsSi", "-H", "Origin: https://example.org", models))
                    .contains("200 OK")
                    .doesNotContainIgnoringCase("access-control-allow-origin");
        }
    }

    @Test
    void a_server_that_answers_no_conversation_is_told_with_its_words() throws Exception {
        assertThat(asApp("/var/tmp/ai-image/make-image", "--own").exit()).isZero();
        Files.writeString(MODEL, "broken\n" + ANSWER);
        declare(MACHINE.formatted("one") + stack("localhost/own-server:1"));
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

        says(MODEL, "```yaml\npolicy: {apply: auto}\n```\n");
        declare(MACHINE.formatted("one") + stack());
        await("the model says something else", LONG, () -> asked().contains("policy"));
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
