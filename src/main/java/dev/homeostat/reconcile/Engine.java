package dev.homeostat.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * What the loop offers to those who ask through the control socket. Thread-safe; calls may wait for the machine, so they
 * belong on virtual threads, never on an event loop.
 */
public interface Engine {
    MachineStatus status();

    /** Looks at everything afresh and says what would be done for the declaration on disk. Changes nothing. */
    Plan plan() throws Refusal;

    /**
     * The same for a declaration that is not in place: what {@code homeostat plan FILE} shows.
     *
     * @param name of the file, for messages
     */
    Plan plan(String name, byte[] yaml) throws Refusal;

    /** What is wrong with the declaration's files themselves: whose they are, who may write them. Not what they say. */
    List<Problem> fileProblems();

    /**
     * What of a declaration that is not in place the machine is not yet, each with the reason in a sentence. Looks at the
     * machine only, not at what is recorded: it needs no daemon.
     *
     * @param name of the file, for messages
     * @throws Refusal invalid, with the problems
     */
    SortedMap<ResourceId, String> notSoYet(String name, byte[] yaml) throws Refusal;

    /** The problems of a declaration that is not in place; empty if it is valid. */
    List<Problem> validate(String name, byte[] yaml);

    /**
     * Takes the declaration on disk in force, also if policy says to ask first or a revision is held, looks at everything
     * and corrects it.
     *
     * @param planHash if given, refuses unless the plan is still that one
     * @param only if not empty, just these resources
     * @param wait how long to wait until everything has settled; zero does not wait
     * @return the status afterwards
     * @throws Refusal moved, with what moved; invalid, with the problems
     */
    MachineStatus apply(Optional<String> planHash, List<ResourceId> only, Duration wait, Actor actor) throws Refusal;

    /** Looks at everything again, now, as SIGHUP does: declaration and machine. Returns at once. */
    void reload(Actor actor);

    Explanation explain(ResourceId id) throws Refusal;

    /**
     * @param resource only its runs
     * @param limit at most so many, newest first
     */
    default List<RunInfo> history(Optional<ResourceId> resource, int limit) {
        return history(resource, Optional.empty(), limit);
    }

    /** @param drift only what undid a drift, or only what else was done; empty for both */
    List<RunInfo> history(Optional<ResourceId> resource, Optional<Boolean> drift, int limit);

    /**
     * What became of deployments, and the points to roll back to that they had.
     *
     * @param limit at most so many, newest first
     */
    List<Deployed> deployments(int limit);

    /** Newest first. */
    List<AuditEntry> audit(int limit);

    void audit(AuditEntry entry);

    /** Newest first. */
    List<RevisionInfo> revisions();

    /** The canonical content of a revision; sensitive content is left out. {@code id} may be a unique prefix of 8 digits or more. */
    JsonNode revision(String id) throws Refusal;

    /** Takes an earlier revision in force and holds it until machine.yaml is edited or applied. */
    RevisionInfo rollback(String id, Actor actor) throws Refusal;

    List<ApprovalRequest> approvals();

    /** Lets one waiting action run, once. {@code token} is an {@link ApprovalRequest#token()}, or a resource id that has one. */
    ApprovalRequest approve(String token, Actor actor) throws Refusal;

    /** The owner says no: the action is not taken and not asked for again until the difference is another. */
    ApprovalRequest decline(String token, Actor actor) throws Refusal;

    /**
     * Keeps an edit of the declaration until a person decides about it.
     *
     * @param file {@code machine.yaml}, or the name of a file in machine.d
     * @param content the whole text that the file is to have
     * @param why one line
     * @param onlyIfChanged whether one with which the same is declared as without it, in other words or in another place, is
     *     refused
     * @throws Refusal invalid, with the problems; conflict, with what else is in the way
     */
    Proposal.Shown propose(String file, String content, String why, boolean onlyIfChanged, Actor actor) throws Refusal;

    /** Those that wait, oldest first. */
    List<Proposal> proposals();

    /** One with its diff and what would be done. */
    Proposal.Shown proposal(String hash) throws Refusal;

    /**
     * Writes what was proposed, if the file still says what it said then. The loop finds it as it finds any edit.
     *
     * @throws Refusal moved, if the file was edited since
     */
    Proposal.Placed place(String hash, Actor actor) throws Refusal;

    /** Forgets what was proposed. */
    Proposal drop(String hash, Actor actor) throws Refusal;

    /**
     * What was put in force for a try is good, and stays.
     *
     * @param id only that of this resource
     * @return what was confirmed, at least one
     * @throws Refusal if nothing waits for that, or if it is too late
     */
    List<Confirmed> confirm(Optional<ResourceId> id, Actor actor) throws Refusal;

    List<Pause> pauses();

    Pause pause(ResourceId id, String reason, Optional<Duration> until, Actor actor) throws Refusal;

    /**
     * Tries a resource again, now: without the pause after failures, and also what was given up until it changes.
     *
     * @throws Refusal if it is not declared
     */
    void retry(ResourceId id, Actor actor) throws Refusal;

    /** @return the declared pause that goes on all the same; empty if the resource is kept again */
    Optional<Pause> resume(ResourceId id, Actor actor) throws Refusal;

    /** The JSON Schema of machine.yaml. */
    JsonNode schema();

    /** Tells each later event until closed; a listener that is slow loses events, never the loop. */
    AutoCloseable listen(Consumer<Event> listener);
}
