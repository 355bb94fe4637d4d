package dev.homeostat.control.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What skills tell agents to type is there, with these options and words. */
class SkillCommandsTest {
    private static final Path SKILLS = Path.of("templates/skills");
    /** In a line of its own, or in a sentence between backquotes. */
    private static final Pattern COMMAND =
            Pattern.compile("^ *(homeostat [^`#\\n]+)$|`(homeostat [^`\\n]+)`", Pattern.MULTILINE);
    /** A word, or several in quotes. */
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    /** All that are told: fewer would mean that they are not found. */
    private static final int LEAST = 40;

    @Test
    void every_command_in_a_skill_exists() throws Exception {
        List<String> commands = new ArrayList<>();
        try (Stream<Path> files = Files.walk(SKILLS)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith("SKILL.md")).toList()) {
                COMMAND.matcher(Files.readString(file))
                        .results()
                        .map(r -> r.group(1) != null ? r.group(1) : r.group(2))
                        .forEach(commands::add);
            }
        }
        assertThat(commands)
                .hasSizeGreaterThan(LEAST)
                .allSatisfy(command ->
                        assertThatCode(() -> parse(command)).as(command).doesNotThrowAnyException());
    }

    @Test
    void one_that_does_not_exist_is_noticed() {
        assertThatCode(() -> parse("homeostat frobnicate")).isInstanceOf(CommandLine.ParameterException.class);
        assertThatCode(() -> parse("homeostat status --frobnicate")).isInstanceOf(CommandLine.ParameterException.class);
    }

    private static void parse(String command) {
        List<String> words = new ArrayList<>(WORD.matcher(command)
                .results()
                .map(r -> r.group(1) != null ? r.group(1) : r.group(2))
                .map(word -> word.equals("ID") ? "container/web" : word)
                .toList());
        words.removeFirst();
        Root root = new Root(
                null, null, null, null, null, InstantSource.system(), false, null, null, null, null, null, null);
        new CommandLine(root).parseArgs(words.toArray(new String[0]));
    }
}
