package dev.homeostat.ai.suggest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a model says is what a stranger says. */
class SuggestionTest {
    private static final String WISH = "a Postgres for project X, please";

    private static Suggestion of(String answer) throws Trouble {
        return Suggestion.of(WISH, answer);
    }

    @Test
    void a_block_among_words_is_found_and_written_anew() throws Exception {
        Suggestion suggestion = of("""
                Sure! Here is it:

                ```yaml
                version: 1
                # I am harmless
                catalog: {postgres: {port: 5433, as: "container"}}
                ```
                Have fun.""");
        assertThat(suggestion.name()).isEqualTo("postgres-project-x");
        assertThat(suggestion.yaml()).isEqualTo("""
                catalog:
                  postgres:
                    port: 5433
                    as: container
                """);
    }

    @Test
    void a_bare_document_is_one_too() throws Exception {
        assertThat(of("files:\n  /etc/motd:\n    content: \"1\"\n").yaml())
                .isEqualTo("files:\n  /etc/motd:\n    content: \"1\"\n");
        assertThat(of("{\"files\": {\"/etc/motd\": {\"mode\": \"0644\"}}}").yaml())
                .isEqualTo("files:\n  /etc/motd:\n    mode: \"0644\"\n");
    }

    @Test
    void text_that_could_be_taken_for_something_else_stays_text() throws Exception {
        for (String text :
                new String[] {"yes", "null", "0644", "1e3", "- x", "a: b", "# no", "*x", "&x", "!!x", "", " x "}) {
            String yaml = of("files: {/x: {content: '" + text + "'}}").yaml();
            assertThat(of(yaml).yaml()).as(text).isEqualTo(yaml);
            assertThat(new com.fasterxml.jackson.dataformat.yaml.YAMLMapper()
                            .readTree(yaml)
                            .at("/files/~1x/content")
                            .textValue())
                    .isEqualTo(text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "I cannot do that.",
                "- a\n- list\n",
                "```yaml\n```",
                "files: {}\n---\nfiles: {}\n",
                "```yaml\nfiles: {}\n```\n```yaml\nnetworks: {}\n```",
                "files: {a: 1, a: 2}\n",
                "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
                "a: !!java.net.URL [http://example.com]\nb: [",
                "version: 1\n",
                "policy: {apply: auto}\nfiles: {/x: {content: y}}\n",
                "files: {/x: {content: \"y\u001b[2J\"}}\n",
                "files: {/x: {content: \"\u202eevil\"}}\n",
                "files: {/x: {content: \"\u200b\"}}\n"
            })
    void what_is_no_suggestion_is_told_and_goes_no_further(String answer) {
        assertThatThrownBy(() -> of(answer))
                .isInstanceOf(Trouble.class)
                .hasMessageStartingWith("the model's answer is no suggestion that can be used: ")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContainPattern("[\\p{Cc}\\p{Cf}]"));
    }

    @Test
    void neither_size_nor_depth_does_harm() {
        assertThatThrownBy(() -> of("x".repeat(70_000))).isInstanceOf(Trouble.class);
        assertThatThrownBy(() -> of("a: " + "[".repeat(30_000))).isInstanceOf(Trouble.class);
        assertThatThrownBy(() -> of("? ".repeat(10_000))).isInstanceOf(Trouble.class);
    }

    @Test
    void escapes_in_quotes_are_found_after_they_are_read() {
        assertThatThrownBy(() -> of("files: {/x: {content: \"y\\e[2J\"}}\n"))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("U+001B");
    }

    @Test
    void a_name_is_made_of_what_the_wish_is_about() throws Exception {
        String answer = "networks: {x: {}}";
        assertThat(Suggestion.of("../../etc/passwd", answer).name()).isEqualTo("etc-passwd");
        assertThat(Suggestion.of("日本", answer).name()).isEqualTo("wish");
        assertThat(Suggestion.of("x".repeat(100), answer).name()).hasSize(40);
    }
}
