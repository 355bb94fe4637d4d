package dev.homeostat.journal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.reconcile.Journal.Owned;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What was made by us, and how to leave the machine without it. Thread-safe. */
final class Owners {
    private final Database database;

    Owners(Database database) {
        this.database = database;
    }

    Map<ResourceId, Owned> owned() {
        Map<ResourceId, Owned> all = new LinkedHashMap<>();
        database.query("SELECT resource, spec, requires, layer FROM owned", r -> {
            Set<ResourceId> requires = new HashSet<>();
            Revisions.strings(r.getString("requires")).forEach(id -> requires.add(ResourceId.parse(id)));
            return all.put(
                    ResourceId.parse(r.getString("resource")),
                    new Owned(
                            Json.read(r.getString("spec"), JsonNode.class), requires, Layer.of(r.getString("layer"))));
        });
        return all;
    }

    void own(ResourceId id, Owned owned) {
        database.later(writer -> insert(writer, id, owned));
    }

    /** Within a transaction of others. */
    static void insert(Writer writer, ResourceId id, Owned owned) throws SQLException {
        writer.update(
                "INSERT OR REPLACE INTO owned (resource, spec, requires, layer) VALUES (?, ?, ?, ?)",
                id.toString(),
                owned.spec().toString(),
                Json.write(owned.requires()),
                owned.layer().label());
    }

    void disown(ResourceId id) {
        database.later("DELETE FROM owned WHERE resource = ?", id.toString());
    }
}
