package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.RevisionInfo;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "rollback",
        description = "Returns to an earlier revision and holds it until machine.yaml is edited or applied.",
        footer = {"", "Example: homeostat rollback 3f2a9c1d"})
final class RollbackCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(paramLabel = "REVISION", description = "Its id, or a unique prefix of 8 digits or more.")
    String id;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        RevisionInfo revision =
                root.change("rollback", "revision " + id, actor -> root.engine().rollback(id, actor));
        root.print(
                revision,
                List.of("Revision " + revision.shortId()
                        + " is in force and held until machine.yaml is edited or applied."));
        return ExitCode.OK;
    }
}
