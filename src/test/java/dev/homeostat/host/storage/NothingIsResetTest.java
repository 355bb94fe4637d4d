package dev.homeostat.host.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No part of the program can take storage or volumes away, whatever is found. */
class NothingIsResetTest {
    private static final Pattern TEXT = Pattern.compile("\"(?:[^\"\\\\\\n]|\\\\.)*\"");
    private static final Pattern ASKS_PODMAN = Pattern.compile("system reset|prune|/libpod/system");
    private static final Pattern TAKES_A_VOLUME = Pattern.compile(
            "DELETE,\\s*\"/volumes|\"volume\",\\s*\"(?:rm|remove|prune)\"|\"system\",\\s*\"reset\"|v=true");

    @Test
    void f12_no_code_path_asks_podman_to_reset_or_prune_anything_and_f11_none_removes_a_volume() throws IOException {
        List<String> found = new ArrayList<>();
        int read = 0;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String source = Files.readString(file);
                read++;
                TEXT.matcher(source)
                        .results()
                        .filter(text -> ASKS_PODMAN.matcher(text.group()).find())
                        .forEach(text -> found.add(file + ": " + text.group()));
                TAKES_A_VOLUME.matcher(source).results().forEach(code -> found.add(file + ": " + code.group()));
            }
        }
        assertThat(read).isGreaterThan(300);
        assertThat(found).isEmpty();
        assertThat(ASKS_PODMAN.matcher("\"podman system reset --force\"").find())
                .isTrue();
        assertThat(TAKES_A_VOLUME
                        .matcher("change(HttpMethod.DELETE, \"/volumes/\" + name)")
                        .find())
                .isTrue();
    }
}
