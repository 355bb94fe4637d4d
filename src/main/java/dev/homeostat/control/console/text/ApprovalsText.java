package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.ApprovalRequest;
import java.time.Instant;
import java.util.List;

/** What waits for a person. */
public final class ApprovalsText {
    private ApprovalsText() {}

    public static List<String> of(List<ApprovalRequest> waiting, int columns, Instant now) {
        if (waiting.isEmpty()) {
            return List.of("Nothing waits for an approval.");
        }
        Table table = new Table("TOKEN", "RESOURCE", "FOR", "ACTION");
        for (ApprovalRequest request : waiting) {
            table.row(
                    request.token(),
                    request.action().resource().toString(),
                    Times.age(request.since(), now),
                    request.action().summary() + ": " + request.reason());
        }
        return table.render(columns);
    }
}
