package dev.homeostat.ai.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFileTest {
    private static final Path PATH = Path.of("/home/anna/.cursor/mcp.json");
    private static final String KEY = "mcpServers";
    private static final JsonNode OURS = Json.read("{\"command\":\"homeostat\",\"args\":[\"mcp\"]}", JsonNode.class);

    @SuppressWarnings("deprecation") // the names of the old features are those of the mapper's builder
    private static final JsonMapper TOLERANT = JsonMapper.builder()
            .enable(JsonParser.Feature.ALLOW_COMMENTS)
            .enable(com.fasterxml.jackson.core.json.JsonReadFeature.ALLOW_TRAILING_COMMA)
            .build();

    private static JsonFile read(String text) throws Trouble {
        return JsonFile.read(PATH, text == null ? null : text.getBytes(UTF_8), KEY);
    }

    private static String text(JsonFile file) {
        return new String(file.bytes(), UTF_8);
    }

    @Test
    void a_new_file_is_written_as_people_would() throws Exception {
        assertThat(text(read(null).with("homeostat", OURS))).isEqualTo("""
                {
                  "mcpServers": {
                    "homeostat": {
                      "command": "homeostat",
                      "args": [ "mcp" ]
                    }
                  }
                }
                """);
    }

    @Test
    void everything_else_stays_to_the_character() throws Exception {
        String theirs = """
                // mine, do not touch
                {
                    "theme" : "dark",   /* at night */
                    "big": 1.10, "same":"\\u00e4",
                    "mcpServers": {
                        "own": {"command": "own", "args": []}, // tried on monday
                    },
                    "last": [1,2,
                       3]
                }
                """;
        String merged = text(read(theirs).with("homeostat", OURS));
        assertThat(merged)
                .contains(
                        "// mine, do not touch",
                        "\"theme\" : \"dark\",   /* at night */",
                        "\"big\": 1.10, \"same\":\"\\u00e4\"")
                .contains("\"own\": {\"command\": \"own\", \"args\": []}")
                .contains("\n        \"homeostat\": {\n            \"command\"");
        assertThat(text(read(merged).without("homeostat"))).isEqualTo(theirs);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{ }\n",
                "{\n}\n",
                "{\"a\":1}",
                "{\"mcpServers\":{}}",
                "{\"mcpServers\":{\"b\":{\"command\":\"x\"}}}",
                "{\r\n\t\"a\": [],\r\n\t\"mcpServers\": {\r\n\t\t\"b\": {}\r\n\t}\r\n}\r\n",
                "{ // why\n  \"a\": 1, // because\n}",
                "{\n  \"a\": 1 // no comma behind\n}",
                "{\n  \"mcpServers\": {\n    // none yet\n  }\n}",
                "{\"mcpServers\":{\"b\":{},},}"
            })
    void what_is_put_in_and_taken_out_again_leaves_what_was(String theirs) throws Exception {
        JsonFile before = read(theirs);
        JsonFile merged = before.with("z", OURS).with("homeostat", OURS).with("z", Json.tree(List.of(1)));
        assertThat(TOLERANT.readTree(text(merged)).at("/mcpServers/homeostat")).isEqualTo(OURS);
        JsonFile after = merged.without("homeostat").without("z");
        if (!before.hasHolder()) {
            after = after.withoutEmptyHolder();
        }
        assertThat(TOLERANT.readTree(text(after))).isEqualTo(TOLERANT.readTree(theirs));
        assertThat(comments(text(after))).isEqualTo(comments(theirs));
    }

    private static List<String> comments(String text) {
        return java.util.regex.Pattern.compile("//.*")
                .matcher(text)
                .results()
                .map(r -> r.group().strip())
                .toList();
    }

    @Test
    void what_is_taken_out_first_takes_no_comment_along() throws Exception {
        String all = "{\"mcpServers\": {\n  \"a\": 1, // of a\n  // of b\n  \"b\": 2,\n  /* , */ \"c\": 3\n}}";
        assertThat(text(read(all).without("a"))).contains("// of a", "// of b").doesNotContain("\"a\"");
        assertThat(text(read(all).without("b")))
                .contains("// of a", "// of b", "/* , */")
                .doesNotContain("\"b\"");
        JsonFile none = read(all).without("b").without("c").without("a");
        assertThat(none.hasEntries()).isFalse();
        assertThat(text(none)).contains("// of a", "// of b", "/* , */");
    }

    // ---- what is refused

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "{\"mcpServers\": []}",
                "{\"mcpServers\": null}",
                "{\"a\": 1, \"a\": 2}",
                "{\"mcpServers\": {\"x\": 1, \"x\": 2}}",
                "{\"a\": 1",
                "{\"a\": 1} {\"b\": 2}",
                "{\"a\": 1} x",
                "{a: 1}",
                "\ufeff{}",
                "{\"a\": \"\u0000\"}"
            })
    void what_would_be_read_differently_by_others_is_refused(String theirs) {
        assertThatThrownBy(() -> read(theirs)).isInstanceOf(Trouble.class).hasMessageContaining(PATH.toString());
    }

    @Test
    void a_mistake_is_told_with_its_place_and_nothing_of_the_content() {
        assertThatThrownBy(() -> read("{\n  \"token\": hunter2secret\n}"))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("at line 2, column")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    @Timeout(10)
    void depth_and_bytes_that_are_no_text_are_refused() {
        assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(100_000))).isInstanceOf(Trouble.class);
        assertThatThrownBy(() -> JsonFile.read(PATH, new byte[] {'{', '"', (byte) 0xff, '"', '}'}, KEY))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("is not UTF-8");
    }

    @Test
    @Timeout(20)
    void eight_megabytes_are_merged() throws Exception {
        String theirs = "{\"history\": \"" + "x".repeat(8_000_000) + "\"}";
        assertThat(text(read(theirs)
                        .with("homeostat", OURS)
                        .without("homeostat")
                        .withoutEmptyHolder()))
                .isEqualTo(theirs);
    }

    // ---- any document

    @Provide
    Arbitrary<ObjectNode> documents() {
        Arbitrary<String> names = Arbitraries.oneOf(
                Arbitraries.of(KEY, "homeostat", "z", "//", "/*", "a,b", "\"", "\\", "{", "ä\n"),
                Arbitraries.strings().ofMaxLength(6));
        Arbitrary<JsonNode> leaves = Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(8).map(Json::tree),
                Arbitraries.of("//", "*/", "},", ",").map(Json::tree),
                Arbitraries.integers().map(Json::tree),
                Arbitraries.bigDecimals().map(Json::tree),
                Arbitraries.of(true, false).map(Json::tree),
                Arbitraries.just(Json.MAPPER.nullNode()));
        Arbitrary<ObjectNode> objects =
                object(names, Arbitraries.oneOf(leaves, object(names, leaves).map(o -> (JsonNode) o)));
        return Combinators.combine(objects, object(names, leaves), Arbitraries.of(true, false))
                .as((document, servers, has) -> {
                    document.remove(KEY);
                    if (has) {
                        document.set(KEY, servers.without(List.of("homeostat", "z")));
                    }
                    return document;
                });
    }

    private static Arbitrary<ObjectNode> object(Arbitrary<String> names, Arbitrary<JsonNode> values) {
        return Arbitraries.maps(names, values).ofMaxSize(4).map(map -> {
            ObjectNode node = Json.MAPPER.createObjectNode();
            map.forEach(node::set);
            return node;
        });
    }

    @Property(tries = 400)
    void any_document_is_as_before_after_merging_and_removing(
            @ForAll("documents") ObjectNode theirs, @ForAll boolean lines) throws Exception {
        String text = lines ? theirs.toPrettyString() : theirs.toString();
        JsonFile before = read(text);
        JsonFile merged = before.with("homeostat", OURS).with("z", OURS).with("homeostat", Json.tree("otherwise"));
        ObjectNode expected = theirs.deepCopy();
        expected.withObjectProperty(KEY).put("homeostat", "otherwise").set("z", OURS);
        assertThat(Json.read(text(merged), JsonNode.class)).isEqualTo(Json.read(expected.toString(), JsonNode.class));
        JsonFile after = merged.without("z").without("homeostat");
        if (!before.hasHolder()) {
            after = after.withoutEmptyHolder();
        }
        assertThat(Json.read(text(after), JsonNode.class)).isEqualTo(Json.read(text, JsonNode.class));
    }
}
