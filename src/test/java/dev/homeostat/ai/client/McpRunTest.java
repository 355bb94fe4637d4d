package dev.homeostat.ai.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.ai.StackFolders;
import dev.homeostat.resource.Json;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a process, because it becomes another one. */
@Timeout(60)
class McpRunTest {
    private static final String SECRET = "hunter2-of-the-test";

    @TempDir
    Path temporary;

    private Path home;
    private Path file;

    @BeforeEach
    void home() throws Exception {
        home = temporary.toRealPath();
        file = StackFolders.of(home).config().resolve(LaunchFile.PLACE);
        Files.createDirectories(file.getParent());
    }

    private void declare(List<String> arguments, Map<String, LaunchFile.Secret> secrets) throws Exception {
        Files.writeString(
                file,
                Json.write(new LaunchFile(
                        Map.of("lab", new LaunchFile.Launch("sh", arguments, Map.of("PLAIN", "as it is"), secrets)))));
    }

    private record Ended(int exit, String out, String err) {}

    private Process start(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")
                        + File.pathSeparator
                        + Path.of("target/classes").toAbsolutePath(),
                McpRun.class.getName()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("HOME", home.toString());
        builder.environment().put("OF_CALLER", SECRET);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return builder.start();
    }

    private Ended run(String in, String... words) throws Exception {
        Process process = start(words);
        try (var stdin = process.getOutputStream()) {
            stdin.write(in.getBytes(UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), out, err);
    }

    @Test
    void it_becomes_the_server_that_has_the_secrets_in_its_environment_and_nowhere_else() throws Exception {
        Files.writeString(home.resolve("alone"), SECRET + "1\n");
        Files.writeString(home.resolve("several"), "# of the test\nOTHER=x\nPASSWORD=\"" + SECRET + "2\"\n");
        declare(
                List.of(
                        "-c",
                        "echo $$; echo \"$PLAIN $ONE $TWO $THREE\"; tr '\\0' ' ' </proc/$$/cmdline; echo; ls /proc/$$/fd;"
                                + " while read -r name value; do [ \"$name\" != SigBlk: ] || echo \"$value\"; done </proc/$$/status; cat; exit 7"),
                Map.of(
                        "ONE", new LaunchFile.Secret(home.resolve("alone"), null, null),
                        "TWO", new LaunchFile.Secret(home.resolve("several"), "PASSWORD", null),
                        "THREE", new LaunchFile.Secret(null, null, "OF_CALLER")));
        Process process = start("lab");
        try (var stdin = process.getOutputStream()) {
            stdin.write("said to the server".getBytes(UTF_8));
        }
        List<String> lines = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(7);
        assertThat(lines.get(0)).as("the same process").isEqualTo(Long.toString(process.pid()));
        assertThat(lines.get(1)).isEqualTo("as it is " + SECRET + "1 " + SECRET + "2 " + SECRET);
        assertThat(lines.get(2)).startsWith("sh -c").doesNotContain(SECRET);
        assertThat(lines.subList(3, lines.size() - 2)).as("descriptors").containsExactly("0", "1", "2");
        assertThat(lines.get(lines.size() - 2)).endsWith("0000000000000000");
        assertThat(lines.getLast()).isEqualTo("said to the server");
        assertThat(Files.readString(file)).doesNotContain(SECRET);
    }

    @Test
    void what_is_missing_is_said_and_never_the_secret() throws Exception {
        assertThat(run("")).satisfies(e -> assertThat(e.exit()).isEqualTo(64));
        assertThat(run("", "lab").err()).contains("there is no " + file);

        declare(List.of(), Map.of("ONE", new LaunchFile.Secret(home.resolve("gone"), null, null)));
        assertThat(run("", "lab"))
                .satisfies(e -> assertThat(e.exit()).isEqualTo(1))
                .satisfies(e -> assertThat(e.out()).as("that is the protocol's").isEmpty())
                .satisfies(e -> assertThat(e.err())
                        .contains("ONE comes from " + home.resolve("gone") + ", which is not there"));
        assertThat(run("", "other").err()).contains("there is no server \"other\"");

        Files.writeString(home.resolve("gone"), SECRET + "\nsecond line\n");
        assertThat(run("", "lab").err()).contains("not one line of text").doesNotContain(SECRET);
        Files.writeString(home.resolve("gone"), "A=" + SECRET + "\n");
        declare(List.of(), Map.of("ONE", new LaunchFile.Secret(home.resolve("gone"), "B", null)));
        assertThat(run("", "lab").err()).contains("which does not have it").doesNotContain(SECRET);

        Files.delete(home.resolve("gone"));
        assertThat(new ProcessBuilder("mkfifo", home.resolve("gone").toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(run("", "lab").err()).contains("cannot be read");

        Files.writeString(file, "{\"servers\":");
        assertThat(run("", "lab").err()).contains("cannot be read");
    }
}
