package dev.homeostat.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.declaration.Declaration;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What was tried and what happened, durably: never what is true of the machine.
 *
 * <p>Thread-safe. Writes are in order. If they fail (a full disk) the loop goes on keeping the machine: the trouble is told
 * by {@link #trouble}, and what can wait is written when it is over. Whatever somebody is promised is on the disk before.
 */
public interface Journal {
    /**
     * A revision as it is kept.
     *
     * @param content canonical, without secrets
     */
    record Kept(String id, JsonNode content, List<String> files) {}

    /**
     * What was made by us and how to leave the machine when it is no longer declared.
     *
     * @param spec of its kind, as JSON, without secrets
     * @param requires what it needed, so that things are removed in the opposite order
     * @param layer that it was part of, and is removed with
     */
    record Owned(JsonNode spec, Set<ResourceId> requires, Layer layer) {}

    /**
     * Rolled back by hand: this revision is kept although the files say another.
     *
     * @param ignored id of the revision that the files had when it was rolled back; any other takes over
     */
    record Hold(String ignored, String by) {}

    /**
     * A correction about to be made.
     *
     * @param cause what was noticed
     * @param owned recorded with it, if it is to be recorded
     */
    record Intent(
            long run,
            ResourceId resource,
            Origin origin,
            String cause,
            List<Difference> differences,
            List<Action> actions,
            Optional<Owned> owned) {}

    /**
     * What the last daemon was doing when it ended.
     *
     * @param corrections that were intended, with their origin
     * @param change whether the revision in force was still being made so: whatever is not right yet is no drift
     */
    record Interrupted(Map<ResourceId, Origin> corrections, boolean change) {
        /** Why a resource would not be as declared. */
        Origin origin(ResourceId id) {
            return corrections.getOrDefault(id, change ? Origin.CHANGE : Origin.DRIFT);
        }
    }

    /**
     * Opens it, setting aside a damaged one. Never fails: if it cannot be opened now, {@link #trouble} says why, what can be
     * read of it is read, and it is tried again.
     */
    void open();

    /** Writes what is waiting, and closes. */
    void close();

    /** Why it cannot be written at the moment. */
    Optional<String> trouble();

    // revisions

    /**
     * A revision is in force from now on, with the hold it was given or none.
     *
     * @return whether it is on the disk; if not, nothing of it is
     */
    boolean accept(Declaration declaration, Optional<Hold> hold, Instant at);

    /** The revision in force when the daemon ended. */
    Optional<Kept> inForce();

    List<RevisionInfo> revisions();

    /** All whose id begins so. */
    List<Kept> revisions(String prefix);

    Optional<Hold> hold();

    // runs

    /** Opens a run; its id. */
    long begin(String trigger, String cause, String revision, Instant at);

    /** Returns when it is on the disk; if it cannot be now (see {@link #trouble}) it is written when it can. */
    void intend(Intent intent);

    void stepStarted(long run, Action action, Instant at);

    void stepEnded(long run, Action action, String outcome, String message, Duration took);

    /** Who had moved the resource that a run of drift is about. */
    void rival(long run, ResourceId id, Rival rival);

    void end(long run, String outcome, Instant at);

    /** Marks runs that the last daemon left open as interrupted; what they were about. */
    Interrupted interrupted(Instant at);

    /**
     * Newest first.
     *
     * @param drift only runs about drift, or only others; empty for both
     */
    List<RunInfo> runs(Optional<ResourceId> resource, Optional<Boolean> drift, int limit);

    default List<RunInfo> runs(Optional<ResourceId> resource, int limit) {
        return runs(resource, Optional.empty(), limit);
    }

    // what is ours

    Map<ResourceId, Owned> owned();

    /** Records it, or records it otherwise. */
    void own(ResourceId id, Owned owned);

    void disown(ResourceId id);

    // what people asked

    List<Pause> pauses();

    /** @return whether it is on the disk, and so will be known after a restart */
    boolean pause(Pause pause);

    /** @return whether it is on the disk; if not, it is paused again after a restart */
    boolean resume(ResourceId id);

    /**
     * An answer to an approval request.
     *
     * @param about the resource; empty if an earlier program wrote it down, which did not say
     */
    record Answer(boolean granted, Optional<ResourceId> about) {}

    /** By token. */
    Map<String, Answer> answers();

    /** @return whether it is on the disk, and so will be known after a restart */
    boolean answer(String token, ResourceId about, boolean granted, Actor actor, Instant at);

    /**
     * An answer is used up.
     *
     * @return whether that is on the disk; if not, it would count a second time after a restart
     */
    boolean forget(String token);

    void audit(AuditEntry entry);

    List<AuditEntry> audit(int limit);
}
