package dev.homeostat.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.knowledge.KnowledgeClient.Answer;
import dev.homeostat.resource.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What every knowledge base has to do, whoever made it. Each test keeps to documents of its own, so that it may run against
 * one that is in use.
 */
public interface KnowledgeContract {
    KnowledgeClient client();

    /** Words and names that nobody else has. */
    private static String unique() {
        return "k" + UUID.randomUUID().toString().replace("-", "");
    }

    @Test
    default void it_is_up_and_ready_and_tells_figures() throws Exception {
        assertThat(client().get("/health").status()).isEqualTo(200);
        assertThat(client().get("/readyz").status()).isEqualTo(200);
        Answer metrics = client().get("/metrics");
        assertThat(metrics.status()).isEqualTo(200);
        assertThat(metrics.type()).startsWith("text/plain");
        assertThat(metrics.text()).contains("# TYPE ").endsWith("\n");
    }

    @Test
    default void a_document_is_kept_once_however_often_it_is_sent() throws Exception {
        String id = unique();
        String text = "Once and for all " + unique();
        Map<String, Object> document = Map.of(
                "id", id, "project", "contract", "tags", List.of("b", "a", "b"), "source", "docs/x.md", "text", text);
        Answer first = client().post("/documents", document);
        assertThat(first.status()).isEqualTo(201);
        assertThat(first.json().get("outcome").asText()).isEqualTo("created");
        Answer second = client().post("/documents", document);
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.json().get("outcome").asText()).isEqualTo("unchanged");
        JsonNode kept = client().get("/documents/" + id).json();
        assertThat(kept.get("text").asText()).isEqualTo(text);
        assertThat(kept.get("sha256").asText()).isEqualTo(Sha256.hex(text));
        assertThat(kept.get("tags").toString()).isEqualTo("[\"a\",\"b\"]");
        assertThat(client().store(id, text + " changed").json().get("outcome").asText())
                .isEqualTo("updated");
        assertThat(client().get("/documents/" + id).json().get("project").asText())
                .isEqualTo("default");
        assertThat(client().delete("/documents/" + id).status()).isEqualTo(204);
        assertThat(client().get("/documents/" + id).status()).isEqualTo(404);
        assertThat(client().delete("/documents/" + id).status()).isEqualTo(404);
    }

    @Test
    default void the_same_source_of_a_project_is_the_same_document() throws Exception {
        String source = unique() + ".md";
        String one = client().post("/documents", Map.of("source", source, "text", "one"))
                .json()
                .get("id")
                .asText();
        JsonNode again = client().post("/documents", Map.of("source", source, "text", "two"))
                .json();
        assertThat(again.get("id").asText()).isEqualTo(one);
        assertThat(again.get("outcome").asText()).isEqualTo("updated");
        JsonNode listed = client().get("/documents?source=" + source).json().get("documents");
        assertThat(listed).hasSize(1);
        client().delete("/documents/" + one);
    }

    @Test
    default void what_was_written_is_found_at_once_and_what_was_removed_is_not() throws Exception {
        String word = unique();
        String id = unique();
        client().store(id, "A heap of words around " + word + " and behind it.");
        JsonNode found = client().search(word).json();
        assertThat(found.get("hits")).hasSize(1);
        JsonNode hit = found.get("hits").get(0);
        assertThat(hit.get("id").asText()).isEqualTo(id);
        assertThat(hit.get("snippet").asText()).contains(word);
        client().store(id, "Something else");
        assertThat(client().search(word).json().get("hits")).isEmpty();
        client().store(id, word);
        client().delete("/documents/" + id);
        assertThat(client().search(word).json().get("hits")).isEmpty();
    }

    @Test
    default void search_ranks_and_is_narrowed_to_a_project_or_a_tag() throws Exception {
        String word = unique();
        String project = unique();
        List<Map<String, Object>> documents = List.of(
                Map.of(
                        "id",
                        word + "1",
                        "project",
                        project,
                        "tags",
                        List.of(word),
                        "text",
                        word + " " + word + " here"),
                Map.of(
                        "id",
                        word + "2",
                        "project",
                        project,
                        "text",
                        word + " once among many other words of this text"),
                Map.of("id", word + "3", "project", project + "x", "text", "elsewhere " + word));
        assertThat(client().post("/documents", Map.of("documents", documents)).status())
                .isEqualTo(200);
        assertThat(ids(client().get("/search?q=" + word + "&project=" + project)))
                .containsExactly(word + "1", word + "2");
        assertThat(ids(client().get("/search?q=" + word + "&tag=" + word))).containsExactly(word + "1");
        assertThat(ids(client().get("/search?limit=1&q=" + word))).hasSize(1);
        for (int i = 1; i <= 3; i++) {
            client().delete("/documents/" + word + i);
        }
    }

    @Test
    default void a_list_comes_in_pages() throws Exception {
        String project = unique();
        List<Map<String, Object>> documents = new ArrayList<>();
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < 7; i++) {
            documents.add(Map.of("id", project + i, "project", project, "text", "page " + i));
            expected.add(project + i);
        }
        client().post("/documents", Map.of("documents", documents));
        Set<String> seen = new TreeSet<>();
        String after = "";
        int pages = 0;
        do {
            JsonNode page = client().get("/documents?limit=3&project=" + project + "&after=" + after)
                    .json();
            page.get("documents").forEach(d -> seen.add(d.get("id").asText()));
            after = page.get("next").asText("");
            pages++;
        } while (!after.isEmpty());
        assertThat(pages).isEqualTo(3);
        assertThat(seen).isEqualTo(expected);
        for (String id : expected) {
            client().delete("/documents/" + id);
        }
    }

    @Test
    default void skills_and_tools_are_lists_of_their_own() throws Exception {
        String project = unique();
        client().post(
                        "/documents",
                        Map.of("id", project + "s", "project", project, "tags", List.of("skill"), "text", "s"));
        client().post(
                        "/documents",
                        Map.of("id", project + "t", "project", project, "tags", List.of("tool"), "text", "t"));
        assertThat(listed("/skills?project=" + project)).containsExactly(project + "s");
        assertThat(listed("/tools?project=" + project)).containsExactly(project + "t");
        client().delete("/documents/" + project + "s");
        client().delete("/documents/" + project + "t");
    }

    @Test
    default void vectors_made_elsewhere_are_kept_and_searched() throws Exception {
        String model = unique();
        String id = unique();
        client().store(id + "1", "north");
        client().store(id + "2", "east");
        Answer indexed = client().post(
                        "/vector/index",
                        Map.of(
                                "model",
                                model,
                                "items",
                                List.of(
                                        Map.of("id", id + "1", "vector", List.of(0.0, 1.0, 0.1)),
                                        Map.of("id", id + "2", "vector", List.of(1.0, 0.0, 0.1)))));
        assertThat(indexed.status()).isEqualTo(200);
        Answer near =
                client().post("/vector/search", Map.of("model", model, "vector", List.of(0.9, 0.2, 0.1), "limit", 2));
        assertThat(ids(near)).containsExactly(id + "2", id + "1");
        client().store(id + "2", "east is somewhere else now");
        Answer after = client().post("/vector/search", Map.of("model", model, "vector", List.of(0.9, 0.2, 0.1)));
        assertThat(ids(after)).as("a changed text has lost its vector").containsExactly(id + "1");
        client().delete("/documents/" + id + "1");
        client().delete("/documents/" + id + "2");
    }

    @Test
    default void what_cannot_be_is_refused_with_a_reason() throws Exception {
        refused(client().post("/documents", "{"), 400);
        refused(client().post("/documents", "null"), 400);
        refused(client().post("/documents", Map.of("id", "../x", "text", "x")), 400);
        refused(client().post("/documents", Map.of("id", "x")), 400);
        refused(client().post("/documents", Map.of("text", "without a name")), 400);
        refused(client().post("/documents", Map.of("id", "x", "text", "x", "sha256", "0".repeat(64))), 400);
        refused(client().post("/documents", Map.of("id", "x", "text", "x", "what", "is this")), 400);
        refused(client().post("/documents", Map.of("documents", List.of())), 400);
        refused(client().get("/search"), 400);
        refused(client().get("/search?q=" + "x".repeat(1001)), 400);
        refused(client().get("/search?q=x&limit=0"), 400);
        refused(client().get("/search?q=x&limit=many"), 400);
        refused(client().get("/search?q=x&page=2"), 400);
        refused(client().get("/documents/" + unique()), 404);
        refused(client().get("/nothing"), 404);
        refused(client().delete("/search"), 405);
        refused(
                client().post(
                                "/vector/index",
                                Map.of("model", "m", "items", List.of(Map.of("id", unique(), "vector", List.of(1))))),
                404);
        refused(client().post("/vector/search", Map.of("model", "m", "vector", List.of(0, 0))), 400);
        refused(client().post("/documents", Map.of("id", "x", "text", "x".repeat((1 << 20) + 1))), 413);
    }

    @Test
    default void it_says_what_it_offers() throws Exception {
        JsonNode document = client().get("/openapi.json").json();
        assertThat(document.get("openapi").asText()).startsWith("3.");
        Set<String> paths = new TreeSet<>();
        document.get("paths").fieldNames().forEachRemaining(paths::add);
        assertThat(paths)
                .contains(
                        "/health",
                        "/readyz",
                        "/metrics",
                        "/documents",
                        "/documents/{id}",
                        "/search",
                        "/vector/embed",
                        "/vector/index",
                        "/vector/search",
                        "/skills",
                        "/tools");
        for (String path : paths) {
            if (document.get("paths").get(path).has("get") && !path.contains("{") && !path.equals("/search")) {
                assertThat(client().get(path).status()).as(path).isEqualTo(200);
            }
        }
    }

    static void refused(Answer answer, int status) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.type()).isEqualTo("application/problem+json");
        assertThat(answer.json().get("status").asInt()).isEqualTo(status);
        assertThat(answer.json().get("type").asText()).startsWith("urn:homeostat:error:");
        assertThat(answer.json().get("detail").asText()).isNotBlank();
    }

    static List<String> ids(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        answer.json().get("hits").forEach(hit -> ids.add(hit.get("id").asText()));
        return ids;
    }

    private List<String> listed(String path) throws Exception {
        List<String> ids = new ArrayList<>();
        client().get(path)
                .json()
                .get("documents")
                .forEach(d -> ids.add(d.get("id").asText()));
        return ids;
    }
}
