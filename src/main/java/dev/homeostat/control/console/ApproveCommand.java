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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "approve",
        description =
                "Lets one waiting action run, once, or puts a proposed edit of the declaration in place; without a name lists what waits.",
        footer = {"", "Example: homeostat approve file//etc/big.db", "Example: homeostat approve 3f2a9c1d0b7e --yes"})
final class ApproveCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(
            arity = "0..1",
            paramLabel = "TOKEN",
            description = "The action's token or the id of its resource, or the proposal's hash.")
    String token;

    @Option(
            names = "--yes",
            description = "Put the proposal in place. Without it, it is shown: its diff, and what would be done.")
    boolean yes;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        if (token == null) {
            List<ApprovalRequest> waiting = root.engine().approvals();
            List<Proposal> proposals = root.engine().proposals();
            root.print(waiting, ProposalText.withApprovals(waiting, proposals, root.columns(), root.now()));
            return ExitCode.OK;
        }
        if (root.engine().proposals().stream().anyMatch(p -> p.hash().equals(token))) {
            return yes ? place() : show();
        }
        ApprovalRequest request =
                root.change("approve", token, actor -> root.engine().approve(token, actor));
        root.print(request, List.of("Approved: " + request.action().summary() + "."));
        return ExitCode.OK;
    }

    private ExitCode show() throws IOException, Refusal, NotPermitted {
        Proposal.Shown shown =
                root.change("plan", "proposal " + token, actor -> root.engine().proposal(token));
        root.print(shown, ProposalText.of(shown, root.columns()));
        return ExitCode.SOMETHING_TO_DO;
    }

    private ExitCode place() throws IOException, Refusal, NotPermitted {
        Proposal.Placed placed = root.change(
                "approve", "proposal " + token, actor -> root.engine().place(token, actor));
        root.print(placed, ProposalText.of(placed));
        return ExitCode.OK;
    }
}
