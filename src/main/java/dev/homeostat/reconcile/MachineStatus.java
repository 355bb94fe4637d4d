package dev.homeostat.reconcile;

import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The answer to "is my machine right?".
 *
 * @param right true if every resource of the machine is InSync or Paused by the owner and the declaration on disk is the one
 *     in force; what is on top of it does not count
 * @param summary one line, as systemctl status shows it: {@code 34 in sync, 1 failed}
 * @param revision in force; empty before the first accepted declaration
 * @param declaration how the files on disk stand
 * @param counts resources of the machine by condition; every condition is there
 * @param stack the same of what is on top of the machine, as far as it has been looked at; empty if there is nothing
 * @param resources all, in the order of their ids
 * @param lastPass end of the last full pass
 * @param lastPassTook how long it took
 * @param queued resources waiting to be looked at
 * @param journalTrouble why the journal cannot be written at the moment
 */
public record MachineStatus(
        boolean right,
        String summary,
        Optional<RevisionInfo> revision,
        DeclarationState declaration,
        Map<Condition, Long> counts,
        Map<Condition, Long> stack,
        List<ResourceStatus> resources,
        Optional<Instant> lastPass,
        Optional<Duration> lastPassTook,
        int queued,
        Optional<String> journalTrouble,
        String version,
        long pid,
        Instant started) {

    /**
     * @param state {@code in-force}, {@code invalid} (an earlier revision stays in force), {@code waiting} (policy.apply: ask),
     *     {@code held} (rolled back; the file is not in force until it is edited or applied), {@code missing}
     * @param problems why it is invalid
     * @param since when it came into this state
     */
    public record DeclarationState(String state, String message, List<Problem> problems, Instant since) {}
}
