package dev.homeostat.journal;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.host.Locations;
import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Journal;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.reconcile.RevisionInfo;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@link Journal} in one SQLite file; {@link Database} says how it is written. */
@ApplicationScoped
public class SqliteJournal implements Journal {
    private final Database database;
    private final Revisions revisions;
    private final Runs runs;
    private final Owners owners;
    private final Wishes wishes;

    public SqliteJournal(Locations locations) {
        database = new Database(locations.journal());
        revisions = new Revisions(database);
        runs = new Runs(database);
        owners = new Owners(database);
        wishes = new Wishes(database);
    }

    @Override
    public void open() {
        database.open();
    }

    @Override
    public void close() {
        database.close();
    }

    @Override
    public Optional<String> trouble() {
        return database.trouble();
    }

    @Override
    public boolean accept(Declaration declaration, Optional<Hold> hold, Instant at) {
        return revisions.accept(declaration, hold, at);
    }

    @Override
    public Optional<Kept> inForce() {
        return revisions.inForce();
    }

    @Override
    public List<RevisionInfo> revisions() {
        return revisions.revisions();
    }

    @Override
    public List<Kept> revisions(String prefix) {
        return revisions.revisions(prefix);
    }

    @Override
    public Optional<Hold> hold() {
        return revisions.hold();
    }

    @Override
    public long begin(String trigger, String cause, String revision, Instant at) {
        return runs.begin(trigger, cause, revision, at);
    }

    @Override
    public void intend(Intent intent) {
        runs.intend(intent);
    }

    @Override
    public void stepStarted(long run, Action action, Instant at) {
        runs.stepStarted(run, action, at);
    }

    @Override
    public void stepEnded(long run, Action action, String outcome, String message, Duration took) {
        runs.stepEnded(run, action, outcome, message, took);
    }

    @Override
    public void rival(long run, ResourceId id, Rival rival) {
        runs.rival(run, id, rival);
    }

    @Override
    public void end(long run, String outcome, Instant at) {
        runs.end(run, outcome, at);
    }

    @Override
    public Interrupted interrupted(Instant at) {
        return runs.interrupted(at);
    }

    @Override
    public List<RunInfo> runs(Optional<ResourceId> resource, Optional<Boolean> drift, int limit) {
        return runs.runs(resource, drift, limit);
    }

    @Override
    public Map<ResourceId, Owned> owned() {
        return owners.owned();
    }

    @Override
    public void own(ResourceId id, Owned owned) {
        owners.own(id, owned);
    }

    @Override
    public void disown(ResourceId id) {
        owners.disown(id);
    }

    @Override
    public List<Pause> pauses() {
        return wishes.pauses();
    }

    @Override
    public boolean pause(Pause pause) {
        return wishes.pause(pause);
    }

    @Override
    public boolean resume(ResourceId id) {
        return wishes.resume(id);
    }

    @Override
    public Map<String, Answer> answers() {
        return wishes.answers();
    }

    @Override
    public boolean answer(String token, ResourceId about, boolean granted, Actor actor, Instant at) {
        return wishes.answer(token, about, granted, actor, at);
    }

    @Override
    public boolean forget(String token) {
        return wishes.forget(token);
    }

    @Override
    public void audit(AuditEntry entry) {
        wishes.audit(entry);
    }

    @Override
    public List<AuditEntry> audit(int limit) {
        return wishes.audit(limit);
    }
}
