package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Options of NixOS that a part of the declaration asks of the generated system.
 *
 * @param by who asks, such as {@code redis}
 * @param path where in the declaration, dotted
 * @param otherwise what to do if there is no generated system, after "declare host"; may be empty
 * @param options by dotted name, such as {@code services.redis.servers.main.port}; no secrets: they end up in the Nix store
 */
public record SystemOptions(String by, String path, String otherwise, SortedMap<String, JsonNode> options) {
    public SystemOptions {
        requireNonNull(by, "by is null");
        requireNonNull(path, "path is null");
        requireNonNull(otherwise, "otherwise is null");
        options = new TreeMap<>(options);
    }
}
