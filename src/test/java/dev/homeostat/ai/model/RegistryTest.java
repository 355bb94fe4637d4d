package dev.homeostat.ai.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.ai.Means;
import dev.homeostat.ai.ModelCatalog.Pick;
import dev.homeostat.ai.Profile;
import dev.homeostat.resource.Trouble;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryTest {
    private static final long GB = 1_000_000_000L;
    private static final long PLENTY = 1000 * GB;
    private static final Registry REGISTRY = Registry.ofProgram();

    private static Pick pick(Means means) {
        return ModelChoice.of(REGISTRY.models().values(), null, null, means);
    }

    private static String chat(Profile profile, long vramGb, long ramGb, long freeGb, String... there) {
        return pick(new Means(profile, vramGb * GB, ramGb * GB, freeGb * GB, Set.of(there)))
                .chat()
                .orElse("none");
    }

    // ---- the registry that comes along

    @Test
    void every_model_of_the_program_says_what_it_is_to_be() {
        assertThat(REGISTRY.models()).hasSizeGreaterThanOrEqualTo(6);
        assertThat(REGISTRY.models().values()).allSatisfy(m -> {
            assertThat(m.source().url()).startsWith("https://").doesNotContain("/main/");
            assertThat(m.source().sha256()).matches("[0-9a-f]{64}");
            assertThat(m.source().bytes()).isGreaterThan(100_000_000);
        });
        assertThat(REGISTRY.models().values().stream()
                        .map(m -> m.source().sha256())
                        .distinct())
                .hasSize(REGISTRY.models().size());
    }

    // ---- the choice

    @ParameterizedTest
    @CsvSource({
        "GPU, 24, 8, 500, qwen2.5-14b-instruct",
        "GPU, 23, 8, 500, qwen2.5-7b-instruct",
        "GPU, 16, 8, 500, qwen2.5-7b-instruct",
        "GPU, 15, 8, 500, qwen3-4b",
        "GPU, 12, 8, 500, qwen3-4b",
        "GPU, 11, 8, 500, qwen2.5-1.5b-instruct",
        "GPU, 0, 0, 500, qwen2.5-1.5b-instruct",
        "CPU_FULL, 0, 64, 500, qwen2.5-7b-instruct",
        "CPU_FULL, 0, 8, 500, qwen3-4b",
        "CPU_FULL, 0, 4, 500, qwen2.5-1.5b-instruct",
        "CPU_SLIM, 0, 64, 500, qwen2.5-1.5b-instruct",
        "CPU_SLIM, 0, 2, 500, qwen2.5-0.5b-instruct",
        "GPU, 24, 8, 12, qwen2.5-7b-instruct",
        "GPU, 24, 8, 5, none",
        "OFF, 24, 64, 500, none"
    })
    void the_largest_that_suits_is_chosen(Profile profile, long vramGb, long ramGb, long freeGb, String expected) {
        assertThat(chat(profile, vramGb, ramGb, freeGb)).isEqualTo(expected);
    }

    @Test
    void what_is_in_place_needs_no_more_room() {
        assertThat(chat(Profile.GPU, 24, 8, 1, "qwen2.5-14b-instruct")).isEqualTo("qwen2.5-14b-instruct");
    }

    @Test
    void it_is_said_why() {
        Pick pick = pick(new Means(Profile.GPU, 24 * GB, 8 * GB, 12 * GB, Set.of()));
        assertThat(pick.embedding()).contains("nomic-embed-text-v1.5");
        assertThat(pick.why())
                .containsExactly(
                        "qwen2.5-7b-instruct for chat: profile gpu, 24 GB of memory on the graphics card, of which it wants"
                                + " 16 GB; there is no room for qwen2.5-14b-instruct: 12 GB are free",
                        "nomic-embed-text-v1.5 for embedding: profile gpu, 24 GB of memory on the graphics card");
    }

    @Test
    void what_is_declared_counts_before_all_else() {
        Means means = new Means(Profile.CPU_SLIM, 0, GB, PLENTY, Set.of());
        Pick pick = ModelChoice.of(REGISTRY.models().values(), "qwen2.5-14b-instruct", "none", means);
        assertThat(pick.chat()).contains("qwen2.5-14b-instruct");
        assertThat(pick.embedding()).isEmpty();
        assertThat(pick.why()).allMatch(why -> why.contains("so it is declared"));
    }

    /** More memory never means a smaller model. */
    @Property
    void the_choice_grows_with_the_memory(
            @ForAll @LongRange(min = 0, max = 64) long less, @ForAll @LongRange(min = 0, max = 64) long more) {
        List<String> order = List.of(
                "qwen2.5-0.5b-instruct",
                "qwen2.5-1.5b-instruct",
                "qwen3-4b",
                "qwen2.5-7b-instruct",
                "qwen2.5-14b-instruct");
        for (Profile profile : List.of(Profile.GPU, Profile.CPU_FULL, Profile.CPU_SLIM)) {
            String small = chat(profile, Math.min(less, more), Math.min(less, more), 1000);
            String large = chat(profile, Math.max(less, more), Math.max(less, more), 1000);
            assertThat(order.indexOf(large))
                    .isGreaterThanOrEqualTo(order.indexOf(small))
                    .isNotNegative();
        }
    }

    // ---- registries that are wrong

    private static String model(String more) {
        return "{\"models\": [{\"id\": \"a\", \"runtime\": \"llama.cpp\", \"backend\": \"ggml\", \"ai_profiles\": [\"gpu\"],"
                + " \"source\": {\"url\": \"https://example.org/a.gguf\"}" + more + "}]}";
    }

    private static void refused(String registry, String... sentences) {
        assertThatThrownBy(() -> Registry.parse(registry))
                .isInstanceOf(Trouble.class)
                .satisfies(t -> assertThat(((Trouble) t).sentence()).contains(sentences));
    }

    @Test
    void the_least_that_a_model_says_is_enough() throws Exception {
        Registered model = Registry.parse(model("")).models().get("a");
        assertThat(model.file()).isEqualTo("a.gguf");
        assertThat(model.name()).isEqualTo("a");
        assertThat(model.tasks()).containsExactly("chat");
        assertThat(model.source().sha256()).isNull();
    }

    @Test
    void all_that_is_wrong_with_a_registry_is_told() {
        refused("", "not a registry of models");
        refused("[]", "not a registry of models");
        refused("{}", "it has no list models");
        refused("{\"models\": [null]}", "models[0]: is null");
        refused(
                "{\"models\": [{}]}",
                "models[0].id: is required",
                "models[0].runtime: is required",
                "models[0].backend: is required",
                "models[0].ai_profiles: is required",
                "source.url: is required");
        refused(model(", \"colour\": \"red\""), "colour");
        refused(model(", \"storage_path\": \"../up\""), "models[0] (a).storage_path: expected the name of a file");
        refused(model(", \"storage_path\": \"a.part\""), "not ending in .part");
        refused(model(", \"quantization\": {\"bits\": 99}"), "quantization.bits: expected 1 to 64, found 99");
        refused(model(", \"memory\": {\"ram_bytes\": -1}"), "memory.ram_bytes: expected no less than 0");
        refused(model("").replace("\"gpu\"", "\"off\""), "ai_profiles: expected gpu, cpu_full, cpu_slim, found off");
        refused(model("").replace("https:", "http:"), "source.url: what http brings can be changed");
        refused(model("").replace("https://", "https://a:b@"), "source.url: expected https://HOST/");
        refused(model("").replace("\"}", "\", \"sha256\": \"abc\"}"), "source.sha256: expected 64 hexadecimal digits");
        refused(model("").replace("\"}", "\", \"bytes\": 0}"), "source.bytes: expected at least 1, found 0");
        String one = model("").substring("{\"models\": [".length(), model("").length() - 2);
        refused("{\"models\": [" + one + ", " + one + "]}", "models[1] (a).id: there is another model of that id");
        refused(
                "{\"models\": ["
                        + one.replace("\"a\"", "\"b\"").replace("{\"id\"", "{\"storage_path\": \"a.gguf\", \"id\"")
                        + ", " + one + "]}",
                "a.gguf is the file of b already");
    }
}
