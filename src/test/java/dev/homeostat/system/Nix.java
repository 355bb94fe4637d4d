package dev.homeostat.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Nix without a network. */
final class Nix {
    private static final String CONFIG = String.join(
            "\n",
            "experimental-features = nix-command flakes",
            "flake-registry =",
            "substitute = false",
            "substituters =",
            "sandbox = false",
            "build-users-group =");
    /** One evaluation takes 50 ms; a loaded machine gets its chance. */
    private static final int LIMIT_SECONDS = 30;

    private final Path home;

    Nix(Path home) {
        this.home = home;
    }

    /** What a program answered; its two streams apart, since nix warns on the second. */
    record Answer(int exit, String output, String errors) {
        String succeeded() {
            assertThat(exit).as("said: %s", errors).isZero();
            return output.strip();
        }

        JsonNode json() throws IOException {
            return Json.MAPPER.readTree(succeeded());
        }
    }

    Answer run(String... command) throws IOException, InterruptedException {
        return run(LIMIT_SECONDS, command);
    }

    Answer run(int limitSeconds, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(home, "output", "");
        Path errors = Files.createTempFile(home, "errors", "");
        ProcessBuilder builder = new ProcessBuilder(List.of(command))
                .directory(home.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().put("NIX_CONFIG", CONFIG);
        builder.environment().put("HOME", home.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        assertThat(process.waitFor(limitSeconds, TimeUnit.SECONDS))
                .as("%s ends", List.of(command))
                .isTrue();
        Answer answer =
                new Answer(process.exitValue(), Files.readString(output, UTF_8), Files.readString(errors, UTF_8));
        Files.delete(output);
        Files.delete(errors);
        return answer;
    }
}
