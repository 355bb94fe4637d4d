package dev.homeostat.host.program;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One run of a program for an {@link Owner}.
 *
 * @param arguments program (a name that is looked for, or an absolute path) and arguments; no secret, everybody can read them
 * @param environment besides HOME, PATH and what a session has; everybody can read it
 * @param folder where it starts
 * @param limit after which it is ended with all that it started
 * @param unit of what must not run twice at once, part of the name of its service: one that an earlier daemon left is ended
 *     first; empty if it may
 */
public record Job(List<String> arguments, Map<String, String> environment, Path folder, Duration limit, String unit) {
    public Job {
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("no program");
        }
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        requireNonNull(folder, "folder is null");
        requireNonNull(limit, "limit is null");
        if (!unit.matches("[a-z0-9-]{0,120}")) {
            throw new IllegalArgumentException("not a part of a unit's name: " + unit);
        }
    }

    /** For looks: it may run any number of times at once. */
    public static Job look(Owner owner, Duration limit, String... arguments) {
        return new Job(List.of(arguments), Map.of(), owner.home(), limit, "");
    }

    public Job with(Map<String, String> more) {
        return new Job(arguments, more, folder, limit, unit);
    }

    public Job in(Path other) {
        return new Job(arguments, environment, other, limit, unit);
    }
}
