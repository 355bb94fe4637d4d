package dev.homeostat.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Topic;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The JSON Schema (2020-12) of machine.yaml. It follows from the records that the declaration is bound to, and is kept
 * beside the code: making it anew at each start took a tenth of the start. A test makes it and compares.
 */
final class MachineSchema {
    static final String ID = "https://homeostat.dev/schema/v1/machine.json";
    /** Beside a pattern: what is meant by it. Editors show it instead of the pattern (vscode-json-languageservice). */
    static final String FORM = "patternErrorMessage";

    static final String RESOURCE = "/machine.schema.json";
    private static final Set<String> NO_SECTIONS = Set.of("version", "policy", "users");

    private MachineSchema() {}

    /**
     * With those sections and topics only.
     *
     * @param system whether it is for the system's daemon: a user's has no topics, and no other users
     */
    static ObjectNode of(List<Section<?>> sections, List<Topic> topics, boolean system) {
        ObjectNode schema = whole();
        Set<String> known = new HashSet<>(NO_SECTIONS);
        sections.forEach(s -> known.add(s.key()));
        ObjectNode properties = (ObjectNode) schema.get("properties");
        JsonNode user = properties.at("/users/additionalProperties/properties");
        ((ObjectNode) user).retain(known);
        if (system) {
            topics.forEach(topic -> topic.keys().forEach(key -> known.add(key.name())));
        } else {
            known.remove("users");
        }
        properties.retain(known);
        return schema;
    }

    static ObjectNode whole() {
        try (InputStream in = MachineSchema.class.getResourceAsStream(RESOURCE)) {
            return (ObjectNode) Json.MAPPER.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException("the program is not whole: " + RESOURCE, e);
        }
    }
}
