package dev.homeostat.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import java.util.List;
import java.util.SortedMap;

/**
 * What the machine should be: valid, merged, immutable.
 *
 * @param revision SHA-256 of the canonical content, 64 hexadecimal digits
 * @param content canonical, without secrets: what is kept as the revision
 * @param files it was read from
 * @param resources by id
 */
public record Declaration(
        String revision,
        JsonNode content,
        Policy policy,
        List<String> files,
        SortedMap<ResourceId, Desired<?>> resources) {}
