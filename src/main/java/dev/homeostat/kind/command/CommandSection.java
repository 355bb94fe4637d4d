package dev.homeostat.kind.command;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code commands}: from a name to what should have been run. */
@ApplicationScoped
public class CommandSection implements Section<CommandEntry> {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,100}");
    private static final String VARIABLE_FORM =
            "the name of a variable: letters, digits and _, not beginning with a digit";

    /** What takes longer is a service. */
    private static final Duration LONGEST = Duration.ofHours(12);

    @Override
    public String key() {
        return "commands";
    }

    @Override
    public String about() {
        return "Commands by name, each with a guard that tells whether it has to be run: for what has no section of its own.";
    }

    @Override
    public String namePattern() {
        return "^[a-z0-9][a-z0-9-]{0,62}$";
    }

    @Override
    public String nameForm() {
        return "lower-case letters, digits and -, at most 63 characters, beginning with a letter or digit";
    }

    @Override
    public Class<CommandEntry> entryType() {
        return CommandEntry.class;
    }

    @Override
    public void read(Entry<CommandEntry> entry, Resources out) {
        CommandEntry e = entry.value();
        Duration limit = e.limit() == null ? LIMIT : e.limit();
        if (e.creates() != null && e.unless() != null) {
            out.problem(entry, "", "has creates and unless: keep one of the two");
            return;
        }
        if (e.creates() == null && e.unless() == null) {
            out.problem(
                    entry,
                    "",
                    "needs either creates or unless: without a guard nobody can tell whether it has to be run");
            return;
        }
        if (limit.compareTo(Duration.ofSeconds(1)) < 0 || limit.compareTo(LONGEST) > 0) {
            out.problem(entry, "limit", "expected between 1s and 12h, found " + Durations.format(limit));
            return;
        }
        if (e.run().getFirst().isEmpty() || e.run().getFirst().startsWith("-")) {
            out.problem(entry, "run", "\"" + e.run().getFirst() + "\" is not a program");
            return;
        }
        if (e.environment() != null) {
            for (Map.Entry<String, String> variable : e.environment().entrySet()) {
                if (!VARIABLE.matcher(variable.getKey()).matches()) {
                    out.problem(entry, "environment", "\"" + variable.getKey() + "\" is not " + VARIABLE_FORM);
                    return;
                }
                if (variable.getValue().indexOf(0) >= 0) {
                    out.problem(entry, "environment." + variable.getKey(), "has a NUL character");
                    return;
                }
            }
        }
        out.add(new Desired<>(
                new ResourceId(CommandKind.NAME, entry.scope(), entry.name()),
                new CommandSpec(e.run(), e.creates(), e.unless(), e.undo(), e.environment(), e.folder(), limit, false),
                Set.of(),
                entry.place()));
    }
}
