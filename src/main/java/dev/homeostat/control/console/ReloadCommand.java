package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Refusal;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "reload",
        description = "Looks at the declaration and the whole machine again, now. Needed only if in doubt.",
        footer = {"", "Example: homeostat reload"})
final class ReloadCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        root.change("reload", "everything", actor -> {
            root.engine().reload(actor);
            return true;
        });
        root.print(Map.of("accepted", true), List.of("Looking at everything again."));
        return ExitCode.OK;
    }
}
