package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.ResourceId;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "resume",
        description = "Takes a paused resource up again.",
        footer = {"", "Example: homeostat resume service/nginx.service"})
final class ResumeCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(paramLabel = "ID", converter = Root.IdConverter.class, description = "Such as service/nginx.service.")
    ResourceId id;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        Optional<Pause> declared =
                root.change("resume", id.toString(), actor -> root.engine().resume(id, actor));
        root.print(
                Map.of("resumed", id),
                List.of(declared.map(d -> "What was asked for is over; machine.yaml pauses " + id + " all the same.")
                        .orElse(id + " is kept again.")));
        return ExitCode.OK;
    }
}
