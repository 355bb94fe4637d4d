package dev.homeostat.declaration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclarationReaderTest {
    private final Locations locations = Locations.system(Map.of());
    private final DeclarationReader reader = new DeclarationReader(
            List.of(new FileSection(locations, new NameService())), List.of(), List.of(), locations);

    private Declaration read(String... files) throws InvalidDeclaration {
        LinkedHashMap<String, byte[]> content = new LinkedHashMap<>();
        for (int i = 0; i < files.length; i++) {
            content.put(i == 0 ? "machine.yaml" : "machine.d/" + i + ".yaml", files[i].getBytes(UTF_8));
        }
        return reader.read(content);
    }

    private List<String> problems(String... files) {
        try {
            read(files);
            return List.of();
        } catch (InvalidDeclaration e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    @Test
    void a_small_declaration_becomes_resources_with_places() throws Exception {
        Declaration d = read("""
                # yaml-language-server: $schema=/usr/share/homeostat/machine.schema.json
                version: 1
                policy: {resync: 1m, paused: {file//etc/motd: {reason: busy, until: 2026-12-01T08:00:00Z}}}
                files:
                  /etc/motd: {content: "hello\\n", mode: 0644}
                  /srv/data:
                    type: folder
                """);
        assertThat(d.resources().keySet())
                .containsExactly(ResourceId.of("file", "/etc/motd"), ResourceId.of("file", "/srv/data"));
        assertThat(d.resources().get(ResourceId.of("file", "/srv/data")).place())
                .hasToString("machine.yaml:6:3");
        assertThat(d.policy().resync()).isEqualTo(Duration.ofMinutes(1));
        assertThat(d.policy().backoff().initial()).isEqualTo(Duration.ofSeconds(1));
        assertThat(d.policy().paused().get(ResourceId.of("file", "/etc/motd")).until())
                .isEqualTo(Instant.parse("2026-12-01T08:00:00Z"));
        assertThat(d.revision()).matches("[0-9a-f]{64}");
    }

    @Test
    void several_files_are_one_whatever_their_order() throws Exception {
        String one = "version: 1\nfiles: {/etc/a: {content: a}}";
        String two = "files: {/etc/b: {content: b}, /etc/a: {mode: \"0600\"}}";
        String together = "version: 1\nfiles: {/etc/a: {mode: \"0600\", content: a}, /etc/b: {content: b}}";
        assertThat(read(one, two).revision()).isEqualTo(read(together).revision());
        assertThat(read(two, one).revision()).isEqualTo(read(together).revision());
    }

    @Test
    void two_files_that_differ_are_told_with_both_places() {
        assertThat(problems("version: 1\nfiles: {/etc/a: {content: a}}", "files:\n  /etc/a:\n    content: b"))
                .containsExactly(
                        "machine.d/1.yaml:3:5: files./etc/a.content: is given differently at machine.yaml:2:18: keep one of the two");
    }

    @Test
    void a_users_files_are_his_own() throws Exception {
        Declaration d = read("version: 1\nusers: {root: {files: {~/note: {content: x}}}}");
        assertThat(d.resources().firstKey()).hasToString("file/root@/root/note");
        assertThat(problems("version: 1\nusers: {root: {files: {/etc/note: {content: x}}}}")
                        .getFirst())
                .contains("/etc/note is not below /root");
        assertThat(problems("version: 1\nusers: {nobody-there: {files: {~/note: {content: x}}}}")
                        .getFirst())
                .contains("there is no user \"nobody-there\"");
    }

    @Test
    void sensitive_content_is_not_in_what_is_kept_and_the_rest_comes_back_from_it() throws Exception {
        Declaration d =
                read("version: 1\nfiles: {/etc/token: {content: s3cr3t, sensitive: true}, /etc/a: {content: a}}");
        assertThat(d.content().toString()).doesNotContain("s3cr3t");
        assertThat(Json.write(
                        d.resources().get(ResourceId.of("file", "/etc/token")).spec()))
                .doesNotContain("s3cr3t");
        assertThat(d.resources().toString()).doesNotContain("s3cr3t");
        Declaration back = reader.restore(d.content(), d.revision(), d.files());
        assertThat(back.revision()).isEqualTo(d.revision());
        assertThat(back.resources().keySet()).isEqualTo(d.resources().keySet());
        assertThat(back.content()).isEqualTo(d.content());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            version: 1 \\nfils: {}                              | machine.yaml:2:1: "fils" is not a known key: did you mean "files"?
            files: {}                                            | machine.yaml:1:1: "version" is missing
            version: 2                                           | machine.yaml:1:10: version: expected 1, found 2
            version: 1 \\nfiles: {/etc/a: {contents: x}}         | machine.yaml:2:18: files./etc/a: "contents" is not a known key: did you mean "content"?
            version: 1 \\nfiles: {/etc/a: {content: 5}}          | machine.yaml:2:27: files./etc/a.content: expected text, found a number (put it in quotes)
            version: 1 \\nfiles: {/etc/a: {mode: 644}}           | machine.yaml:2:24: files./etc/a.mode: expected text, found 644 (put it in quotes: "644")
            version: 1 \\nfiles: {/etc/a: {mode: "0999"}}        | machine.yaml:2:24: files./etc/a.mode: expected three or four octal digits in quotes, such as "0644", found "0999"
            version: 1 \\nfiles: {/etc/a: {type: dir}}           | machine.yaml:2:24: files./etc/a.type: expected one of file, folder, link, absent, found "dir"
            version: 1 \\nfiles: {/etc/a: text}                  | machine.yaml:2:17: files./etc/a: expected keys and values, found "text"
            version: 1 \\nfiles: [/etc/a]                        | machine.yaml:2:1: files: expected keys and values, found a list
            version: 1 \\nfiles: {etc/a: {}}                     | machine.yaml:2:9: files: the name "etc/a" is not an absolute path such as /etc/motd
            version: 1 \\nfiles: {/etc/../a: {}}                 | machine.yaml:2:9: files./etc/../a: "/etc/../a" is not written plainly: expected "/a" (no . or .., no double or trailing slash)
            version: 1 \\nfiles: {/proc/a: {}}                   | machine.yaml:2:9: files./proc/a: /proc/a cannot be managed: /, /proc, /sys and /dev are the kernel's
            version: 1 \\nfiles: {/etc/a: {type: link}}          | machine.yaml:2:9: files./etc/a: a link needs a target
            version: 1 \\nfiles: {/etc/a: {content: x, source: /b}} | machine.yaml:2:38: files./etc/a.source: content and source exclude each other: give one of them
            version: 1 \\nfiles: {/etc/a: {}, /etc/a: {}}        | machine.yaml:2:21: "/etc/a" is given twice, first at machine.yaml:2:9
            version: 1 \\npolicy: {resync: 5}                    | machine.yaml:2:18: policy.resync: expected text, found 5 (put it in quotes: "5")
            version: 1 \\npolicy: {resync: soon}                 | machine.yaml:2:18: policy.resync: expected a time such as 1h30m, 10s or 250ms, found "soon"
            version: 1 \\npolicy: {resync: 10ms}                 | machine.yaml:2:18: policy.resync: expected at least 1s
            version: 1 \\nfiles:\\n\\t/etc/a: {}                 | machine.yaml:3:1: is not YAML: a tab in the indentation
            version: 1 \\nfiles: {/etc/a: !!java.net.URL x}      | machine.yaml:2:17: has the tag !!java.net.URL: tags are not used here
            a: &a [*a]                                           | machine.yaml:1:4: is nested more than 40 deep
            version: 1 \\n---\\nversion: 1                       | machine.yaml:3:1: has a second document
            `# nothing`                                          | machine.yaml: is empty: expected at least "version: 1"
            [version]                                            | machine.yaml:1:1: expected keys such as "version: 1", found a list
            """)
    void what_is_wrong_is_told_with_its_place(String yaml, String expected) {
        assertThat(problems(yaml.replace("\\n", "\n").replace("\\t", "\t").replace(" \n", "\n")))
                .first()
                .asString()
                .startsWith(expected.replace("\\\\", "\\"));
    }

    @Test
    void all_problems_are_told_at_once() {
        assertThat(problems("version: 1\nfiles:\n  /etc/a: {mod: x}\n  /etc/b: {mode: 7}"))
                .hasSize(2);
    }

    @Test
    void hostile_files_are_refused_quickly() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++) {
            laughs.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ",").repeat(10)));
        }
        assertThat(problems(laughs.toString()).getFirst()).contains("too many values");
        assertThat(problems("x".repeat(5_000_000)).getFirst()).contains("has more than the 2097152 bytes");
        assertThatThrownBy(() ->
                        reader.read(new LinkedHashMap<>(Map.of("machine.yaml", new byte[] {'a', '\n', (byte) 0xff}))))
                .hasMessage("machine.yaml:2:1: is not UTF-8 text: save it as UTF-8");
        assertThat(problems("a: \u0000"))
                .containsExactly("machine.yaml:1:4: has the control character U+0000: remove it");
        assertThat(problems("[".repeat(10_000)).getFirst())
                .startsWith("machine.yaml:1:81: is nested more than 40 deep");
    }

    @Test
    void the_schema_says_what_the_reader_accepts() {
        JsonNode schema = reader.schema();
        assertThat(schema.at("/properties/files/additionalProperties/$ref").asText())
                .isEqualTo("#/$defs/FileEntry");
        assertThat(schema.at("/$defs/FileEntry/properties/mode/pattern").asText())
                .isEqualTo("^[0-7]{3,4}$");
        assertThat(schema.at("/$defs/FileEntry/properties/type/enum")).hasSize(4);
        assertThat(schema.at("/$defs/FileEntry/additionalProperties").asBoolean(true))
                .isFalse();
        assertThat(schema.at("/properties/users/additionalProperties/properties/files")
                        .isMissingNode())
                .isFalse();
    }
}
