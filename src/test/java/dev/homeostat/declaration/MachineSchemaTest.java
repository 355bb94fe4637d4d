package dev.homeostat.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Section;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachineSchemaTest {
    /** Of the source tree, where the build runs. */
    private static final Path FILE = Path.of("src/main/resources" + MachineSchema.RESOURCE);

    @Test
    void the_kept_schema_is_what_the_records_say() throws Exception {
        List<Section<?>> sections = new ArrayList<>(Readers.sections());
        sections.sort(Comparator.comparing(Section::key));
        ObjectNode generated = GeneratedSchema.of(sections, Readers.topics());
        if (Boolean.getBoolean("schema.write")) {
            Files.writeString(FILE, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(generated) + "\n");
        }
        assertThat(Json.MAPPER.readTree(FILE.toFile()))
                .as("%s is another: mvn test -Dtest=MachineSchemaTest -Dschema.write=true", FILE)
                .isEqualTo(Json.MAPPER.readTree(generated.toString()));
    }

    @Test
    void what_cannot_be_read_is_not_offered() {
        ObjectNode schema = MachineSchema.of(List.of(), List.of(), true);
        assertThat(schema.get("properties").fieldNames()).toIterable().containsOnly("version", "policy", "users");
        assertThat(schema.at("/properties/users/additionalProperties/properties"))
                .isEmpty();
        assertThat(MachineSchema.of(List.of(), Readers.topics(), false)
                        .get("properties")
                        .fieldNames())
                .toIterable()
                .containsOnly("version", "policy");
    }
}
