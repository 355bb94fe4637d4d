package dev.homeostat.ai.document;

import static dev.homeostat.ai.document.Following.folder;
import static dev.homeostat.ai.document.Following.held;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.posix.TreeWatch;
import dev.homeostat.knowledge.KnowledgeClient;
import dev.homeostat.knowledge.LocalKnowledge;
import dev.homeostat.resource.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real folders, the real kernel, and a real knowledge base. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FollowLoopTest {
    @TempDir
    Path temporary;

    private Path notes;
    private LocalKnowledge base;
    private KnowledgeClient client;
    private Following following;

    @BeforeEach
    void start() throws Exception {
        notes = Files.createDirectory(temporary.toRealPath().resolve("notes"));
        base = LocalKnowledge.start(temporary.resolve("state"));
        client = base.client();
    }

    @AfterEach
    void stop() throws Exception {
        if (following != null) {
            following.close();
        }
        base.close();
    }

    private void follow() throws Exception {
        following = new Following(base.address(), Map.of("notes", folder(notes)));
        following.awaitFollowing();
    }

    private void has(String... sources) throws Exception {
        Set<String> expected = Set.of(sources);
        following.await(
                "exactly " + expected + ", not " + held(client).keySet(),
                () -> held(client).keySet().equals(expected));
    }

    @Test
    void what_is_there_and_what_comes_changes_moves_and_goes_follows() throws Exception {
        Files.createDirectories(notes.resolve("sub/deep"));
        Files.writeString(notes.resolve("a.md"), "alpha");
        Files.writeString(notes.resolve("sub/deep/b.txt"), "beta");
        follow();
        has("a.md", "sub/deep/b.txt");
        Files.writeString(notes.resolve("a.md"), "gamma");
        following.await("the edit", () -> held(client).get("a.md").equals(Sha256.hex("gamma")));
        Files.move(notes.resolve("sub/deep"), notes.resolve("elsewhere"));
        has("a.md", "elsewhere/b.txt");
        Files.writeString(notes.resolve("elsewhere/b.txt"), "in the folder that was moved");
        following.await(
                "an edit there",
                () -> held(client).get("elsewhere/b.txt").equals(Sha256.hex("in the folder that was moved")));
        Files.delete(notes.resolve("a.md"));
        has("elsewhere/b.txt");
        var hit = client.search("moved").json().get("hits").get(0);
        assertThat(hit.get("project").asText()).isEqualTo("notes");
        assertThat(hit.get("tags").toString()).contains("mine", "from:notes");
    }

    @Test
    void what_is_no_document_is_left_out_and_named() throws Exception {
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        Files.writeString(outside.resolve("secret.md"), "secret");
        Files.createSymbolicLink(notes.resolve("link"), outside);
        Files.createSymbolicLink(notes.resolve("link.md"), outside.resolve("secret.md"));
        for (String folder : List.of(".git", "node_modules", "drafts", "sub/.hidden")) {
            Files.createDirectories(notes.resolve(folder));
            Files.writeString(notes.resolve(folder).resolve("x.md"), folder);
        }
        Files.writeString(notes.resolve("program.java"), "class X {}");
        Files.write(notes.resolve("picture.md"), new byte[] {(byte) 0xff, (byte) 0xd8, 1});
        Files.writeString(notes.resolve("nul.md"), "a\0b");
        Files.writeString(notes.resolve("large.md"), "x".repeat((1 << 20) + 1));
        Files.writeString(notes.resolve("empty.md"), " \n");
        Files.writeString(notes.resolve("good.md"), "good");
        follow();
        has("good.md");
        assertThat(following.said())
                .contains("picture.md: it is not text: its bytes are not UTF-8")
                .contains("nul.md: it is not text: there is a NUL")
                .contains("large.md: it has 1048577 bytes")
                .doesNotContain("program.java", "empty.md");
        Files.writeString(notes.resolve("picture.md"), "text by now");
        Files.write(notes.resolve("good.md"), new byte[] {(byte) 0xff});
        has("picture.md");
    }

    @Test
    void a_start_sends_and_removes_only_what_differs() throws Exception {
        for (int i = 0; i < 300; i++) {
            Files.writeString(notes.resolve(i + ".md"), "number " + i);
        }
        follow();
        assertThat(held(client)).hasSize(300);
        following.close();
        Files.writeString(notes.resolve("1.md"), "another");
        Files.delete(notes.resolve("2.md"));
        Files.writeString(notes.resolve("new.md"), "new");
        follow();
        assertThat(following.said()).contains("2 new or changed, 1 removed");
        assertThat(held(client)).hasSize(300).containsKey("new.md").doesNotContainKey("2.md");
    }

    @Test
    void a_folder_that_is_away_keeps_its_documents() throws Exception {
        Files.writeString(notes.resolve("a.md"), "alpha");
        follow();
        has("a.md");
        Path aside = temporary.toRealPath().resolve("aside");
        Files.move(notes, aside);
        following.await("told", () -> following.status().contains("notes is not there"));
        has("a.md");
        Files.createSymbolicLink(notes, aside);
        following.await("told", () -> following.status().contains("notes is a link to " + aside));
        has("a.md");
        Files.delete(notes);
        Files.writeString(aside.resolve("b.md"), "while it was away");
        Files.delete(aside.resolve("a.md"));
        Files.move(aside, notes);
        has("b.md");
        assertThat(following.said()).contains("is not there", "is followed again");
    }

    @Test
    void an_empty_folder_at_the_start_may_be_not_mounted_and_one_that_was_seen_to_empty_is_empty() throws Exception {
        Files.writeString(notes.resolve("a.md"), "alpha");
        follow();
        has("a.md");
        following.close();
        Files.delete(notes.resolve("a.md"));
        follow();
        following.await("told", () -> following.said().contains("is empty, and may be not mounted"));
        has("a.md");
        Files.writeString(notes.resolve("b.md"), "beta");
        has("b.md");
        Files.delete(notes.resolve("b.md"));
        has();
    }

    @Test
    void what_left_the_declaration_leaves_and_nothing_else() throws Exception {
        Path others = Files.createDirectory(temporary.toRealPath().resolve("others"));
        Files.writeString(notes.resolve("a.md"), "alpha");
        Files.writeString(others.resolve("b.md"), "beta");
        client.post(
                "/documents",
                Map.of("id", "by-hand", "source", "a.md", "tags", List.of("followed:anna", "from:notes"), "text", "x"));
        following = new Following(base.address(), Map.of("notes", folder(notes), "others", folder(others)));
        following.await(
                "both",
                () -> held(client).size() == 2 && client.search("beta").text().contains("others"));
        following.settings(base.address(), Map.of("others", folder(others)));
        following.await("one", () -> client.search("alpha").json().get("hits").isEmpty());
        assertThat(client.search("beta").json().get("hits")).hasSize(1);
        assertThat(client.get("/documents/by-hand").status()).isEqualTo(200);
        following.close();
        try (Following other = new Following(
                Following.settings(base.address(), "bert", Map.of("notes", folder(notes))), TreeWatch::new)) {
            other.awaitFollowing();
            assertThat(client.search("beta").json().get("hits"))
                    .as("another user's follower does not touch them")
                    .hasSize(1);
        }
    }

    @Test
    void a_knowledge_base_that_is_away_is_waited_for_and_named_once() throws Exception {
        Files.writeString(notes.resolve("a.md"), "alpha");
        base.stop();
        following = new Following(base.address(), Map.of("notes", folder(notes)));
        following.await("it waits", () -> following.status().startsWith("waits: the knowledge base at"));
        Files.writeString(notes.resolve("b.md"), "beta");
        base.again();
        has("a.md", "b.md");
        base.stop();
        Files.writeString(notes.resolve("c.md"), "gamma");
        following.await("it waits", () -> following.status().startsWith("waits: the knowledge base at"));
        base.again();
        has("a.md", "b.md", "c.md");
        assertThat(following.said().split("does not answer", -1)).hasSize(3);
    }

    @Test
    void without_watches_it_looks_now_and_then() throws Exception {
        int enospc = -28;
        following = new Following(
                Following.settings(base.address(), "anna", Map.of("notes", folder(notes))),
                listener -> new TreeWatch(listener, (fd, folder) -> enospc));
        Files.writeString(notes.resolve("a.md"), "alpha");
        has("a.md");
        Files.writeString(notes.resolve("a.md"), "beta");
        following.await("the edit", () -> held(client).get("a.md").equals(Sha256.hex("beta")));
        following.await("it says why", () -> following.status().contains("fs.inotify.max_user_watches"));
        assertThat(following.said()).containsOnlyOnce("since not all of it can be watched");
    }

    @Test
    void no_more_than_the_limit_follow() throws Exception {
        for (int i = 0; i < 8; i++) {
            Files.writeString(notes.resolve(i + ".md"), "number " + i);
        }
        FollowSettings.Folder few =
                new FollowSettings.Folder(notes, "notes", List.of(), FollowSettings.USUAL, List.of(), 5, false);
        following = new Following(base.address(), Map.of("notes", few));
        following.awaitFollowing();
        assertThat(held(client)).hasSize(5);
        assertThat(following.status()).contains("over its limit of 5");
    }
}
