package dev.homeostat.host.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
        assertThat(result.output().lines()).hasSize(3).contains("A=b c", "LANG=C.UTF-8");
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
        assertThat(ProcessHandle.allProcesses()
                        .filter(p -> p.info()
                                .arguments()
                                .filter(a -> List.of(a).contains(sign))
                                .isPresent()))
                .isEmpty();
    }

    @Test
    void a_program_that_is_not_there_is_named() {
        assertThatThrownBy(() -> processes.run(List.of("/nonexistent/program"), Map.of(), LIMIT))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("/nonexistent/program");
    }
}
