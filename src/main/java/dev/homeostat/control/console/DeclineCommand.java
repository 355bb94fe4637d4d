package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.console.text.ProposalText;
import dev.homeostat.reconcile.ApprovalRequest;
import dev.homeostat.reconcile.Proposal;
import dev.homeostat.reconcile.Refusal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "decline",
        description = "Says no to a waiting action or a proposed edit; without a name lists what waits.",
        footer = {"", "Example: homeostat decline volume/web-data"})
final class DeclineCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(
            arity = "0..1",
            paramLabel = "TOKEN",
            description = "The action's token or the id of its resource, or the proposal's hash.")
    String token;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        if (token == null) {
            List<ApprovalRequest> waiting = root.engine().approvals();
            List<Proposal> proposals = root.engine().proposals();
            root.print(waiting, ProposalText.withApprovals(waiting, proposals, root.columns(), root.now()));
            return ExitCode.OK;
        }
        if (root.engine().proposals().stream().anyMatch(p -> p.hash().equals(token))) {
            Proposal declined = root.change(
                    "decline", "proposal " + token, actor -> root.engine().drop(token, actor));
            root.print(declined, List.of("Declined: " + declined.file() + " stays as it is."));
            return ExitCode.OK;
        }
        ApprovalRequest request =
                root.change("decline", token, actor -> root.engine().decline(token, actor));
        root.print(request, List.of("Declined: " + request.action().summary() + "."));
        return ExitCode.OK;
    }
}
