package dev.homeostat.control.console.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StyleTest {
    @Test
    void emphasis_is_shown_on_a_terminal_only() {
        assertThat(Style.sent("a " + Style.RED.of("b"), true)).isEqualTo("a \u001b[31mb\u001b[0m");
        assertThat(Style.sent("a " + Style.RED.of("b"), false)).isEqualTo("a b");
    }

    @Test
    void what_could_steer_a_terminal_becomes_visible() {
        assertThat(Style.sent("a\u001b]0;x\u0007\r\u009b", true)).isEqualTo("a\\u001b]0;x\\u0007\\u000d\\u009b");
        assertThat(Style.sent("abc\u202egnp.exe", true)).isEqualTo("abc\\u202egnp.exe");
        assertThat(Style.sent("tab\tstays", true)).isEqualTo("tab\tstays");
    }

    @Test
    void tables_are_aligned_whatever_is_emphasized_and_the_last_column_wraps() {
        List<String> lines = new Table("NAME", "WHY")
                        .row(Style.RED.of("a"), "one two three four five six seven eight nine ten")
                        .row("longer", "short")
                        .render(40)
                        .stream()
                        .map(Style::plain)
                        .toList();
        assertThat(lines)
                .containsExactly(
                        "NAME    WHY",
                        "a       one two three four five six",
                        "        seven eight nine ten",
                        "longer  short");
    }
}
