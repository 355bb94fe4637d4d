package dev.homeostat.host.process;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A program to be run.
 *
 * @param arguments program and arguments; never a shell string, and never a secret: everybody can read them
 * @param environment added to a minimal one (PATH, LANG=C.UTF-8)
 * @param limit after which it is ended
 * @param grace between asking it to end (SIGTERM) and killing it and all that it started; zero kills at once
 */
public record Command(List<String> arguments, Map<String, String> environment, Duration limit, Duration grace) {
    public Command {
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("no program");
        }
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        requireNonNull(limit, "limit is null");
        if (grace.isNegative()) {
            throw new IllegalArgumentException("negative grace");
        }
    }

    String program() {
        return arguments.getFirst();
    }
}
