package dev.homeostat.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.kind.generation.settings.Settings;
import dev.homeostat.resource.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The records of the generated system make a JSON Schema that takes what they take, and explains every key. */
class SettingsSchemaTest {
    private static final ObjectNode SCHEMA = GeneratedSchema.ofRecord(Settings.class);

    private static List<String> refused(JsonNode settings) {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(withoutForms(SCHEMA.deepCopy()))
                .validate(settings)
                .stream()
                .map(error -> error.getInstanceLocation().toString())
                .distinct()
                .toList();
    }

    private static JsonNode withoutForms(JsonNode schema) {
        schema.forEach(SettingsSchemaTest::withoutForms);
        if (schema instanceof ObjectNode object) {
            object.remove(MachineSchema.FORM);
        }
        return schema;
    }

    private static List<String> refused(String pointer, String key, String value) throws Exception {
        ObjectNode settings = (ObjectNode) Json.tree(Samples.full());
        ((ObjectNode) settings.at(pointer)).set(key, Json.MAPPER.readTree(value));
        return refused(settings);
    }

    @Test
    void sound_settings_pass() {
        assertThat(refused(Json.tree(Samples.full()))).isEmpty();
    }

    @Test
    void values_are_checked_at_the_door() throws Exception {
        assertThat(refused("/host", "name", "\"-o\"")).containsExactly("/host/name");
        assertThat(refused("/host", "profile", "\"server\"")).containsExactly("/host/profile");
        assertThat(refused("/host", "stateVersion", "25.11")).containsExactly("/host/stateVersion");
        assertThat(refused("/host", "colour", "1")).containsExactly("/host");
        assertThat(refused("/user/git", "email", "\"anna\"")).containsExactly("/user/git/email");
        assertThat(refused("/user", "passwordHash", "\"$6$abc\"")).containsExactly("/user/passwordHash");
        assertThat(refused("/build", "cores", "-1")).containsExactly("/build/cores");
        assertThat(refused("/nixos", "packages", "[\"a;b\"]")).containsExactly("/nixos/packages/0");
        assertThat(refused("/nixos", "modules", "[\"relative.nix\"]")).containsExactly("/nixos/modules/0");
        assertThat(refused("/secrets/entries/db", "mode", "\"4755\"")).containsExactly("/secrets/entries/db/mode");
    }

    @Test
    void max_jobs_is_a_number_or_auto() throws Exception {
        assertThat(refused("/build", "maxJobs", "\"auto\"")).isEmpty();
        assertThat(refused("/build", "maxJobs", "0")).isEmpty();
        for (String wrong : List.of("\"many\"", "-1", "1025", "true", "1.5")) {
            assertThat(refused("/build", "maxJobs", wrong)).as(wrong).containsExactly("/build/maxJobs");
        }
    }

    @Test
    void every_key_is_described() {
        List<String> silent = new ArrayList<>();
        describe("", SCHEMA, silent);
        // the keys of the declaration itself: their descriptions are those of the sections
        silent.removeIf(key -> key.lastIndexOf('/') == 0);
        assertThat(silent).isEmpty();
    }

    private static void describe(String at, JsonNode schema, List<String> silent) {
        schema.path("properties").properties().forEach(property -> {
            if (!property.getValue().has("description")) {
                silent.add(at + "/" + property.getKey());
            }
            describe(at + "/" + property.getKey(), property.getValue(), silent);
        });
        for (String below : List.of("items", "additionalProperties")) {
            if (schema.path(below).isObject()) {
                describe(at + "/*", schema.get(below), silent);
            }
        }
        schema.path("$defs").properties().forEach(type -> describe(at + "/" + type.getKey(), type.getValue(), silent));
    }
}
