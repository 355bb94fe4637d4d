package dev.homeostat.kind.generation;

import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.kind.generation.settings.CheckSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Tries what is declared under {@code deployment.checks}: all at once, each once, each for its own time. Decides nothing and
 * tries nothing again. Thread-safe; a call takes as long as the slowest check, and that never longer than its time-out and
 * {@link #PUT_OFF}.
 */
@ApplicationScoped
class DeclaredChecks implements Checks {
    /** For a check to end by itself when its time is up, which tells more than being left: a killed program is awaited. */
    private static final Duration PUT_OFF = Duration.ofSeconds(1);
    /** Of a program's output one line says enough, if it is a line. */
    private static final int WORDS_LIMIT_CHARS = 300;

    private static final int STATUS_OK = 200;

    private final Systemd systemd;
    private final Processes processes;

    DeclaredChecks(Systemd systemd, Processes processes) {
        this.systemd = systemd;
        this.processes = processes;
    }

    /** Looks once; what is wrong, or empty if it is as expected. */
    private interface Look {
        Optional<String> look() throws Trouble;
    }

    /**
     * A check under way.
     *
     * @param interruptible not what goes through a connection that others use as well: it would be closed
     */
    private record Attempt(String name, FutureTask<Optional<String>> task, Duration timeout, boolean interruptible) {}

    /** Sentences in the order of the checks' names; of an interrupted call one for each check that was not done. */
    @Override
    public List<String> failing(DeploymentSettings deployment) {
        List<String> failing = new ArrayList<>();
        results(deployment).forEach((name, wrong) -> wrong.ifPresent(why -> failing.add("check " + name + ": " + why)));
        return failing;
    }

    /** What is wrong by the check's name, in that order; empty for those that pass. */
    SortedMap<String, Optional<String>> results(DeploymentSettings deployment) {
        List<Attempt> attempts = new ArrayList<>();
        for (Map.Entry<String, CheckSettings> check : new TreeMap<>(deployment.checks()).entrySet()) {
            CheckSettings settings = check.getValue();
            attempts.add(new Attempt(
                    check.getKey(),
                    new FutureTask<>(look(settings)::look),
                    settings.timeout(),
                    settings.unit() == null));
        }
        long start = System.nanoTime();
        attempts.forEach(attempt -> Thread.ofVirtual().name("check").start(attempt.task()));
        SortedMap<String, Optional<String>> results = new TreeMap<>();
        for (Attempt attempt : attempts) {
            Duration past = Duration.ofNanos(System.nanoTime() - start);
            results.put(
                    oneLine(attempt.name()),
                    await(attempt, attempt.timeout().plus(PUT_OFF).minus(past)).map(DeclaredChecks::oneLine));
        }
        return results;
    }

    private static Optional<String> await(Attempt attempt, Duration left) {
        try {
            return attempt.task().get(Math.max(0, left.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            attempt.task().cancel(attempt.interruptible());
            return Optional.of("was not done within " + Durations.format(attempt.timeout()));
        } catch (InterruptedException e) {
            attempt.task().cancel(attempt.interruptible());
            Thread.currentThread().interrupt(); // so what is left is not waited for either
            return Optional.of("was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Trouble trouble) {
                return Optional.of(trouble.sentence());
            }
            throw new IllegalStateException("check " + attempt.name(), e.getCause());
        }
    }

    private Look look(CheckSettings check) {
        long said = Stream.of(check.unit(), check.http(), check.tcp(), check.command(), check.file())
                .filter(what -> what != null)
                .count();
        if (said != 1) {
            return () ->
                    Optional.of("says " + said + " things to look at, expected one of unit, http, tcp, command, file");
        }
        if (check.unit() != null) {
            return () -> unit(check.unit());
        }
        if (check.http() != null) {
            int expected = check.status() == null ? STATUS_OK : check.status();
            return () -> HttpCheck.look(check.http(), expected, check.timeout());
        }
        if (check.tcp() != null) {
            return () -> TcpCheck.look(check.tcp(), check.timeout());
        }
        return check.file() != null ? () -> file(check.file()) : () -> command(check.command(), check.timeout());
    }

    private Optional<String> unit(String name) throws Trouble {
        UnitName unit;
        try {
            unit = UnitName.parse(name);
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
        if (unit.isTemplate()) {
            return Optional.of(unit + " is a template, which never runs, expected one of its instances");
        }
        UnitState state = systemd.of(Scope.OWN).look(unit);
        if (state.isActive()) {
            return Optional.empty();
        }
        String seen = !state.isThere()
                ? "not there"
                : state.isFailed() && !state.result().isEmpty() ? "failed (" + state.result() + ")" : state.active();
        return Optional.of("unit " + unit + " is " + seen + ", expected active");
    }

    private Optional<String> command(List<String> arguments, Duration timeout) throws Trouble {
        if (arguments.isEmpty() || arguments.getFirst().isEmpty()) {
            return Optional.of("names no program, expected a program with its arguments");
        }
        Processes.Result result = processes.run(arguments, Map.of(), timeout);
        if (result.exitCode() == 0) {
            return Optional.empty();
        }
        String words = Stream.of(result.errors(), result.output())
                .flatMap(String::lines)
                .filter(line -> !line.isBlank())
                .findFirst()
                .map(line -> ": " + cut(line.strip()))
                .orElse("");
        return Optional.of(arguments.getFirst() + " ended with " + result.exitCode() + ", expected 0" + words);
    }

    private static Optional<String> file(String text) {
        try {
            Path path = Path.of(text);
            if (!path.isAbsolute()) {
                return Optional.of("file " + text + " is not an absolute path");
            }
            Files.readAttributes(path, "size");
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.of("file " + text + " is not there, expected that it exists");
        } catch (IOException | InvalidPathException e) {
            return Optional.of("file " + text + " cannot be looked at, expected that it exists: " + e.getMessage());
        }
    }

    private static String cut(String words) {
        return words.length() <= WORDS_LIMIT_CHARS ? words : words.substring(0, WORDS_LIMIT_CHARS) + " [...]";
    }

    /** What others wrote, so that it is one line and moves no cursor. */
    private static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]+", " ").strip();
    }
}
