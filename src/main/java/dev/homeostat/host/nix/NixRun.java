package dev.homeostat.host.nix;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.host.process.Command;
import dev.homeostat.host.process.LineReader;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the programs of Nix, reads their log, and says why they failed. Thread-safe. */
final class NixRun {
    /** For what only looks or changes links. Another one may hold the lock of a profile or the store's database. */
    static final Duration SHORT = Duration.ofSeconds(60);
    /** Nix kills its builders when it is asked to end. */
    private static final Duration GRACE = Duration.ofSeconds(5);
    /** Longest line of the log that is read: a message with its trace, twice, has some hundred thousand characters. */
    private static final int LINE_LIMIT_BYTES = 1 << 20;
    /** For JSON that is held as a whole; closures are not. */
    private static final int OUTPUT_LIMIT_BYTES = 8 << 20;

    private final Processes processes;
    private final NixSettings settings;
    private final Map<String, String> environment;

    NixRun(Processes processes, NixSettings settings) {
        this.processes = processes;
        this.settings = settings;
        this.environment = settings.environment();
    }

    NixSettings settings() {
        return settings;
    }

    /**
     * @param what is done, for messages: {@code evaluate path:/etc/nixos#x}
     * @param evaluates whether a failure without other marks is one of evaluation
     */
    record Task(String what, boolean evaluates, List<String> arguments) {
        Task {
            arguments = List.copyOf(arguments);
        }
    }

    /** @throws Trouble with a {@link NixFailure} as cause if Nix says no; without, if it could not run or took too long */
    String run(Task task, Work work) throws Trouble {
        Whole output = new Whole();
        run(task, work, output);
        return output.bytes.toString(StandardCharsets.UTF_8);
    }

    void run(Task task, Work work, Processes.Reader output) throws Trouble {
        List<String> arguments = new ArrayList<>(task.arguments);
        arguments.addAll(List.of("--log-format", "internal-json"));
        if (task.evaluates) {
            arguments.add("--show-trace"); // else what is nearest to the error is left out
        }
        NixLog log = new NixLog(work.progress());
        int exitCode = processes.run(
                new Command(arguments, environment, work.limit(), GRACE),
                output,
                new LineReader(LINE_LIMIT_BYTES, log::line),
                work.cancellation());
        log.end();
        if (exitCode != 0) {
            throw NixFailure.of(log, task.evaluates, exitCode).trouble(task.what);
        }
    }

    JsonNode json(Task task, Work work) throws Trouble {
        return parsed(task.what, run(task, work));
    }

    static JsonNode parsed(String what, String output) throws Trouble {
        try {
            return Json.MAPPER.readTree(output);
        } catch (JsonProcessingException e) {
            throw Trouble.passing(
                    "Nix was asked to " + what + " and answered with what is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Lets nix-env change a profile. */
    void profile(Path path, List<String> arguments) throws Trouble {
        List<String> all = new ArrayList<>(List.of("nix-env", "--profile", path.toString()));
        all.addAll(arguments);
        run(
                new Task("change the profile " + path, false, all),
                new Work(SHORT, progress -> {}, new Cancellation()),
                new Whole());
    }

    private static final class Whole implements Processes.Reader {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void read(InputStream in) throws IOException {
            byte[] piece = new byte[8192];
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                if (bytes.size() + n > OUTPUT_LIMIT_BYTES) {
                    throw new IOException("more than " + OUTPUT_LIMIT_BYTES + " bytes");
                }
                bytes.write(piece, 0, n);
            }
        }
    }
}
