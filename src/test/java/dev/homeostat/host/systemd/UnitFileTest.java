package dev.homeostat.host.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnitFileTest {
    @Test
    void sections_and_entries_keep_their_order() {
        Map<String, Map<String, List<String>>> sections = new LinkedHashMap<>();
        sections.put("Unit", Map.of("Description", List.of("Hello")));
        sections.put("Service", Map.of("ExecStart", List.of("", "/bin/true %i")));
        UnitFile file = UnitFile.of(sections);
        assertThat(file.text())
                .isEqualTo(file.marker()
                        + "\n\n[Unit]\nDescription=Hello\n\n[Service]\nExecStart=\nExecStart=/bin/true %i\n");
    }

    @Test
    void our_files_are_known_by_their_first_line() {
        String text = service("ExecStart", "/bin/true").text();
        assertThat(text).startsWith("# Written by homeostat from machine.yaml; edits are undone. spec=");
        assertThat(UnitFile.isOurs(text)).isTrue();
        assertThat(UnitFile.isUntouched(text)).isTrue();
        assertThat(UnitFile.isOurs(text + "# edited\n")).isTrue();
        assertThat(UnitFile.isUntouched(text + "# edited\n")).isFalse();
        assertThat(UnitFile.isOurs("\n" + text)).isFalse();
        assertThat(UnitFile.isOurs("[Service]\nExecStart=/bin/true\n")).isFalse();
    }

    @Test
    void a_file_can_say_since_when_it_is_in_force() {
        UnitFile file = service("ExecStart", "/bin/true");
        Instant since = Instant.parse("2026-01-02T03:04:05.678901Z");
        String text = file.text(since);
        assertThat(UnitFile.since(text)).contains(since);
        assertThat(UnitFile.since(file.text())).isEmpty();
        assertThat(file.matches(text)).isTrue();
        assertThat(file.matches(file.text())).isTrue();
        assertThat(file.matches(text + "x")).isFalse();
        assertThat(UnitFile.isUntouched(text)).isTrue();
        assertThat(file.wasWrittenTo(text + "x")).isTrue();
        assertThat(service("ExecStart", "/bin/false").wasWrittenTo(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nExecStartPre=/bin/evil", "a\r", "a\u0000", "a\u0085b", "a\\", "a\\  ", "\ud800"})
    void a_value_cannot_become_more_than_a_value(String value) {
        assertThatThrownBy(() -> service("ExecStart", value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Service.ExecStart");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A=b", "A\nB", "[x", "#a", " A"})
    void a_key_is_a_name(String key) {
        assertThatThrownBy(() -> service(key, "x")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A]", "A\n[B", "A B"})
    void a_section_is_a_name(String section) {
        assertThatThrownBy(() -> UnitFile.of(Map.of(section, Map.of()))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void any_text_can_be_an_environment_value() {
        assertThat(UnitFile.environment(Map.of("A", "50% of \"x\\y\"\n$HOME\u0001")))
                .containsExactly("\"A=50%% of \\\"x\\\\y\\\"\\n$HOME\\x01\"");
        assertThatThrownBy(() -> UnitFile.environment(Map.of("A B", "x"))).hasMessageContaining("environment variable");
        assertThatThrownBy(() -> UnitFile.environment(Map.of("A", "\u0000")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(UnitFile.quoteForExec("$a%")).isEqualTo("\"$$a%%\"");
    }

    private static UnitFile service(String key, String value) {
        return UnitFile.of(Map.of("Service", Map.of(key, List.of(value))));
    }
}
