package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.DeploymentText;
import dev.homeostat.control.console.text.HistoryText;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.ResourceId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "history",
        description = "What was done, newest first: all of it, or to one resource.",
        footer = {"", "Example: homeostat history file//etc/motd -n 5"})
final class HistoryCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = Root.IdConverter.class,
            description = "Such as file//etc/motd.")
    ResourceId id;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            converter = Root.CountConverter.class,
            description = "At most so many. Default: ${DEFAULT-VALUE}.")
    int limit = 20;

    @ArgGroup
    Only only;

    /** One or the other. */
    static final class Only {
        @Option(names = "--drift", description = "Only what put right what somebody else, or the machine, had moved.")
        boolean drift;

        @Option(
                names = "--change",
                description = "Only what was done because of the declaration, or because somebody asked.")
        boolean change;

        @Option(
                names = "--deployments",
                description = "Deployments, and the generation that each would have rolled back to.")
        boolean deployments;
    }

    @Override
    public ExitCode call() throws IOException {
        if (only != null && only.deployments) {
            List<Deployed> deployments = root.engine().deployments(limit).stream()
                    .filter(d -> id == null || d.resource().equals(id))
                    .toList();
            root.print(deployments, DeploymentText.list(deployments, root.columns()));
            return ExitCode.OK;
        }
        List<RunInfo> runs = root.engine()
                .history(Optional.ofNullable(id), Optional.ofNullable(only).map(o -> o.drift), limit);
        root.print(runs, HistoryText.of(runs, root.columns()));
        return ExitCode.OK;
    }
}
