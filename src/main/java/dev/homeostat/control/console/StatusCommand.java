package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.ProposalText;
import dev.homeostat.control.console.text.StatusText;
import dev.homeostat.reconcile.MachineStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "status",
        description = "Is my machine right? Shows what is not, and why.",
        footer = {"", "Example: homeostat status -v"})
final class StatusCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Option(
            names = {"-v", "--verbose"},
            description = "Also what is right.")
    boolean all;

    @Override
    public ExitCode call() throws IOException {
        MachineStatus status = root.engine().status();
        List<String> lines = new ArrayList<>(StatusText.of(status, root.columns(), all, root.now()));
        lines.addAll(ProposalText.waiting(root.engine().proposals(), root.columns()));
        root.print(status, lines);
        return status.right() ? ExitCode.OK : ExitCode.NOT_AS_DECLARED;
    }
}
