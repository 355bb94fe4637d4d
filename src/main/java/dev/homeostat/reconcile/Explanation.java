package dev.homeostat.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.ResourceId;
import java.util.List;
import java.util.Optional;

/**
 * All that is known of one resource.
 *
 * @param desired its spec as JSON
 * @param observed what was seen at a fresh look, as JSON; empty if it could not be looked at
 * @param requires what it waits for
 * @param requiredBy what waits for it
 * @param history its last runs, newest first
 * @param from what it comes from if it is not written out, such as {@code the catalogue entry redis}
 */
public record Explanation(
        ResourceStatus status,
        JsonNode desired,
        Optional<JsonNode> observed,
        List<ResourceId> requires,
        List<ResourceId> requiredBy,
        List<RunInfo> history,
        Optional<String> from) {}
