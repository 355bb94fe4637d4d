package dev.homeostat.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** The one JSON mapper: how the vocabulary is written in answers, in the journal and in plan hashes. */
public final class Json {
    /** Map keys are sorted, so that equal values have equal text and equal hashes. */
    public static final JsonMapper MAPPER = configure(JsonMapper.builder()).build();

    private Json() {}

    /** Also for the mapper that Quarkus makes, so that there is one way of writing. */
    public static <B extends com.fasterxml.jackson.databind.cfg.MapperBuilder<?, B>> B configure(B builder) {
        return builder.addModules(new JavaTimeModule(), new Jdk8Module(), values())
                .configure(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, false)
                .configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true)
                .configure(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS, false)
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true)
                .configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, true)
                // 1.10 stays 1.10, in a kept revision too
                .configure(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, true)
                .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_ABSENT, JsonInclude.Include.ALWAYS));
    }

    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    /** @throws IllegalArgumentException if the text is not a value of that type */
    public static <T> T read(String text, Class<T> type) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
        }
    }

    public static JsonNode tree(Object value) {
        return MAPPER.valueToTree(value);
    }

    private static SimpleModule values() {
        SimpleModule module = new SimpleModule("homeostat");
        module.addSerializer(Duration.class, new StdSerializer<>(Duration.class) {
            @Override
            public void serialize(Duration value, JsonGenerator out, SerializerProvider provider) throws IOException {
                out.writeString(Durations.format(value));
            }
        });
        module.addDeserializer(Duration.class, new StdDeserializer<Duration>(Duration.class) {
            @Override
            public Duration deserialize(JsonParser in, DeserializationContext context) throws IOException {
                try {
                    return Durations.parse(in.getText());
                } catch (IllegalArgumentException e) {
                    throw context.weirdStringException(in.getText(), Duration.class, e.getMessage());
                }
            }
        });
        module.addSerializer(
                Path.class,
                new StdSerializer<>(Path.class) { // Jackson's own writes file:// URIs
                    @Override
                    public void serialize(Path value, JsonGenerator out, SerializerProvider provider)
                            throws IOException {
                        out.writeString(value.toString());
                    }
                });
        module.addDeserializer(Path.class, new StdDeserializer<Path>(Path.class) {
            @Override
            public Path deserialize(JsonParser in, DeserializationContext context) throws IOException {
                return Path.of(in.getText());
            }
        });
        module.addKeyDeserializer(ResourceId.class, new KeyDeserializer() {
            @Override
            public Object deserializeKey(String key, DeserializationContext context) {
                return ResourceId.parse(key);
            }
        });
        return module;
    }
}
