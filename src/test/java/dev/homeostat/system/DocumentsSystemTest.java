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
import dev.homeostat.knowledge.KnowledgeClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Folders of a user follow into the knowledge base, with the installed daemon and the real units. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DocumentsSystemTest {
    private static final String UNIT = "homeostat-documents.service";
    private static final String BASE = "homeostat-knowledge.service";
    private static final Path NOTES = Path.of("/home/app/notes");
    private static final Duration SEEDING = Duration.ofSeconds(60);
    private static final String HEAD = """
            version: 1
            policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
            ai:
              enabled: true
              user: app
              profile: "off"
              server: {enabled: false}
              mcp: {enabled: false}
              skills: {enabled: false}
            """;
    private static final String YAML = HEAD + """
              documents:
                notes: {folder: ~/notes, tags: [mine]}
            """;
    private static final KnowledgeClient CLIENT = new KnowledgeClient(URI.create("http://localhost:8091"));

    @BeforeAll
    static void declareTheMachine() throws Exception {
        app("mkdir -p ~/notes/sub; echo first >~/notes/first.md");
        Machine.startAnew(YAML);
        awaitRight();
        await("the first is found", () -> sources("first").contains("first.md"));
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await("its settings are gone", () -> Files.notExists(Path.of("/home/app/.config/ai-optimizer/documents.json")));
        await(
                "it has ended, having nothing to follow",
                () -> user("ActiveState", UNIT).equals("inactive"));
        does("systemctl", "stop", BASE);
        Machine.stop();
        run("rm", "-rf", "/var/lib/private/homeostat-knowledge", "/home/app/notes");
    }

    @BeforeEach
    void right() throws Exception {
        run("rm", "-f", "/home/app/notes/roots.md");
        app("chmod -R u+rwx ~/notes; find ~/notes -mindepth 1 ! -name first.md ! -name sub -delete");
        declare(YAML);
        awaitRight();
    }

    /** A shell of the user's, who has the folders. */
    private static void app(String script) {
        Machine.Answer answer = asApp("sh", "-euc", script);
        assertThat(answer.exit()).as(answer.output()).isZero();
    }

    private static String user(String property, String unit) {
        return asApp("systemctl", "--user", "show", "-P", property, unit).line();
    }

    private static String said() {
        return run("journalctl", "--no-pager", "-o", "cat", "_SYSTEMD_USER_UNIT=" + UNIT)
                .output();
    }

    private static String word() {
        return "w" + UUID.randomUUID().toString().replace("-", "");
    }

    private static Set<String> sources(String word) throws Exception {
        Set<String> all = new TreeSet<>();
        try {
            for (JsonNode hit : CLIENT.get("/search?project=notes&limit=100&q=" + word)
                    .json()
                    .get("hits")) {
                all.add(hit.get("source").asText());
            }
        } catch (IOException e) {
            return Set.of(); // it is being started
        }
        return all;
    }

    private static String asked(String path) throws InterruptedException {
        try {
            return CLIENT.get(path).text();
        } catch (IOException e) {
            return ""; // it is being started
        }
    }

    private static int count(String tag) throws Exception {
        int count = 0;
        String after = "";
        try {
            do {
                JsonNode page = CLIENT.get("/documents?limit=1000&tag=" + tag + "&after=" + after)
                        .json();
                count += page.get("documents").size();
                after = page.get("next").isNull() ? "" : page.get("next").asText();
            } while (!after.isEmpty());
        } catch (IOException e) {
            return -1; // it is being started
        }
        return count;
    }

    @Test
    void what_is_edited_renamed_and_deleted_follows() throws Exception {
        String word = word();
        long start = System.nanoTime();
        app("echo " + word + " >~/notes/sub/a.md");
        await("found", () -> sources(word).equals(Set.of("sub/a.md")));
        Machine.seen("edit -> findable", start);
        String other = word();
        app("echo " + other + " >~/notes/sub/a.md");
        await("the edit", () -> sources(other).size() == 1 && sources(word).isEmpty());
        app("mv ~/notes/sub ~/notes/renamed");
        await("the new name", () -> sources(other).equals(Set.of("renamed/a.md")));
        app("mv ~/notes/renamed ~/notes/sub; rm ~/notes/sub/a.md");
        await("gone", () -> sources(other).isEmpty());
    }

    @Test
    void kills_while_it_seeds_lose_nothing() throws Exception {
        app(
                "mkdir ~/many; i=0; while [ $i -lt 2000 ]; do i=$((i + 1));"
                        + " { echo manyfold $i; head -c 3000 /usr/share/common-licenses/GPL-3; } >~/many/$i.md; done; mv ~/many ~/notes/many");
        await("some are there", SEEDING, () -> count("from:notes") > 100);
        asApp("systemctl", "--user", "kill", "--signal=KILL", UNIT);
        await("more are there", SEEDING, () -> count("from:notes") > 300);
        does("systemctl", "kill", "--signal=KILL", BASE);
        await("more are there", SEEDING, () -> count("from:notes") > 500);
        asApp("systemctl", "--user", "kill", "--signal=KILL", UNIT);
        long start = System.nanoTime();
        await("all are there", SEEDING, () -> count("from:notes") == 2001);
        Machine.seen("the rest of 2000 after kills", start);
        await("its status tells", () -> user("StatusText", UNIT).matches("follows 20[0-9]{2} files of 3 folders"));
        assertThat(sources("manyfold"))
                .as("an index of some size can be searched")
                .hasSize(100);
        app("rm -r ~/notes/many");
        await("all of them are gone", SEEDING, () -> count("from:notes") == 1);
    }

    @Test
    void a_folder_replaced_by_a_link_keeps_its_documents_and_is_named() throws Exception {
        String word = word();
        app("mkdir ~/elsewhere; echo " + word + " >~/elsewhere/x.md; mv ~/notes ~/aside; ln -s ~/elsewhere ~/notes");
        await(
                "told",
                () -> user("StatusText", UNIT).contains("is a link to /home/app/elsewhere, which is not followed"));
        assertThat(sources(word)).isEmpty();
        assertThat(sources("first")).containsExactly("first.md");
        app("rm ~/notes; mv ~/aside ~/notes; rm -r ~/elsewhere; echo " + word + " >~/notes/y.md");
        await("followed again", () -> sources(word).equals(Set.of("y.md")));
        app("rm ~/notes/y.md");
    }

    @Test
    void what_is_too_large_or_not_for_the_user_is_left_out_and_named() throws Exception {
        String word = word();
        app("mkdir -p ~/notes/closed; echo " + word
                + " >~/notes/closed/x.md; head -c 10000000 /dev/zero | tr '\\0' x >~/notes/large.md");
        does("sh", "-c", "echo " + word + " >/home/app/notes/roots.md; chmod 600 /home/app/notes/roots.md");
        await("found", () -> sources(word).equals(Set.of("closed/x.md")));
        await("named", () -> said().contains("large.md: it has 10000000 bytes; at most 1048576 are taken"));
        await("named", () -> said().contains("cannot read /home/app/notes/roots.md: permission denied"));
        app("chmod 000 ~/notes/closed");
        await(
                "named",
                () -> said().contains(
                                "cannot list /home/app/notes/closed: permission denied; its documents stay as they are"));
        assertThat(sources(word)).containsExactly("closed/x.md");
        String other = word();
        app("chmod 700 ~/notes/closed; echo " + other + " >~/notes/closed/x.md");
        await("followed again", () -> sources(other).equals(Set.of("closed/x.md")));
        app("rm -rf ~/notes/closed ~/notes/large.md ~/notes/roots.md");
        await("gone", () -> sources(other).isEmpty());
    }

    @Test
    void what_leaves_the_declaration_leaves_the_knowledge_base() throws Exception {
        CLIENT.store("by-hand", "first of another hand");
        declare(HEAD);
        await("gone", () -> sources("first").isEmpty());
        assertThat(CLIENT.get("/documents/by-hand").status()).isEqualTo(200);
        declare(YAML);
        await("back", () -> sources("first").contains("first.md"));
        CLIENT.delete("/documents/by-hand");
    }

    @Test
    void the_program_s_decisions_are_found() throws Exception {
        await(
                "found",
                () -> CLIENT.get("/search?project=homeostat&tag=decision&q=knowledge+base+process")
                                .json()
                                .get("hits")
                                .size()
                        > 0);
    }

    /** The user of the tests may not ask the daemon; root may. */
    @Test
    void what_is_declared_and_offered_is_listed_for_whoever_may_ask() throws Exception {
        Path config = Path.of("/root/documents.json");
        Files.writeString(
                config,
                "{\"knowledge\":\"http://127.0.0.1:8091\",\"owner\":\"root\",\"machine\":true,\"documents\":{}}");
        Process follower = new ProcessBuilder(
                        "/usr/bin/homeostat", "knowledge", "follow", "--config", config.toString())
                .inheritIO()
                .start();
        try {
            await("the inventory", () -> {
                String tools = asked("/tools?project=homeostat");
                return tools.contains("catalogue/redis") && tools.contains("declared/service");
            });
            assertThat(CLIENT.get("/search?tag=declared&q=homeostat-documents.service")
                            .json()
                            .get("hits"))
                    .isNotEmpty();
        } finally {
            follower.destroy();
            assertThat(follower.waitFor(10, TimeUnit.SECONDS)).isTrue();
            Files.delete(config);
        }
        assertThat(homeostat("status").exit()).isZero();
    }
}
