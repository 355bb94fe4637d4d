package dev.homeostat.declaration;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaBuilder;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonModule;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import com.github.victools.jsonschema.module.jakarta.validation.JakartaValidationModule;
import com.github.victools.jsonschema.module.jakarta.validation.JakartaValidationOption;
import dev.homeostat.kind.generation.settings.Graphics;
import dev.homeostat.kind.generation.settings.MaxJobs;
import dev.homeostat.kind.generation.settings.Share;
import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Topic;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Makes the JSON Schema (2020-12) of machine.yaml from the records that the declaration is bound to. */
public final class GeneratedSchema {
    /** A user name as useradd accepts it. */
    private static final String USER_PATTERN = "^[a-z_][a-z0-9_-]{0,30}[$]?$";

    private static final String USER_FORM = "the name of a user of this machine, such as anna";

    private GeneratedSchema() {}

    public static ObjectNode of(List<Section<?>> sections, List<Topic> topics) {
        SchemaBuilder builder = new SchemaGenerator(config().build()).buildMultipleSchemaDefinitions();
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("$schema", SchemaVersion.DRAFT_2020_12.getIdentifier());
        root.put("$id", MachineSchema.ID);
        root.put("title", "machine.yaml");
        root.put("description", "What a machine should be. Homeostat keeps it so.");
        root.put("type", "object");
        root.put("additionalProperties", false);
        root.putArray("required").add("version");
        ObjectNode properties = root.putObject("properties");
        properties
                .putObject("version")
                .put("description", "Version of this format")
                .put("const", 1);
        ObjectNode policy = builder.createSchemaReference(Policy.class);
        policy.put("description", "How the daemon goes about its work");
        properties.set("policy", policy);
        addSections(properties, sections, builder);
        topics.forEach(topic -> topic.keys().forEach(key -> addKey(properties, key, builder)));
        ObjectNode perUser = properties.putObject("users");
        perUser.put(
                "description",
                "What belongs to users of this machine: their own files, services (systemd --user) and rootless containers");
        perUser.put("type", "object");
        perUser.putObject("propertyNames").put("pattern", USER_PATTERN).put(MachineSchema.FORM, USER_FORM);
        ObjectNode user = perUser.putObject("additionalProperties");
        user.put("type", "object");
        user.put("additionalProperties", false);
        addSections(user.putObject("properties"), sections, builder);
        root.set("$defs", builder.collectDefinitions("$defs"));
        return root;
    }

    /** Of one record alone. */
    static ObjectNode ofRecord(Class<? extends Record> type) {
        return (ObjectNode) new SchemaGenerator(config().build()).generateSchema(type);
    }

    private static void addSections(ObjectNode properties, List<Section<?>> sections, SchemaBuilder builder) {
        for (Section<?> section : sections) {
            addMap(
                    properties.putObject(section.key()).put("description", section.about()),
                    new Topic.Names(section.namePattern(), section.nameForm()),
                    section.entryType(),
                    builder);
        }
    }

    private static void addKey(ObjectNode properties, Topic.Key<?> key, SchemaBuilder builder) {
        if (key.isMap()) {
            addMap(properties.putObject(key.name()).put("description", key.about()), key.names(), key.type(), builder);
        } else {
            ObjectNode record = builder.createSchemaReference(key.type());
            record.put("description", key.about());
            properties.set(key.name(), record);
        }
    }

    private static void addMap(ObjectNode node, Topic.Names names, Class<?> entryType, SchemaBuilder builder) {
        node.put("type", "object");
        node.putObject("propertyNames").put("pattern", names.pattern()).put(MachineSchema.FORM, names.form());
        node.set("additionalProperties", builder.createSchemaReference(entryType));
    }

    private static SchemaGeneratorConfigBuilder config() {
        SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(
                        Json.MAPPER, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(new JacksonModule(
                        JacksonOption.FLATTENED_ENUMS_FROM_JSONPROPERTY,
                        JacksonOption.FLATTENED_ENUMS_FROM_JSONVALUE,
                        JacksonOption.RESPECT_JSONPROPERTY_REQUIRED))
                .with(new JakartaValidationModule(
                        JakartaValidationOption.INCLUDE_PATTERN_EXPRESSIONS,
                        JakartaValidationOption.NOT_NULLABLE_FIELD_IS_REQUIRED))
                .with(
                        Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT,
                        Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES,
                        Option.PLAIN_DEFINITION_KEYS)
                .without(Option.SCHEMA_VERSION_INDICATOR);
        config.forTypesInGeneral().withCustomDefinitionProvider(GeneratedSchema::custom);
        config.forFields().withInstanceAttributeOverride((node, field, context) -> {
            Pattern pattern = field.isFakeContainerItemScope()
                    ? field.getContainerItemAnnotation(Pattern.class)
                    : field.getAnnotation(Pattern.class);
            if (pattern != null && !pattern.message().startsWith("{")) { // in braces: Jakarta's default
                node.put(MachineSchema.FORM, pattern.message());
            }
        });
        return config;
    }

    /** Values that are one text in the file. */
    private static CustomDefinition custom(ResolvedType type, SchemaGenerationContext context) {
        Class<?> raw = type.getErasedType();
        ObjectNode text = Json.MAPPER.createObjectNode().put("type", "string");
        if (raw == Duration.class) {
            text.put("pattern", Durations.PATTERN).put(MachineSchema.FORM, Durations.FORM);
        } else if (raw == DataSize.class) {
            text.put("pattern", DataSize.PATTERN).put(MachineSchema.FORM, DataSize.FORM);
        } else if (raw == Instant.class) {
            text.put("format", "date-time");
        } else if (raw == ResourceId.class) {
            text.put("pattern", ResourceId.PATTERN).put(MachineSchema.FORM, ResourceId.FORM);
        } else if (raw == MaxJobs.class) {
            text.remove("type");
            text.putArray("type").add("integer").add("string");
            text.put("minimum", 0).put("maximum", MaxJobs.LIMIT);
            text.put("pattern", MaxJobs.AUTO_PATTERN).put(MachineSchema.FORM, MaxJobs.FORM);
        } else if (raw == Share.class) {
            text.remove("type");
            text.putArray("type").add("integer").add("string");
            text.put("minimum", 1).put("maximum", Share.LIMIT_PERCENT);
            text.put("pattern", Share.PATTERN).put(MachineSchema.FORM, Share.FORM);
        } else if (raw == Graphics.class) {
            text.remove("type");
            text.putArray("type").add("string").add("array");
            text.put("pattern", Graphics.PATTERN).put(MachineSchema.FORM, Graphics.FORM);
            text.putObject("items")
                    .put("type", "string")
                    .putArray("enum")
                    .add("amd")
                    .add("intel")
                    .add("nvidia");
        } else if (JsonNode.class.isAssignableFrom(raw)) {
            return new CustomDefinition(Json.MAPPER.createObjectNode(), true);
        } else {
            return null;
        }
        return new CustomDefinition(text, true);
    }
}
