package dev.homeostat.ai.skill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkillsTest {
    /** The format asks for less than 500 lines: an agent reads all of it. */
    private static final int LINES_LIMIT = 500;

    @Test
    void ours_come_with_the_program_and_are_of_the_format() throws Exception {
        assertThat(new BundledSkills().skills())
                .containsOnlyKeys(
                        "ai-service-management",
                        "aidb-knowledge",
                        "machine-declaration",
                        "machine-troubleshooting",
                        "nixos-deployment",
                        "webapp-testing")
                .allSatisfy((name, files) ->
                        assertThat(files.get("SKILL.md").lines().count()).isLessThan(LINES_LIMIT));
        try (Stream<Path> folders = Files.list(Path.of("templates/skills"))) {
            assertThat(folders.filter(Files::isDirectory)
                            .map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            new BundledSkills().skills().keySet());
        }
    }

    private static String skill(String name, String description) {
        return "---\nname: " + name + "\ndescription: " + description + "\n---\n# It\n";
    }

    @ParameterizedTest
    @CsvSource({
        "Upper-Case, lower-case",
        "-begins, lower-case",
        "two--hyphens, lower-case",
        "under_score, lower-case",
        "another, not that of its folder",
    })
    void a_wrong_name_is_told(String name, String words) {
        assertThat(SkillFile.problems("folder", skill(name, "does it")))
                .singleElement()
                .asString()
                .contains(words);
    }

    @Test
    void what_else_is_wrong_is_told() {
        assertThat(SkillFile.problems("a", skill("a", "does it"))).isEmpty();
        assertThat(SkillFile.problems("a", skill("a", "x".repeat(1024)))).isEmpty();
        assertThat(SkillFile.problems("a", skill("a", "x".repeat(1025)))).hasSize(1);
        String longest = "a".repeat(65);
        assertThat(SkillFile.problems(longest, skill(longest, "does it"))).hasSize(1);
        assertThat(SkillFile.problems("a", "# no head\n")).hasSize(1);
        assertThat(SkillFile.problems("a", "")).hasSize(1);
        assertThat(SkillFile.problems("a", "---\nname: a\n")).hasSize(1);
        assertThat(SkillFile.problems("a", "---\n- a\n---\ntext\n")).hasSize(1);
        assertThat(SkillFile.problems("a", "---\nname: [\n---\ntext\n")).hasSize(1);
        assertThat(SkillFile.problems("a", "---\nname: a\ndescription: b\n---\n\n"))
                .isEqualTo(List.of("there is nothing below its head"));
        assertThat(SkillFile.problems("a", "---\nname: a\ndescription: b\nmodel: c\n---\ntext\n"))
                .isEqualTo(List.of("model: is not of the format"));
    }
}
