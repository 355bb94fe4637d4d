package dev.homeostat.host.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ChildProcessesTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private final Processes processes = new ChildProcesses();

    @Test
    void output_errors_and_exit_code_are_an_answer() throws Exception {
        var result = processes.run(List.of("sh", "-c", "echo out; echo err >&2; exit 3"), Map.of(), LIMIT);
        assertThat(result).isEqualTo(new Processes.Result(3, "out\n", "err\n"));
    }

    @Test
    void a_program_without_output_gives_empty_text() throws Exception {
        assertThat(processes.run(List.of("true"), Map.of(), LIMIT)).isEqualTo(new Processes.Result(0, "", ""));
    }

    @Test
    void the_environment_is_ours_alone() throws Exception {
        var result = processes.run(List.of("env"), Map.of("A", "b c"), LIMIT);
        assertThat(result.output().lines()).hasSize(4).contains("A=b c", "LANG=C.UTF-8");
    }

    @Test
    void arguments_are_no_shell_text() throws Exception {
        assertThat(processes
                        .run(List.of("echo", "$HOME; `id`"), Map.of(), LIMIT)
                        .output())
                .isEqualTo("$HOME; `id`\n");
    }

    @Test
    void endless_output_is_cut_and_does_not_block() throws Exception {
        var result = processes.run(List.of("head", "-c", "5000000", "/dev/zero"), Map.of(), LIMIT);
        assertThat(result.exitCode()).isZero();
        assertThat(result.output()).hasSizeBetween(1 << 20, (1 << 20) + 100).endsWith("bytes]");
    }

    @Test
    void a_program_that_takes_too_long_is_killed_with_its_children() {
        String sign = "31" + ProcessHandle.current().pid();
        assertThatThrownBy(() -> processes.run(
                        List.of("sh", "-c", "sleep " + sign + " & wait"), Map.of(), Duration.ofMillis(300)))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("took longer than 300 ms");
        assertThat(running(sign)).isEmpty();
    }

    @Test
    void who_was_left_behind_and_holds_the_output_is_killed_when_the_limit_is_over(@TempDir Path folder) {
        String sign = "34" + ProcessHandle.current().pid();
        Path read = folder.resolve("read");
        // it ends when its output is being read: before that the JDK would close the output by itself
        String script = "setsid sleep " + sign + " & echo; until [ -e " + read + " ]; do sleep 0.05; done";
        assertThatThrownBy(() -> processes.run(
                        command(Duration.ofSeconds(2), Duration.ZERO, "sh", "-c", script),
                        new LineReader(100, line -> create(read)),
                        NOTHING,
                        new Cancellation()))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("took longer than 2000 ms");
        assertThat(running(sign)).isEmpty();
    }

    private static void create(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void who_was_left_behind_and_holds_nothing_may_stay() throws Exception {
        String sign = "35" + ProcessHandle.current().pid();
        assertThat(processes
                        .run(List.of("sh", "-c", "setsid sleep " + sign + " >/dev/null 2>&1 &"), Map.of(), LIMIT)
                        .exitCode())
                .isZero();
        assertThat(running(sign)).hasSize(1).allMatch(ProcessHandle::destroyForcibly);
    }

    @Test
    void a_program_that_is_not_there_is_named() {
        assertThatThrownBy(() -> processes.run(List.of("/nonexistent/program"), Map.of(), LIMIT))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("/nonexistent/program");
    }

    // ---- read while it runs

    private static final Processes.Reader NOTHING = in -> in.transferTo(OutputStream.nullOutputStream());

    private static Command command(Duration limit, Duration grace, String... arguments) {
        return new Command(List.of(arguments), Map.of(), limit, grace);
    }

    @Test
    void lines_are_told_while_the_program_runs() throws Exception {
        Cancellation cancellation = new Cancellation();
        List<String> seen = new CopyOnWriteArrayList<>();
        // it would run for ever: so the lines came before its end
        assertThatThrownBy(() -> processes.run(
                        command(LIMIT, Duration.ZERO, "sh", "-c", "echo one; printf two\\\\n; sleep 1000"),
                        new LineReader(100, line -> {
                            seen.add(line);
                            if (line.equals("two")) {
                                cancellation.ask();
                            }
                        }),
                        NOTHING,
                        cancellation))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("given up");
        assertThat(seen).containsExactly("one", "two");
    }

    @Test
    void a_line_that_is_too_long_is_cut_and_the_last_needs_no_end() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        int code = processes.run(
                command(LIMIT, Duration.ZERO, "printf", "abcdefghij\nkl\r\n\nmn"),
                new LineReader(4, seen::add),
                NOTHING,
                new Cancellation());
        assertThat(code).isZero();
        assertThat(seen).containsExactly("abcd", "kl", "", "mn");
    }

    @Test
    void what_is_given_up_may_clean_up_and_leaves_nothing_behind(@TempDir Path folder) {
        Path told = folder.resolve("told");
        String sign = "32" + ProcessHandle.current().pid();
        Cancellation cancellation = new Cancellation();
        String script = "trap 'echo ended >" + told + "; exit' TERM; (setsid sleep " + sign + ") & echo ready; wait";
        assertThatThrownBy(() -> processes.run(
                        command(LIMIT, Duration.ofSeconds(5), "sh", "-c", script),
                        new LineReader(100, line -> cancellation.ask()),
                        NOTHING,
                        cancellation))
                .hasMessageContaining("given up");
        assertThat(told).hasContent("ended");
        assertThat(running(sign)).isEmpty();
    }

    @Test
    void who_does_not_listen_is_killed_after_the_grace() {
        String sign = "33" + ProcessHandle.current().pid();
        assertThatThrownBy(() -> processes.run(
                        command(
                                Duration.ofMillis(300),
                                Duration.ofMillis(200),
                                "sh",
                                "-c",
                                "trap '' TERM; sleep " + sign + " & while :; do wait; done"),
                        NOTHING,
                        NOTHING,
                        new Cancellation()))
                .hasMessageContaining("took longer than 300 ms");
        assertThat(running(sign)).isEmpty();
    }

    @Test
    void a_reader_may_refuse_what_it_reads() {
        assertThatThrownBy(() -> processes.run(
                        command(LIMIT, Duration.ZERO, "yes"),
                        in -> {
                            throw new IOException("more than 0 bytes");
                        },
                        NOTHING,
                        new Cancellation()))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("more than 0 bytes");
    }

    private static List<ProcessHandle> running(String argument) {
        return ProcessHandle.allProcesses()
                .filter(p -> p.info()
                        .arguments()
                        .filter(a -> List.of(a).contains(argument))
                        .isPresent())
                .toList();
    }
}
