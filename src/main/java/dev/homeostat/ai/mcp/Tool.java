package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Caller;
import dev.homeostat.resource.Trouble;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One thing that an agent can ask for.
 *
 * @param proposes whether something is kept for a person to decide about; else it only looks
 * @param takes its arguments, by name
 */
record Tool(String name, String title, String about, boolean proposes, Map<String, Argument> takes, Work work) {
    /** @param schema of it, in the words of JSON Schema */
    record Argument(Map<String, Object> schema, boolean needed) {}

    /** Answers, with what is not too long yet. */
    @FunctionalInterface
    interface Work {
        ObjectNode of(Arguments arguments, Caller caller) throws Trouble;
    }

    static Argument text(String about, int limitChars, boolean needed) {
        return new Argument(Map.of("type", "string", "description", about, "maxLength", limitChars), needed);
    }

    static Argument number(String about, int most) {
        return new Argument(Map.of("type", "integer", "description", about, "minimum", 1, "maximum", most), false);
    }

    static Argument flag(String about) {
        return new Argument(Map.of("type", "boolean", "description", about), false);
    }

    /** Of all arguments. */
    Map<String, Object> schema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        takes.forEach((name, argument) -> properties.put(name, argument.schema()));
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        List<String> needed = takes.entrySet().stream()
                .filter(e -> e.getValue().needed())
                .map(Map.Entry::getKey)
                .toList();
        if (!needed.isEmpty()) {
            schema.put("required", needed);
        }
        schema.put("additionalProperties", false);
        return schema;
    }
}
