package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Confirmed;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.ResourceId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "confirm",
        description = "Says that a new generation, in force for a try (deployment.confirm), is good and stays.",
        footer = {"", "Example: homeostat confirm"})
final class ConfirmCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = Root.IdConverter.class,
            description = "Only of this resource, such as generation/system.")
    ResourceId id;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        Optional<ResourceId> only = Optional.ofNullable(id);
        List<Confirmed> confirmed = root.change(
                "confirm",
                only.map(ResourceId::toString).orElse("what is tried"),
                actor -> root.engine().confirm(only, actor));
        root.print(
                confirmed,
                confirmed.stream()
                        .map(c -> c.resource() + ": " + c.what() + ".")
                        .toList());
        return ExitCode.OK;
    }
}
