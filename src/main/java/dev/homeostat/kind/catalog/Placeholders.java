package dev.homeostat.kind.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.homeostat.resource.Json;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code ${NAME}} stands for in the texts of an entry. A text that is nothing but one port becomes a number. Immutable.
 *
 * @param address where it listens
 * @param ports by name
 */
record Placeholders(String address, Map<String, Integer> ports) {
    static final String ADDRESS = "address";

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([a-z][a-z0-9-]*)}");

    Placeholders {
        ports = Map.copyOf(ports);
    }

    /** @throws IllegalArgumentException if a placeholder is none of these */
    JsonNode in(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> {
                ObjectNode copy = Json.MAPPER.createObjectNode();
                object.properties().forEach(e -> copy.set(e.getKey(), in(e.getValue())));
                yield copy;
            }
            case ArrayNode array -> {
                ArrayNode copy = Json.MAPPER.createArrayNode();
                array.forEach(item -> copy.add(in(item)));
                yield copy;
            }
            case TextNode text -> {
                Matcher whole = PLACEHOLDER.matcher(text.textValue());
                yield whole.matches() && ports.containsKey(whole.group(1))
                        ? IntNode.valueOf(ports.get(whole.group(1)))
                        : TextNode.valueOf(in(text.textValue()));
            }
            default -> node;
        };
    }

    /** @throws IllegalArgumentException if a placeholder is none of these */
    String in(String text) {
        return PLACEHOLDER.matcher(text).replaceAll(found -> Matcher.quoteReplacement(value(found.group(1))));
    }

    private String value(String name) {
        if (name.equals(ADDRESS)) {
            return address;
        }
        if (!ports.containsKey(name)) {
            throw new IllegalArgumentException("there is no port " + name + ", which ${" + name + "} could stand for");
        }
        return ports.get(name).toString();
    }
}
