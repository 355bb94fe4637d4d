package dev.homeostat.kind.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Spec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A command as it should have been run.
 *
 * @param run program and arguments
 * @param creates path of what is there once it was run; null if {@code unless} tells
 * @param unless program and arguments that succeed once it was run; null if {@code creates} tells
 * @param undo program and arguments that take back what it did; empty if nothing does
 * @param folder where all three start; null for the owner's home
 * @param limit of {@code run} and {@code undo}
 * @param retired it has left the declaration: undone if it was us
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CommandSpec(
        List<String> run,
        String creates,
        List<String> unless,
        List<String> undo,
        Map<String, String> environment,
        String folder,
        Duration limit,
        boolean retired)
        implements Spec {
    public CommandSpec {
        run = List.copyOf(run);
        unless = unless == null ? null : List.copyOf(unless);
        undo = undo == null ? List.of() : List.copyOf(undo);
        environment = environment == null ? Map.of() : new TreeMap<>(environment);
    }

    CommandSpec retire() {
        return new CommandSpec(run, creates, unless, undo, environment, folder, limit, true);
    }
}
