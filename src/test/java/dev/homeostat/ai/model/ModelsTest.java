package dev.homeostat.ai.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.ai.AiEntry;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.ModelCatalog;
import dev.homeostat.ai.Profile;
import dev.homeostat.ai.Stack;
import dev.homeostat.ai.StackFolders;
import dev.homeostat.ai.Stacks;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {
    @TempDir
    private Path home;

    private final Models models = Stacks.models();

    /** What a part gave. */
    private static final class Given implements Contribution {
        final List<Desired<?>> desired = new ArrayList<>();
        final List<String> problems = new ArrayList<>();

        @Override
        public void add(Desired<?> one) {
            desired.add(one);
        }

        @Override
        public void problem(String path, String message) {
            problems.add(path + ": " + message);
        }

        @Override
        public Set<ResourceId> hand(
                Scope scope, String section, String name, JsonNode entry, String path, Set<ResourceId> first) {
            throw new AssertionError("nothing of models is of another section");
        }

        @Override
        public Optional<Place> declared(ResourceId id) {
            return Optional.empty();
        }

        List<String> ids() {
            return desired.stream().map(d -> d.id().toString()).toList();
        }
    }

    private Stack stack(Profile profile, String models) {
        AiEntry entry = Json.read("{\"enabled\": true, \"models\": " + models + "}", AiEntry.class);
        return Stacks.stack(home, entry, profile, path -> new Place(path, 1, 1));
    }

    private Given read(Profile profile, String entry) {
        Given given = new Given();
        models.read(stack(profile, entry), given);
        return given;
    }

    @Test
    void without_a_word_there_are_two_models_for_the_machine_at_hand() {
        Given given = read(Profile.CPU_FULL, "null");
        assertThat(given.problems).isEmpty();
        assertThat(given.ids()).containsExactly("model/anna@qwen3-4b", "model/anna@nomic-embed-text-v1.5");
        assertThat(given.desired).allSatisfy(d -> {
            assertThat(d.requires()).containsExactly(ResourceId.parse("ai/anna@stack"));
            assertThat(d.place().file()).isEqualTo("models");
            assertThat(((ModelSpec) d.spec()).folder()).isEqualTo(home.resolve(".local/share/ai-optimizer/models"));
        });
    }

    @Test
    void what_is_declared_is_there_once() {
        Given given = read(
                Profile.CPU_SLIM,
                "{\"chat\": \"mine\", \"embedding\": \"none\", \"also\": [\"qwen3-4b\", \"mine\"], \"rate\": \"10M\","
                        + " \"own\": {\"mine\": {\"file\": \"/srv/m.gguf\", \"storagePath\": \"Mine.gguf\"}}}");
        assertThat(given.problems).isEmpty();
        assertThat(given.ids()).containsExactly("model/anna@mine", "model/anna@qwen3-4b");
        ModelSpec mine = (ModelSpec) given.desired.getFirst().spec();
        assertThat(mine.file()).isEqualTo("Mine.gguf");
        assertThat(mine.source().file()).isEqualTo("/srv/m.gguf");
        assertThat(mine.rateBytesPerSecond()).isEqualTo(10L << 20);
        assertThat(Json.read(Json.write(mine), ModelSpec.class)).isEqualTo(mine);
    }

    @Test
    void with_the_profile_off_there_are_none() {
        assertThat(read(Profile.OFF, "{\"also\": [\"qwen3-4b\"]}").desired).isEmpty();
    }

    @Test
    void the_server_finds_file_and_length_of_what_was_picked() {
        Stack stack = stack(Profile.CPU_SLIM, "null");
        ModelCatalog.Pick pick = models.pick(stack);
        assertThat(pick.why()).hasSize(2).first().asString().contains("8.6 GB of memory");
        ModelCatalog.RegistryModel model =
                models.find(stack, pick.chat().orElseThrow()).orElseThrow();
        assertThat(model.resource()).hasToString("model/anna@qwen2.5-1.5b-instruct");
        assertThat(model.file())
                .isEqualTo(home.resolve(".local/share/ai-optimizer/models/qwen2.5-1.5b-instruct-q4_k_m.gguf"));
        assertThat(model.bytes()).hasValue(1_117_320_736L);
        assertThat(models.find(stack, "nobody")).isEmpty();
    }

    /** Else a model would be another one as soon as it has filled the disk. */
    @Test
    void what_is_there_or_on_its_way_is_room_that_is_there() throws Exception {
        Path folder = StackFolders.of(home).models();
        Files.createDirectories(folder);
        Stack stack = stack(Profile.CPU_FULL, "null");
        String before = models.pick(stack).chat().orElseThrow();
        Files.writeString(
                folder.resolve(models.find(stack, before).orElseThrow().file().getFileName()), "all of it");
        assertThat(models.pick(stack).chat()).contains(before);
    }
}
