package dev.homeostat.host.nix;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a flake is, and what its inputs are locked to.
 *
 * @param source its content in the store
 * @param url that it was resolved to, without credentials
 * @param revision of version control; empty if there is none, or the tree is not clean
 * @param modified latest change of its content, if known
 * @param inputs its direct ones, by name; those that follow another input are left out
 */
public record FlakeMetadata(
        StorePath source,
        String url,
        Optional<String> revision,
        Optional<Instant> modified,
        Map<String, LockedInput> inputs) {
    /**
     * @param type {@code github}, {@code git}, {@code path}, ...
     * @param revision if it has one
     * @param narHash of its content; empty if none is locked
     * @param modified if known
     */
    public record LockedInput(String type, Optional<String> revision, String narHash, Optional<Instant> modified) {}

    private static final int TEXT_LIMIT_CHARS = 2000;
    /** What is later than this is no time: the year 9999. */
    private static final long LATEST_SECONDS = 253_402_300_800L;

    public FlakeMetadata {
        inputs = Map.copyOf(inputs);
    }

    /** @throws IllegalArgumentException if it is not what {@code nix flake metadata --json} writes */
    static FlakeMetadata of(JsonNode json) {
        return new FlakeMetadata(
                StorePath.parse(json.path("path").asText()),
                text(json.path("url").asText("")),
                revision(json).or(() -> revision(json.path("locked"))),
                time(json),
                inputs(json.path("locks")));
    }

    /**
     * What a lock file holds about the direct inputs.
     *
     * @param locks content of flake.lock
     */
    public static Map<String, LockedInput> inputs(JsonNode locks) {
        JsonNode nodes = locks.path("nodes");
        JsonNode root = nodes.path(locks.path("root").asText("root"));
        Map<String, LockedInput> inputs = new TreeMap<>();
        Iterator<Map.Entry<String, JsonNode>> named = root.path("inputs").fields();
        while (named.hasNext()) {
            Map.Entry<String, JsonNode> input = named.next();
            JsonNode locked = nodes.path(input.getValue().asText("")).path("locked");
            if (locked.isObject()) {
                inputs.put(
                        text(input.getKey()),
                        new LockedInput(
                                text(locked.path("type").asText("")),
                                revision(locked),
                                text(locked.path("narHash").asText("")),
                                time(locked)));
            }
        }
        return inputs;
    }

    private static Optional<String> revision(JsonNode node) {
        return node.path("rev").isTextual() ? Optional.of(text(node.path("rev").asText())) : Optional.empty();
    }

    private static Optional<Instant> time(JsonNode node) {
        JsonNode seconds = node.path("lastModified");
        return seconds.isIntegralNumber() && seconds.canConvertToLong() && Math.abs(seconds.asLong()) < LATEST_SECONDS
                ? Optional.of(Instant.ofEpochSecond(seconds.asLong()))
                : Optional.empty();
    }

    private static String text(String text) {
        return Words.line(text, TEXT_LIMIT_CHARS);
    }
}
