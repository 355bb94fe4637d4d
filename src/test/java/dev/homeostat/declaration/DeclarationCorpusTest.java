package dev.homeostat.declaration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Broken and hostile declarations: for each {@code NAME.yaml} in the folder, {@code NAME.expected} has every problem that is
 * told, one a line, to the letter.
 */
class DeclarationCorpusTest {
    private static final Path FOLDER = Path.of("src/test/resources/declarations");
    private static final int LEAST = 60;
    private static final DeclarationReader READER = Readers.system();

    static Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files
                    .map(p -> p.getFileName().toString())
                    .filter(n -> n.endsWith(".yaml"))
                    .map(n -> n.substring(0, n.length() - ".yaml".length()))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    @Timeout(5)
    void is_refused_with_these_words(String name) throws IOException {
        assertThat(problems(Files.readAllBytes(FOLDER.resolve(name + ".yaml"))))
                .as(name)
                .isNotEmpty()
                .isEqualTo(Files.readAllLines(FOLDER.resolve(name + ".expected")));
    }

    @Test
    void there_are_many_and_each_has_its_words() throws IOException {
        assertThat(names()).hasSizeGreaterThan(LEAST);
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(p -> p.getFileName().toString())
                            .filter(n -> n.endsWith(".expected"))
                            .map(n -> n.substring(0, n.length() - ".expected".length())))
                    .containsExactlyInAnyOrderElementsOf(names().toList());
        }
    }

    /** Messages are printed on terminals and into the journal: nothing in them may steer either. */
    @ParameterizedTest
    @MethodSource("names")
    void messages_are_single_lines_of_plain_characters(String name) throws IOException {
        assertThat(problems(Files.readAllBytes(FOLDER.resolve(name + ".yaml"))))
                .allSatisfy(line -> assertThat(line)
                        .startsWith("machine.yaml")
                        .hasSizeLessThan(600)
                        .doesNotContainPattern("\\p{Cntrl}"));
    }

    @Test
    @Timeout(5)
    void ten_megabytes_are_refused_at_once() {
        long start = System.nanoTime();
        assertThat(problems("#".repeat(10 * 1024 * 1024).getBytes(UTF_8)))
                .containsExactly("machine.yaml: has more than the 2097152 bytes that are read: move large content into"
                        + " files of its own (source), or split it over machine.d");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    private static List<String> problems(byte[] content) {
        try {
            READER.read(new LinkedHashMap<>(Map.of("machine.yaml", content)));
            return List.of();
        } catch (InvalidDeclaration e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }
}
