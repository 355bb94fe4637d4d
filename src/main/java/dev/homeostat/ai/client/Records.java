package dev.homeostat.ai.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which entries of programs' settings are ours: what we wrote, by the SHA-256 of it, in a file for each program below the
 * state folder. Written before what it tells of. Thread-safe.
 */
final class Records {
    private static final String FOLDER = "mcp-clients";
    /** 64 servers with their digests take 10 kB. */
    private static final long LIMIT_BYTES = 64 * 1024;
    /** As chown(2) has it: the daemon's own. */
    private static final int SAME = -1;

    private final SafeFiles files;
    private final Path folder;

    Records(SafeFiles files, Locations locations) {
        this.files = files;
        this.folder = locations.state().resolve(FOLDER);
    }

    /**
     * What we wrote.
     *
     * @param file whether there was none before
     * @param holder whether there was no object for servers in it before
     * @param entries digests by name
     */
    record Written(boolean file, boolean holder, Map<String, String> entries) {
        static final Written NOTHING = new Written(false, false, Map.of());
    }

    Optional<Written> of(ResourceId id) throws Trouble {
        Path place = place(id);
        if (files.look(place).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.MAPPER.readValue(files.read(place, LIMIT_BYTES), Written.class));
        } catch (JsonProcessingException e) {
            throw Trouble.conflict(
                    place + " is damaged",
                    "remove it: entries in the program's settings then count as somebody else's");
        } catch (java.io.IOException e) {
            throw new IllegalStateException("bug: reading from memory failed", e);
        }
    }

    void put(ResourceId id, Written written) throws Trouble {
        Path place = place(id);
        files.makeWay(place.getParent(), 0700, SAME, SAME);
        files.write(
                place,
                Json.write(new Written(written.file, written.holder, new TreeMap<>(written.entries)))
                        .getBytes(UTF_8),
                0600,
                SAME,
                SAME);
    }

    void forget(ResourceId id) throws Trouble {
        files.remove(place(id));
    }

    private Path place(ResourceId id) {
        return folder.resolve(id.scope().user() + "@" + id.name() + ".json");
    }
}
