package dev.homeostat.journal;

import dev.homeostat.reconcile.Journal.Intent;
import dev.homeostat.reconcile.Journal.Interrupted;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was tried and what happened: runs, what they corrected, and the steps of that. Thread-safe. */
final class Runs {
    /** Runs older than the newest so many are dropped: about a year of a quiet machine, 20 MB of a restless one. */
    private static final int RUNS_LIMIT = 20_000;

    /** Dropping is done once in so many runs. */
    private static final int PRUNE_EVERY_RUNS = 1_000;

    private final Database database;

    Runs(Database database) {
        this.database = database;
    }

    long begin(String trigger, String cause, String revision, Instant at) {
        long id = database.nextRun();
        if (id < 0) { // no database that could have it
            return id;
        }
        database.later(
                "INSERT OR IGNORE INTO run (id, cause_kind, cause, revision, started_ms) VALUES (?, ?, ?, ?, ?)",
                id,
                trigger,
                cause,
                revision,
                at.toEpochMilli());
        if (id % PRUNE_EVERY_RUNS == 0) {
            database.later(writer -> prune(writer, id - RUNS_LIMIT));
        }
        return id;
    }

    private static void prune(Writer writer, long oldest) throws SQLException {
        writer.update("DELETE FROM step WHERE run < ?", oldest);
        writer.update("DELETE FROM correction WHERE run < ?", oldest);
        writer.update("DELETE FROM run WHERE id < ?", oldest);
    }

    /** Returns when it is on the disk, or cannot be now. */
    void intend(Intent intent) {
        database.nowOrLater(writer -> {
            if (intent.owned().isPresent()) {
                Owners.insert(writer, intent.resource(), intent.owned().get());
            }
            if (intent.run() < 0) {
                return;
            }
            writer.update(
                    "INSERT OR REPLACE INTO correction (run, resource, origin, cause, differences) VALUES (?, ?, ?, ?, ?)",
                    intent.run(),
                    intent.resource().toString(),
                    intent.origin().name(),
                    intent.cause(),
                    Json.write(intent.differences()));
            for (Action action : intent.actions()) {
                writer.update(
                        "INSERT INTO step (run, resource, verb, summary) VALUES (?, ?, ?, ?)",
                        intent.run(),
                        action.resource().toString(),
                        action.verb(),
                        action.summary());
            }
        });
    }

    /** The oldest planned step of that run, resource and verb that has not ended. */
    private static final String STEP =
            "(SELECT min(id) FROM step WHERE run = ? AND resource = ? AND verb = ? AND outcome IS NULL)";

    void stepStarted(long run, Action action, Instant at) {
        database.later(
                "UPDATE step SET started_ms = ? WHERE id = " + STEP,
                at.toEpochMilli(),
                run,
                action.resource().toString(),
                action.verb());
    }

    void stepEnded(long run, Action action, String outcome, String message, Duration took) {
        database.later(
                "UPDATE step SET outcome = ?, message = ?, took_us = ? WHERE id = " + STEP,
                outcome,
                message,
                took.toNanos() / 1_000,
                run,
                action.resource().toString(),
                action.verb());
    }

    void rival(long run, ResourceId id, Rival rival) {
        database.later(
                "UPDATE correction SET rival = ? WHERE run = ? AND resource = ?",
                Json.write(rival),
                run,
                id.toString());
    }

    void end(long run, String outcome, Instant at) {
        database.later("UPDATE run SET ended_ms = ?, outcome = ? WHERE id = ?", at.toEpochMilli(), outcome, run);
    }

    Interrupted interrupted(Instant at) {
        Map<ResourceId, Origin> resources = new HashMap<>();
        database.query(
                "SELECT resource, origin FROM correction WHERE run IN (SELECT id FROM run WHERE outcome IS NULL)",
                r -> resources.put(ResourceId.parse(r.getString(1)), Origin.valueOf(r.getString(2))));
        boolean change = !database.query(
                        "SELECT id FROM run WHERE outcome IS NULL AND cause_kind = 'change' AND revision = (SELECT value FROM meta WHERE key = ?)",
                        r -> r.getLong(1),
                        Revisions.IN_FORCE)
                .isEmpty();
        database.nowOrLater(writer -> {
            writer.update(
                    "UPDATE step SET outcome = 'interrupted' WHERE outcome IS NULL AND started_ms IS NOT NULL AND run IN (SELECT id FROM run WHERE outcome IS NULL)");
            writer.update(
                    "UPDATE run SET outcome = 'interrupted', ended_ms = ? WHERE outcome IS NULL", at.toEpochMilli());
        });
        return new Interrupted(resources, change);
    }

    List<RunInfo> runs(Optional<ResourceId> resource, Optional<Boolean> drift, int limit) {
        String sort = drift.map(only -> only ? "cause_kind = 'drift' " : "cause_kind <> 'drift' ")
                .orElse("1 ");
        String columns = "SELECT id, cause_kind, cause, revision, started_ms, ended_ms, outcome FROM run WHERE " + sort;
        List<RunInfo> runs = resource.isPresent()
                ? database.query(
                        columns + "AND id IN (SELECT run FROM correction WHERE resource = ?) ORDER BY id DESC LIMIT ?",
                        r -> run(r, List.of()),
                        resource.get().toString(),
                        limit)
                : database.query(columns + "ORDER BY id DESC LIMIT ?", r -> run(r, List.of()), limit);
        List<RunInfo> whole = new ArrayList<>();
        for (RunInfo run : runs) {
            List<RunInfo.StepInfo> steps = database.query(
                    "SELECT resource, verb, summary, started_ms, took_us, outcome, message FROM step WHERE run = ? ORDER BY id",
                    Runs::step,
                    run.id());
            List<RunInfo.StepInfo> meant = resource.isEmpty()
                    ? steps
                    : steps.stream()
                            .filter(s -> s.resource().equals(resource.get()))
                            .toList();
            whole.add(new RunInfo(
                    run.id(),
                    run.trigger(),
                    run.cause(),
                    run.revision(),
                    run.started(),
                    run.ended(),
                    run.outcome(),
                    rival(run.id()),
                    meant));
        }
        return whole;
    }

    private static RunInfo run(ResultSet r, List<RunInfo.StepInfo> steps) throws SQLException {
        return new RunInfo(
                r.getLong("id"),
                r.getString("cause_kind"),
                r.getString("cause"),
                r.getString("revision"),
                Instant.ofEpochMilli(r.getLong("started_ms")),
                Database.instant(r, "ended_ms"),
                Optional.ofNullable(r.getString("outcome")),
                Optional.empty(),
                steps);
    }

    /** A run of drift is about one resource. */
    private Optional<Rival> rival(long run) {
        return database
                .query(
                        "SELECT rival FROM correction WHERE run = ? AND rival IS NOT NULL LIMIT 1",
                        r -> Json.read(r.getString(1), Rival.class),
                        run)
                .stream()
                .findFirst();
    }

    private static RunInfo.StepInfo step(ResultSet r) throws SQLException {
        long tookMicros = r.getLong("took_us");
        Optional<Duration> took = r.wasNull() ? Optional.empty() : Optional.of(Duration.ofNanos(tookMicros * 1_000));
        return new RunInfo.StepInfo(
                ResourceId.parse(r.getString("resource")),
                r.getString("verb"),
                r.getString("summary"),
                Database.instant(r, "started_ms").orElse(Instant.EPOCH),
                took,
                Optional.ofNullable(r.getString("outcome")),
                r.getString("message"));
    }
}
