package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.ResourceId;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "retry",
        description = "Tries a resource again, now: also what was given up until it changes.",
        footer = {"", "Example: homeostat retry generation/system"})
final class RetryCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(paramLabel = "ID", converter = Root.IdConverter.class, description = "Such as service/nginx.service.")
    ResourceId id;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        root.change("retry", id.toString(), actor -> {
            root.engine().retry(id, actor);
            return id;
        });
        root.print(Map.of("retried", id), List.of(id + " is tried again; homeostat watch shows how it goes."));
        return ExitCode.OK;
    }
}
