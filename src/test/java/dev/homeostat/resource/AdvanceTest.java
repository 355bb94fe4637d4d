package dev.homeostat.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AdvanceTest {
    @Test
    void it_is_one_line_for_people() {
        assertThat(new Advance(
                        List.of(new Advance.Count("built", 3, 12), new Advance.Count("fetched", 40, 51)),
                        "hello-2.12 (buildPhase)"))
                .hasToString("3 of 12 built, 40 of 51 fetched; hello-2.12 (buildPhase)");
        assertThat(new Advance(List.of(), "evaluating")).hasToString("evaluating");
        assertThat(new Advance(List.of(), "")).hasToString("");
    }

    @Test
    void what_is_at_work_cannot_steer_a_terminal() {
        Advance advance = new Advance(List.of(), "a\u001b[2J\nb" + "x".repeat(1000));
        assertThat(advance.doing()).startsWith("a [2J b").hasSize(120).endsWith("...");
    }
}
