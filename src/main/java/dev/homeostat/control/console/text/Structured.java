package dev.homeostat.control.console.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.homeostat.resource.Json;
import java.util.List;

/** Values for programs. */
public enum Structured {
    JSON(Json.MAPPER.writerWithDefaultPrettyPrinter()),
    YAML(new YAMLMapper(yaml()).writer());

    private final ObjectWriter writer;

    Structured(ObjectWriter writer) {
        this.writer = writer;
    }

    public List<String> lines(Object value) {
        try {
            JsonNode tree = Json.tree(value);
            String text = writer.writeValueAsString(tree);
            return text.stripTrailing().lines().toList();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written: " + value.getClass(), e);
        }
    }

    private static YAMLFactory yaml() {
        return YAMLFactory.builder()
                .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                .build();
    }
}
