package dev.homeostat.kind.generation.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes machine.json. The same data gives the same bytes: keys are sorted, and nothing else has an order of its own. */
public final class MachineJson {
    /** The only values that may have more than one line: contents of dotfiles, which end up as that and nothing else. */
    private static final Pattern CONTENT = Pattern.compile("\\.home\\.dotfiles\\.~/.*\\.content", Pattern.DOTALL);

    private MachineJson() {}

    /**
     * UTF-8, ends with a line break.
     *
     * @throws IllegalArgumentException if a value other than a dotfile's content has a control character; its key is named
     */
    public static byte[] of(MachineData data) {
        JsonNode tree = Json.tree(data);
        refuseControlCharacters("", tree);
        Map<String, Object> sorted = Json.MAPPER.convertValue(tree, new TypeReference<>() {});
        try {
            return (Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(sorted) + "\n").getBytes(UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON", e);
        }
    }

    /** Patterns keep them out of most values; here none gets by, whatever pattern was forgotten. */
    private static void refuseControlCharacters(String key, JsonNode node) {
        node.properties().forEach(child -> {
            refuse(key + "." + child.getKey(), child.getKey());
            if (!CONTENT.matcher(key + "." + child.getKey()).matches()) {
                refuseControlCharacters(key + "." + child.getKey(), child.getValue());
            }
        });
        if (node.isArray()) {
            node.forEach(item -> refuseControlCharacters(key, item));
        } else if (node.isTextual()) {
            refuse(key, node.textValue());
        }
    }

    private static void refuse(String key, String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    key.replaceAll("\\p{Cntrl}", "?") + ": has a line break or another control character");
        }
    }
}
