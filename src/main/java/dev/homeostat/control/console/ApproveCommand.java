package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.console.text.ApprovalsText;
import dev.homeostat.reconcile.ApprovalRequest;
import dev.homeostat.reconcile.Refusal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "approve",
        description = "Lets one waiting action run, once; without a name lists what waits.",
        footer = {"", "Example: homeostat approve file//etc/big.db"})
final class ApproveCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(arity = "0..1", paramLabel = "TOKEN", description = "The action's token, or the id of its resource.")
    String token;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        if (token == null) {
            List<ApprovalRequest> waiting = root.engine().approvals();
            root.print(waiting, ApprovalsText.of(waiting, root.columns(), root.now()));
            return ExitCode.OK;
        }
        ApprovalRequest request =
                root.change("approve", token, actor -> root.engine().approve(token, actor));
        root.print(request, List.of("Approved: " + request.action().summary() + "."));
        return ExitCode.OK;
    }
}
