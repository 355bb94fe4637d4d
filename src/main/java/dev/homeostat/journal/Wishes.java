package dev.homeostat.journal;

import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Journal.Answer;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.reconcile.Via;
import dev.homeostat.resource.ResourceId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** What people asked for and answered: it is on the disk, or they are told that it is not. Thread-safe. */
final class Wishes {
    private static final int AUDIT_LIMIT = 50_000;
    /** One hundredth of the limit: so much more there may be for a while. */
    private static final int PRUNE_EVERY_AUDITS = AUDIT_LIMIT / 100;

    private final Database database;
    private final AtomicLong audited = new AtomicLong();

    Wishes(Database database) {
        this.database = database;
    }

    List<Pause> pauses() {
        return database.query(
                "SELECT resource, reason, until_ms, by_whom FROM pause",
                r -> new Pause(
                        ResourceId.parse(r.getString("resource")),
                        r.getString("reason"),
                        Database.instant(r, "until_ms"),
                        r.getString("by_whom"),
                        false));
    }

    boolean pause(Pause pause) {
        return database.now(
                "INSERT OR REPLACE INTO pause (resource, reason, until_ms, by_whom) VALUES (?, ?, ?, ?)",
                pause.id().toString(),
                pause.reason(),
                pause.until().map(Instant::toEpochMilli).orElse(null),
                pause.by());
    }

    boolean resume(ResourceId id) {
        return database.now("DELETE FROM pause WHERE resource = ?", id.toString());
    }

    Map<String, Answer> answers() {
        Map<String, Answer> all = new HashMap<>();
        database.query("SELECT token, granted, resource FROM answer", r -> {
            Optional<ResourceId> about =
                    Optional.ofNullable(r.getString("resource")).map(ResourceId::parse);
            return all.put(r.getString("token"), new Answer(r.getBoolean("granted"), about));
        });
        return all;
    }

    boolean answer(String token, ResourceId about, boolean granted, Actor actor, Instant at) {
        return database.now(
                "INSERT OR REPLACE INTO answer (token, granted, by_whom, at_ms, resource) VALUES (?, ?, ?, ?, ?)",
                token,
                granted,
                actor.toString(),
                at.toEpochMilli(),
                about.toString());
    }

    boolean forget(String token) {
        return database.now("DELETE FROM answer WHERE token = ?", token);
    }

    void audit(AuditEntry e) {
        // by itself: where nothing has to be done, people may still ask
        if (audited.incrementAndGet() % PRUNE_EVERY_AUDITS == 0) {
            database.later("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", AUDIT_LIMIT);
        }
        database.later(
                "INSERT INTO audit (at_ms, uid, pid, name, via, verb, subject, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                e.at().toEpochMilli(),
                e.actor().uid(),
                e.actor().pid(),
                e.actor().name(),
                e.actor().via().map(Via::words).orElse(null),
                e.verb().toLowerCase(Locale.ROOT),
                e.subject(),
                e.outcome());
    }

    List<AuditEntry> audit(int limit) {
        return database.query(
                "SELECT at_ms, uid, pid, name, via, verb, subject, outcome FROM audit ORDER BY id DESC LIMIT ?",
                r -> new AuditEntry(
                        Instant.ofEpochMilli(r.getLong("at_ms")),
                        new Actor(
                                r.getInt("uid"),
                                r.getInt("pid"),
                                r.getString("name"),
                                Optional.ofNullable(r.getString("via")).map(Via::parse)),
                        r.getString("verb"),
                        r.getString("subject"),
                        r.getString("outcome")),
                limit);
    }
}
