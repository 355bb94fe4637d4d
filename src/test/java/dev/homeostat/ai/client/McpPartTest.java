package dev.homeostat.ai.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.ai.AiEntry;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.Profile;
import dev.homeostat.ai.Stacks;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class McpPartTest {
    private static final Path HOME = Path.of("/home/anna");

    /** What a declaration of {@code ai.mcp} became. */
    private static final class Told implements Contribution {
        final Map<String, Desired<?>> desired = new TreeMap<>();
        final Map<String, JsonNode> handed = new TreeMap<>();
        final List<String> problems = new ArrayList<>();

        @Override
        public Optional<Place> declared(ResourceId id) {
            return Optional.empty();
        }

        @Override
        public void add(Desired<?> d) {
            desired.put(d.id().toString(), d);
        }

        @Override
        public void problem(String path, String message) {
            problems.add(path + ": " + message);
        }

        @Override
        public Set<ResourceId> hand(
                Scope scope, String section, String name, JsonNode entry, String path, Set<ResourceId> first) {
            handed.put(section + " " + name, entry);
            return Set.of(new ResourceId("file", scope, name));
        }

        ClientSpec client(String name) {
            return (ClientSpec) desired.get("mcp-client/anna@" + name).spec();
        }
    }

    private static Told read(String json) {
        Told told = new Told();
        AiEntry entry = Json.read("{\"enabled\":true,\"mcp\":" + json + "}", AiEntry.class);
        new McpPart().read(Stacks.stack(HOME, entry, Profile.CPU_SLIM, path -> Place.NOWHERE), told);
        return told;
    }

    @Test
    void without_a_word_known_programs_are_told_of_our_own_and_of_nixos() {
        Told told = read("null");
        assertThat(told.problems).isEmpty();
        assertThat(told.desired).hasSize(ClientName.values().length);
        assertThat(told.handed).isEmpty();
        assertThat(told.client("mcp").servers().keySet()).containsExactly("homeostat", "nixos");
        assertThat(told.client("mcp").sign()).isNull();
        assertThat(told.client("cursor").sign()).isEqualTo(HOME.resolve(".cursor"));
        assertThat(told.client("vscode").servers().get("homeostat").toString())
                .isEqualTo("{\"type\":\"stdio\",\"command\":\"homeostat\",\"args\":[\"mcp\"]}");
        assertThat(read("{\"enabled\":false}").desired).isEmpty();
        assertThat(read("{\"servers\":{\"nixos\":{\"enabled\":false}}}")
                        .client("mcp")
                        .servers())
                .containsOnlyKeys("homeostat");
    }

    @Test
    void each_program_gets_addresses_in_its_own_words() {
        Told told = read(
                "{\"http\":8092,\"servers\":{\"docs\":{\"url\":\"https://docs.example.org/mcp\",\"headers\":{\"X-Team\":\"shop\"}}}}");
        assertThat(told.problems).isEmpty();
        assertThat(told.client("mcp").servers().get("homeostat").toString())
                .as("over HTTP it wants a token, which would stand in the file")
                .isEqualTo("{\"command\":\"homeostat\",\"args\":[\"mcp\"]}");
        assertThat(told.client("mcp").servers().get("docs").toString())
                .isEqualTo(
                        "{\"type\":\"http\",\"url\":\"https://docs.example.org/mcp\",\"headers\":{\"X-Team\":\"shop\"}}");
        assertThat(told.client("cursor").servers().get("docs").toString())
                .isEqualTo("{\"url\":\"https://docs.example.org/mcp\",\"headers\":{\"X-Team\":\"shop\"}}");
        assertThat(told.client("gemini").servers().get("docs").has("httpUrl")).isTrue();
        assertThat(told.client("claude-desktop").servers()).containsOnlyKeys("homeostat", "nixos");
    }

    @Test
    void a_server_with_secrets_is_started_by_us_and_only_where_they_are_is_written() {
        Told told = read(
                "{\"clients\":[\"cursor\"],\"servers\":{\"github\":{\"secrets\":{\"GITHUB_PERSONAL_ACCESS_TOKEN\":{\"file\":\"~/token\"}}}}}");
        assertThat(told.problems).isEmpty();
        assertThat(told.desired).hasSize(1);
        assertThat(told.client("cursor").sign()).isNull();
        assertThat(told.client("cursor").servers().get("github").toString())
                .isEqualTo("{\"command\":\"homeostat\",\"args\":[\"mcp\",\"run\",\"github\"]}");
        JsonNode file = told.handed.get("files /home/anna/.config/ai-optimizer/mcp/servers.json");
        assertThat(file.get("mode").asText()).isEqualTo("0600");
        assertThat(Json.read(file.get("content").asText(), LaunchFile.class)
                        .servers()
                        .get("github"))
                .isEqualTo(new LaunchFile.Launch(
                        "podman",
                        List.of(
                                "run",
                                "-i",
                                "--rm",
                                "--network=host",
                                "-e",
                                "GITHUB_PERSONAL_ACCESS_TOKEN",
                                "ghcr.io/github/github-mcp-server"),
                        Map.of(),
                        Map.of(
                                "GITHUB_PERSONAL_ACCESS_TOKEN",
                                new LaunchFile.Secret(HOME.resolve("token"), null, null))));
    }

    @Test
    void ordinary_arguments_and_queries_are_taken_and_no_problem_repeats_a_secret() {
        Told fine = read(
                "{\"servers\":{\"lab\":{\"command\":\"npx\",\"args\":[\"-y\",\"token-counter\",\"--port\",\"80\",\"--max-tokens=100\"]},\"docs\":{\"url\":\"https://docs.example.org/mcp?project=shop\"}}}");
        assertThat(fine.problems).isEmpty();
        Told secret = read(
                "{\"servers\":{\"lab\":{\"command\":\"npx\",\"args\":[\"token-counter\",\"--token\",\"hunter2\"]},\"docs\":{\"url\":\"https://docs.example.org/mcp?key=abc&access_token=hunter2\"}}}");
        assertThat(secret.problems).hasSize(2).noneMatch(problem -> problem.contains("hunter2"));
        assertThat(secret.problems).anyMatch(problem -> problem.startsWith("mcp.servers.lab.args.2: "));
        assertThat(secret.problems).anyMatch(problem -> problem.startsWith("mcp.servers.docs.url: "));
        assertThat(secret.client("mcp").servers()).doesNotContainKeys("lab", "docs");
    }
}
