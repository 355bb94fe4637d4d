package dev.homeostat.journal;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.declaration.Declaration;
import dev.homeostat.reconcile.Journal.Hold;
import dev.homeostat.reconcile.Journal.Kept;
import dev.homeostat.reconcile.RevisionInfo;
import dev.homeostat.resource.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Revisions, the one in force, and whether it is held against the files. Thread-safe. */
final class Revisions {
    private static final int REVISIONS_LIMIT = 500;
    static final String IN_FORCE = "in-force";
    private static final String HOLD = "hold";

    private final Database database;

    Revisions(Database database) {
        this.database = database;
    }

    /** With the hold that goes with it, or none, in one transaction. */
    boolean accept(Declaration d, Optional<Hold> hold, Instant at) {
        return database.now(writer -> {
            writer.update(
                    "INSERT OR IGNORE INTO revision (id, accepted_ms, files, resources, content) VALUES (?, ?, ?, ?, ?)",
                    d.revision(),
                    at.toEpochMilli(),
                    Json.write(d.files()),
                    d.resources().size(),
                    d.content().toString());
            writer.update("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", IN_FORCE, d.revision());
            if (hold.isPresent()) {
                writer.update("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", HOLD, Json.write(hold.get()));
            } else {
                writer.update("DELETE FROM meta WHERE key = ?", HOLD);
            }
            writer.update(
                    "DELETE FROM revision WHERE id NOT IN (SELECT id FROM revision ORDER BY accepted_ms DESC LIMIT ?) AND id <> ?",
                    REVISIONS_LIMIT,
                    d.revision());
        });
    }

    Optional<Kept> inForce() {
        return meta(IN_FORCE).flatMap(id -> revisions(id).stream().findFirst());
    }

    List<RevisionInfo> revisions() {
        String inForce = meta(IN_FORCE).orElse("");
        return database.query(
                "SELECT id, accepted_ms, files, resources FROM revision ORDER BY accepted_ms DESC",
                r -> new RevisionInfo(
                        r.getString("id"),
                        Instant.ofEpochMilli(r.getLong("accepted_ms")),
                        strings(r.getString("files")),
                        r.getInt("resources"),
                        r.getString("id").equals(inForce)));
    }

    List<Kept> revisions(String prefix) {
        return database.query(
                "SELECT id, content, files FROM revision WHERE substr(id, 1, ?) = ? LIMIT 2",
                r -> new Kept(
                        r.getString("id"),
                        Json.read(r.getString("content"), JsonNode.class),
                        strings(r.getString("files"))),
                prefix.length(),
                prefix);
    }

    Optional<Hold> hold() {
        return meta(HOLD).map(json -> Json.read(json, Hold.class));
    }

    private Optional<String> meta(String key) {
        return database.query("SELECT value FROM meta WHERE key = ?", r -> r.getString(1), key).stream()
                .findFirst();
    }

    static List<String> strings(String json) {
        return Json.MAPPER.convertValue(Json.read(json, List.class), new TypeReference<List<String>>() {});
    }
}
