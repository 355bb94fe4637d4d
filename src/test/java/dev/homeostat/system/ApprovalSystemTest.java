package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is asked, answered and refused, with the daemon that is installed and users that are real. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ApprovalSystemTest {
    /** More than is kept of a file that is replaced, so that replacing it loses data and waits for a person. */
    private static final int TOO_LARGE_TO_KEEP = 9 << 20;

    private static final Path FOLDER = Path.of("/srv/approvals");
    private static final String YAML = """
            version: 1
            files:
              /srv/approvals: {type: folder}
              /srv/approvals/a: {content: declared}
              /srv/approvals/b: {content: declared}
            services:
              literal.service:
                unit:
                  Service:
                    Type: oneshot
                    RemainAfterExit: true
                    ExecStart: [/usr/bin/env]
                    StandardOutput: "truncate:/srv/approvals/environment"
                    Environment: {LITERAL: "50%% %%n $HOME ${HOME} \\"q\\" 'q' \\\\ ; # é"}
                state: running
            """.replace("%%", "%");

    @BeforeAll
    static void twoFilesThatAreDeclared() throws Exception {
        Machine.startAnew(YAML);
        awaitRight();
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        homeostat("apply");
        Machine.stop();
        run("rm", "-rf", FOLDER.toString());
    }

    private static void large(String name) throws IOException {
        large(name, TOO_LARGE_TO_KEEP);
    }

    /** At once: half of it would be small enough to be replaced. */
    private static void large(String name, int bytes) throws IOException {
        Path next = Files.write(Path.of("/srv/approvals.next"), new byte[bytes]);
        Files.move(next, FOLDER.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isLarge(String name) throws IOException {
        return Files.size(FOLDER.resolve(name)) == TOO_LARGE_TO_KEEP;
    }

    /** The token that waits for a file. */
    private static String token(String name) throws Exception {
        for (JsonNode request :
                Json.MAPPER.readTree(homeostat("approve", "-o", "json").output())) {
            if (request.at("/action/resource").asText().endsWith("/" + name)) {
                return request.get("token").asText();
            }
        }
        return "";
    }

    @Test
    void an_approval_is_for_one_action_and_once() throws Exception {
        large("a");
        large("b");
        await("both wait", () -> !token("a").isEmpty() && !token("b").isEmpty());
        String a = token("a");
        assertThat(a).isNotEqualTo(token("b"));
        // many at once: one of them is the one
        int granted = 0;
        try (ExecutorService people = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(people.submit(() -> homeostat("approve", a).exit()));
            }
            for (Future<Integer> answer : answers) {
                granted += answer.get() == 0 ? 1 : 0;
            }
        }
        assertThat(granted).isEqualTo(1);
        await("a is replaced", () -> Files.readString(FOLDER.resolve("a")).equals("declared"));
        assertThat(isLarge("b")).as("nobody approved that").isTrue();
        // the same again is another question's answer: used up
        large("a");
        await("it waits again", () -> !token("a").isEmpty());
        assertThat(isLarge("a")).isTrue();
        // the world moves: the old token is stale
        String stale = token("a");
        large("a", TOO_LARGE_TO_KEEP + 1);
        await("another question", () -> !token("a").isEmpty() && !token("a").equals(stale));
        assertThat(homeostat("approve", stale).exit()).isNotZero();
        assertThat(Files.size(FOLDER.resolve("a"))).isEqualTo(TOO_LARGE_TO_KEEP + 1);
        // a no can become a yes
        String no = token("a");
        assertThat(homeostat("decline", no).exit()).isZero();
        await("it says so", () -> homeostat("status").output().contains("declined"));
        assertThat(homeostat("status").output()).contains("homeostat approve " + no);
        assertThat(token("a")).as("not asked again").isEmpty();
        assertThat(homeostat("approve", no).exit()).isZero();
        await("a is replaced", () -> Files.readString(FOLDER.resolve("a")).equals("declared"));
        assertThat(homeostat("approve", token("b")).exit()).isZero();
        awaitRight();
        assertThat(homeostat("audit", "-n", "50").output()).contains("decline", "approve", "refused");
    }

    @Test
    void another_user_neither_connects_nor_changes_anything_and_is_on_record() throws Exception {
        assertThat(asApp("/usr/bin/homeostat", "status").exit())
                .as("not let in")
                .isEqualTo(4);
        assertThat(asApp("cat", "/etc/homeostat/machine.yaml").output()).isNotEmpty();
        run("chmod", "0666", "/run/homeostat/control.sock"); // as SocketMode=0666 would
        try {
            assertThat(asApp("/usr/bin/homeostat", "status").exit()).isZero();
            for (String command : List.of(
                    "apply", "reload", "pause file//srv/approvals/a", "rollback 00000000", "approve x", "decline x")) {
                List<String> words = new ArrayList<>(List.of("/usr/bin/homeostat"));
                words.addAll(List.of(command.split(" ")));
                assertThat(asApp(words.toArray(new String[0])).exit())
                        .as(command)
                        .isEqualTo(4);
            }
        } finally {
            run("chmod", "0660", "/run/homeostat/control.sock");
        }
        assertThat(homeostat("audit")
                        .output()
                        .lines()
                        .filter(line -> line.contains("app") && line.contains("not permitted")))
                .hasSize(6);
    }

    @Test
    void a_value_with_specifiers_arrives_as_it_is_written() throws Exception {
        await("it ran", () -> Files.exists(FOLDER.resolve("environment")));
        assertThat(Files.readString(FOLDER.resolve("environment")))
                .contains("LITERAL=50% %n $HOME ${HOME} \"q\" 'q' \\ ; # é\n");
    }

    @Test
    void doctor_and_status_agree_on_a_declaration_of_somebody_else() throws Exception {
        Path file = Machine.DECLARATION;
        run("chown", "app", file.toString());
        try {
            await("status says so", () -> homeostat("status").output().contains("belongs to uid 1000"));
            assertThat(homeostat("doctor").output()).contains("belongs to uid 1000");
            assertThat(homeostat("doctor").exit()).isNotZero();
        } finally {
            run("chown", "root", file.toString());
        }
        awaitRight();
        Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxrwxr-x"));
        try {
            homeostat("reload");
            await("status says so", () -> homeostat("status").output().contains("may be written by its group"));
        } finally {
            Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxr-x---"));
            homeostat("reload");
        }
        awaitRight();
    }

    @Test
    void numbers_that_are_none_are_refused_with_words() {
        for (String command : List.of(
                "history -n 0",
                "history -n -5",
                "audit -n x",
                "pause file//srv/approvals/a --for 0s",
                "pause file//srv/approvals/a --for 999d",
                "pause file//srv/approvals/a --for soon",
                "watch --count 0",
                "stauts",
                "status --al",
                "reload now")) {
            Machine.Answer answer = homeostat(command.split(" "));
            assertThat(answer.exit()).as(command + ": " + answer.output()).isEqualTo(64);
            assertThat(answer.output()).as(command).doesNotContain("java.", "Exception", "index");
        }
        assertThat(does("/usr/bin/homeostat", "pause")).isEqualTo("Nothing is paused.");
    }
}
