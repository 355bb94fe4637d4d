package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.ApprovalRequest;
import dev.homeostat.reconcile.Proposal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Edits of the declaration that wait for a person. */
public final class ProposalText {
    private static final int SHORT_REVISION_DIGITS = 12;

    private ProposalText() {}

    /** All that waits. */
    public static List<String> withApprovals(
            List<ApprovalRequest> approvals, List<Proposal> proposals, int columns, Instant now) {
        if (proposals.isEmpty()) {
            return ApprovalsText.of(approvals, columns, now);
        }
        List<String> lines = new ArrayList<>();
        if (!approvals.isEmpty()) {
            lines.addAll(ApprovalsText.of(approvals, columns, now));
            lines.add("");
        }
        Table table = new Table("PROPOSAL", "FILE", "FOR", "LINES", "BY", "WHY");
        for (Proposal proposal : proposals) {
            table.row(
                    proposal.hash(),
                    proposal.file(),
                    Times.age(proposal.at(), now),
                    "+" + proposal.added() + " -" + proposal.removed(),
                    proposal.by(),
                    proposal.why());
        }
        lines.addAll(table.render(columns));
        return lines;
    }

    /** A line for each, at the end of a status. */
    public static List<String> waiting(List<Proposal> proposals, int columns) {
        Lines out = new Lines(columns);
        for (Proposal proposal : proposals) {
            out.wrapped(
                    "",
                    Style.YELLOW.of("An edit of " + proposal.file() + " is proposed") + " by " + proposal.by() + ": "
                            + proposal.why() + ". Look at it: homeostat approve " + proposal.hash());
        }
        return out.all();
    }

    /** Before a decision: nothing of the diff is left out. */
    public static List<String> of(Proposal.Shown shown, int columns) {
        Proposal proposal = shown.proposal();
        Lines out = new Lines(columns);
        out.wrapped("", Style.BOLD.of(proposal.why()));
        out.wrapped("", "Proposed by " + proposal.by() + " at " + Times.at(proposal.at()));
        out.blank();
        shown.diff().lines().map(DifferenceText::colored).forEach(out::add);
        out.blank();
        List<String> plan = new ArrayList<>(PlanText.of(shown.plan(), columns, false));
        if (!shown.plan().nothingToDo()) {
            plan.removeLast(); // that a candidate has to be written somewhere
        }
        out.addAll(plan);
        out.blank();
        if (proposal.obstacle().isPresent()) {
            out.wrapped("", Style.YELLOW.of(proposal.obstacle().get()));
        } else {
            out.add("Put it in place: " + Style.BOLD.of("homeostat approve " + proposal.hash() + " --yes"));
        }
        out.add("Say no:          homeostat decline " + proposal.hash());
        return out.all();
    }

    /** After it. */
    public static List<String> of(Proposal.Placed placed) {
        List<String> lines = new ArrayList<>(List.of(
                placed.proposal().file() + " is written; it comes in force as any edit does: homeostat status"));
        if (!placed.before().isEmpty()) {
            String revision = placed.before()
                    .substring(
                            0, Math.min(SHORT_REVISION_DIGITS, placed.before().length()));
            lines.add("The way back: homeostat rollback " + revision);
        }
        return lines;
    }
}
