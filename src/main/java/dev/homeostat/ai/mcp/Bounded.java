package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.homeostat.resource.Json;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Answers of a size that fits into what an agent can take in: what is too long is cut, and that is said. */
final class Bounded {
    /** Some ten thousand tokens: clients warn of more. */
    static final int LIMIT_CHARS = 40_000;
    /** For the sentence that tells it. */
    private static final int SENTENCE_CHARS = 200;
    /** Of less, nothing useful is left. */
    private static final int LEAST_CHARS = 40;

    private Bounded() {}

    /** @return the same if it is short enough; else a shorter one with the field {@code cut} */
    static ObjectNode fit(ObjectNode answer) {
        int size = size(answer);
        if (size <= LIMIT_CHARS) {
            return answer;
        }
        ObjectNode shorter = (ObjectNode) shrink(answer, LIMIT_CHARS - SENTENCE_CHARS);
        shorter.put(
                "cut",
                "this answer had " + size + " characters and is cut to " + LIMIT_CHARS
                        + ": ask for less, by an id or a smaller limit");
        return shorter;
    }

    private static JsonNode shrink(JsonNode node, int budget) {
        if (size(node) <= budget) {
            return node;
        }
        if (node instanceof ObjectNode object) {
            return shrink(object, budget);
        }
        if (node instanceof ArrayNode array) {
            return shrink(array, budget);
        }
        String text = node.asText();
        // an escape takes up to six characters of JSON
        int kept = Math.clamp((long) text.length() * Math.max(0, budget - LEAST_CHARS) / size(node), 0, text.length());
        if (kept > 0 && Character.isHighSurrogate(text.charAt(kept - 1))) {
            kept--;
        }
        return TextNode.valueOf(text.substring(0, kept) + "… (" + (text.length() - kept) + " more characters)");
    }

    /** Small fields stay; the large ones share what is left. */
    private static JsonNode shrink(ObjectNode object, int budget) {
        List<Map.Entry<String, JsonNode>> bySize = object.properties().stream()
                .sorted(Comparator.comparingInt(e -> size(e.getValue())))
                .toList();
        Map<String, JsonNode> kept = new HashMap<>();
        int left = budget;
        int fields = bySize.size();
        for (Map.Entry<String, JsonNode> field : bySize) {
            int share = left / fields-- - field.getKey().length() - 4;
            if (share >= LEAST_CHARS || size(field.getValue()) <= share) {
                JsonNode value = shrink(field.getValue(), share);
                kept.put(field.getKey(), value);
                left -= size(value) + field.getKey().length() + 4;
            }
        }
        ObjectNode shorter = Json.MAPPER.createObjectNode();
        object.properties().forEach(e -> {
            if (kept.containsKey(e.getKey())) {
                shorter.set(e.getKey(), kept.get(e.getKey()));
            }
        });
        return shorter;
    }

    /** The first ones stay. */
    private static JsonNode shrink(ArrayNode array, int budget) {
        ArrayNode shorter = Json.MAPPER.createArrayNode();
        int left = budget - LEAST_CHARS;
        for (JsonNode element : array) {
            int size = size(element) + 1;
            if (size > left && !shorter.isEmpty() || left < LEAST_CHARS) {
                break;
            }
            JsonNode kept = shrink(element, left);
            shorter.add(kept);
            left -= size(kept) + 1;
        }
        int missing = array.size() - shorter.size();
        if (missing > 0) {
            shorter.add("… (" + missing + " more)");
        }
        return shorter;
    }

    private static int size(JsonNode node) {
        return Json.write(node).length();
    }
}
