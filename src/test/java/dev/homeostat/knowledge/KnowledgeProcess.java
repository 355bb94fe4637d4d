package dev.homeostat.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real program as a process that can be killed. */
record KnowledgeProcess(Process process, KnowledgeClient client) implements AutoCloseable {
    static ProcessBuilder command(Path state, String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx192m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Knowledge.class.getName(),
                "serve",
                "--state",
                state.toString(),
                "--listen",
                "127.0.0.1:0"));
        command.addAll(List.of(options));
        return new ProcessBuilder(command);
    }

    /** Returns when it listens. */
    static KnowledgeProcess start(Path state, String... options) throws IOException {
        Process process = command(state, options)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = process.inputReader();
        String line = out.readLine();
        assertThat(line).startsWith("homeostat knowledge: listening on http://127.0.0.1:");
        return new KnowledgeProcess(process, new KnowledgeClient(URI.create(line.substring(line.indexOf("http")))));
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("ends").isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
