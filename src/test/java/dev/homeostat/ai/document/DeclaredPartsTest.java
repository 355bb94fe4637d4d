package dev.homeostat.ai.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.ai.Profile;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From the keys {@code ai.knowledge} and {@code ai.documents} to what is kept. */
class DeclaredPartsTest {
    private static final String ENVIRONMENT = "/dropIns/stack/Service/Environment";
    private static final String FILE = "files /home/anna/.config/ai-optimizer/documents.json";
    private static final String FOLLOWER = "services homeostat-documents.service";
    private static final String BASE = "services homeostat-knowledge.service";

    private static Declared of(String ai) {
        return Declared.of(ai, Profile.CPU_SLIM);
    }

    @Test
    void without_a_word_our_own_is_kept_running_and_followed_into() {
        Declared all = of("{}");
        assertThat(all.problems).isEmpty();
        assertThat(all.handed.keySet()).containsExactlyInAnyOrder(FILE, FOLLOWER, BASE);
        assertThat(all.handed.get(BASE).get("state").asText()).isEqualTo("running");
        assertThat(all.handed.get(BASE).at(ENVIRONMENT).toString())
                .as("the stack's own server for vectors")
                .isEqualTo("{\"HOMEOSTAT_KNOWLEDGE_EMBEDDINGS\":\"http://127.0.0.1:8001/v1\","
                        + "\"HOMEOSTAT_KNOWLEDGE_MODEL\":\"nomic-embed-text-v1.5\"}");
        assertThat(of("{\"models\":{\"embedding\":\"none\"}}").handed.get(BASE).toString())
                .isEqualTo("{\"state\":\"running\"}");
        assertThat(all.handed.get(FOLLOWER).toString()).isEqualTo("{\"state\":\"running\"}");
        assertThat(all.handed.get(FILE).get("mode").asText()).isEqualTo("0600");
        assertThat(all.first.get(FOLLOWER))
                .contains(
                        ResourceId.parse("file/anna@/home/anna/.config/ai-optimizer/documents.json"),
                        ResourceId.parse("ai/anna@stack"));
        assertThat(all.settings().knowledge()).isEqualTo(URI.create("http://127.0.0.1:8091"));
        assertThat(all.settings().documents()).isEmpty();
    }

    @Test
    void a_folder_is_written_out() {
        FollowSettings.Folder folder = of("{\"documents\":{\"notes\":{\"folder\":\"~/My notes\",\"tags\":[\"mine\"]}}}")
                .settings()
                .documents()
                .get("notes");
        assertThat(folder.path()).isEqualTo(Path.of("/home/anna/My notes"));
        assertThat(folder.project()).isEqualTo("My-notes");
        assertThat(folder.tags()).containsExactly("mine");
        assertThat(folder.include()).isEqualTo(FollowSettings.USUAL);
        assertThat(folder.limit()).isEqualTo(10_000);
    }

    @Test
    void another_port_and_a_model_are_told_by_a_drop_in() {
        assertThat(of("{\"knowledge\":{\"port\":8099,\"model\":\"embed-small\"}}")
                        .handed
                        .get(BASE)
                        .at(ENVIRONMENT)
                        .toString())
                .isEqualTo("{\"HOMEOSTAT_KNOWLEDGE_LISTEN\":\"127.0.0.1:8099\","
                        + "\"HOMEOSTAT_KNOWLEDGE_EMBEDDINGS\":\"http://127.0.0.1:8000/v1\","
                        + "\"HOMEOSTAT_KNOWLEDGE_MODEL\":\"embed-small\"}");
        for (String off : List.of(
                "{\"knowledge\":{\"model\":\"m\",\"embeddings\":\"off\"}}",
                "{\"knowledge\":{\"model\":\"m\"},\"server\":{\"enabled\":false}}")) {
            assertThat(of(off).handed.get(BASE).has("dropIns")).as(off).isFalse();
        }
        assertThat(Declared.of("{\"knowledge\":{\"model\":\"m\"}}", Profile.OFF)
                        .handed
                        .get(BASE)
                        .has("dropIns"))
                .isFalse();
    }

    @Test
    void another_knowledge_base_takes_the_place_of_ours() {
        ResourceId own = new ResourceId("container", Scope.of("anna"), "aidb");
        Declared container =
                Declared.of("{\"knowledge\":{\"container\":\"aidb\",\"port\":8092}}", Profile.CPU_SLIM, own);
        assertThat(container.problems).isEmpty();
        assertThat(container.handed).doesNotContainKey(BASE);
        assertThat(container.settings().knowledge()).isEqualTo(URI.create("http://127.0.0.1:8092"));
        Declared url = of("{\"knowledge\":{\"url\":\"http://localhost:9000\"}}");
        assertThat(url.handed).doesNotContainKey(BASE);
        assertThat(url.settings().knowledge()).isEqualTo(URI.create("http://localhost:9000"));
    }

    @Test
    void what_cannot_be_is_told_with_its_place() {
        assertThat(of("{\"knowledge\":{\"container\":\"aidb\"}}").problems)
                .containsExactly(
                        "knowledge.container: there is no container \"aidb\": declare it under containers, or under users.anna.containers");
        assertThat(of("{\"knowledge\":{\"url\":\"http://localhost:1\",\"port\":2,\"model\":\"m\"}}").problems)
                .hasSize(2)
                .anyMatch(p -> p.startsWith("knowledge.port: does not go with url"))
                .anyMatch(p -> p.startsWith("knowledge.model: is for the knowledge base that comes with"));
        assertThat(of("{\"knowledge\":{\"enabled\":false},\"documents\":{\"x\":{\"folder\":\"/x\"}}}").problems)
                .containsExactly("documents: there is no knowledge base for them: knowledge.enabled is false");
        Declared wrong = of("{\"documents\":{\"x\":{\"folder\":\"/x/../y\"},"
                + "\"y\":{\"folder\":\"/y\",\"include\":[\"*.md\",\"[\"]}}}");
        assertThat(wrong.problems)
                .hasSize(2)
                .anyMatch(p -> p.equals("documents.x.folder: \"/x/../y\" is not the plain path of a folder"))
                .anyMatch(p -> p.startsWith("documents.y.include.1: \"[\" is not a pattern: "));
        assertThat(wrong.handed).as("what is followed so far goes on").doesNotContainKeys(FILE, FOLLOWER);
    }

    @Test
    void patterns_are_of_names_or_of_paths() {
        Patterns patterns =
                new Patterns(List.of("*.md", "docs/**/*.html"), List.of("drafts/**", "CHANGELOG.md", "**/old"));
        assertThat(patterns.isDocument("a/b/c.md")).isTrue();
        assertThat(patterns.isDocument("docs/x/y.html")).isTrue();
        assertThat(patterns.isDocument("other/y.html")).isFalse();
        assertThat(patterns.isLeftOut("drafts")).isTrue();
        assertThat(patterns.isLeftOut("drafts/x.md")).isTrue();
        assertThat(patterns.isLeftOut("a/drafts")).isFalse();
        assertThat(patterns.isLeftOut("sub/CHANGELOG.md")).isTrue();
        assertThat(patterns.isLeftOut("old")).isTrue();
        assertThat(patterns.isLeftOut("a/old")).isTrue();
        assertThat(patterns.isLeftOut("a/.hidden.md")).isTrue();
    }
}
