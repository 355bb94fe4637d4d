package dev.homeostat.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.ai.server.EndpointSpec;
import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.GeneratedSchema;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.kind.catalog.Catalog;
import dev.homeostat.kind.catalog.CatalogSection;
import dev.homeostat.kind.container.ContainerSection;
import dev.homeostat.kind.container.ContainerSpec;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.kind.network.NetworkSection;
import dev.homeostat.kind.port.PortClash;
import dev.homeostat.kind.service.ServiceSection;
import dev.homeostat.kind.service.UnitPlaces;
import dev.homeostat.kind.volume.VolumeSection;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** From the key ai to resources, with every part there is. */
class AiTopicTest {
    private static final Locations LOCATIONS = Locations.system(Map.of());
    private static final Map<String, Account> USERS = Map.of(
            "anna", new Account("anna", 1000, 1000, Path.of("/home/anna")),
            "bob", new Account("bob", 1001, 1001, Path.of("/home/bob")),
            "root", new Account("root", 0, 0, Path.of("/root")));

    /** A machine with these users. */
    private static final Accounts ACCOUNTS = new Accounts() {
        private final NameService real = new NameService();

        @Override
        public Optional<Account> user(String name) {
            return Optional.ofNullable(USERS.get(name));
        }

        @Override
        public Optional<Account> user(int uid) {
            return USERS.values().stream().filter(a -> a.uid() == uid).findFirst();
        }

        @Override
        public Optional<Integer> group(String name) {
            return real.group(name);
        }

        @Override
        public Optional<String> groupName(int gid) {
            return real.groupName(gid);
        }

        @Override
        public List<Integer> groupsOf(Account account) {
            return List.of(account.gid());
        }
    };

    private static Declaration read(String yaml) throws InvalidDeclaration {
        return read(yaml, new Capacity(8L << 30, Optional.empty(), 0, OptionalLong.of(100L << 30), ""));
    }

    private static Declaration read(String yaml, Capacity capacity) throws InvalidDeclaration {
        List<Section<?>> written = List.of(
                new FileSection(LOCATIONS, ACCOUNTS),
                new ServiceSection(new UnitPlaces(LOCATIONS, ACCOUNTS)),
                new ContainerSection(ACCOUNTS, LOCATIONS),
                new VolumeSection(),
                new NetworkSection());
        List<Section<?>> sections = new ArrayList<>(written);
        sections.add(new CatalogSection(new Catalog(LOCATIONS), written, ACCOUNTS, LOCATIONS));
        AiTopic topic = Stacks.topic(sections, ACCOUNTS, capacity);
        DeclarationReader reader = new DeclarationReader(
                sections,
                List.of(topic),
                List.of(new PortClash()),
                LOCATIONS,
                () -> GeneratedSchema.of(sections, List.of(topic)));
        return reader.read(
                new LinkedHashMap<>(Map.of("machine.yaml", ("version: 1\n" + yaml).getBytes(StandardCharsets.UTF_8))));
    }

    private static Desired<?> get(Declaration declaration, String id) {
        return declaration.resources().get(ResourceId.parse(id));
    }

    private static ContainerSpec container(Declaration declaration, String name) {
        return (ContainerSpec) get(declaration, "container/anna@" + name).spec();
    }

    private static String refused(String yaml) {
        try {
            read(yaml);
        } catch (InvalidDeclaration e) {
            return e.getMessage();
        }
        throw new AssertionError("accepted: " + yaml);
    }

    @Test
    void one_line_is_a_whole_stack_and_all_of_it_is_above_the_machine() throws Exception {
        Declaration all = read("ai: {enabled: true, user: anna}\nnetworks: {mine: {}}\n");
        assertThat(all.resources().keySet().stream().map(ResourceId::toString))
                .contains(
                        "ai/anna@stack",
                        "container/anna@model-server",
                        "container/anna@embedding-server",
                        "endpoint/anna@model-server",
                        "endpoint/anna@embedding-server",
                        "endpoint/anna@knowledge",
                        "file/anna@/home/anna/.local/share/ai-optimizer",
                        "model/anna@qwen2.5-1.5b-instruct",
                        "model/anna@nomic-embed-text-v1.5",
                        "network/anna@local-ai",
                        "service/anna@homeostat-documents.service",
                        "service/homeostat-knowledge.service",
                        "mcp-client/anna@mcp",
                        "skill-folder/anna@.claude/skills");
        assertThat(all.resources().values())
                .allSatisfy(d -> assertThat(d.layer())
                        .as(d.id().toString())
                        .isEqualTo(d.id().toString().equals("network/mine") ? Layer.MACHINE : Layer.STACK));
        ContainerSpec server = container(all, "model-server");
        assertThat(server.image()).isEqualTo("ghcr.io/ggml-org/llama.cpp:server");
        assertThat(server.devices()).isEmpty();
        assertThat(server.command())
                .contains("/models/qwen2.5-1.5b-instruct-q4_k_m.gguf", "--ctx-size", "8192")
                .doesNotContain("--metrics");
        assertThat(get(all, "endpoint/anna@model-server").requires())
                .contains(ResourceId.parse("container/anna@model-server"));
        assertThat(get(all, "container/anna@model-server").requires())
                .contains(ResourceId.parse("model/anna@qwen2.5-1.5b-instruct"), ResourceId.parse("ai/anna@stack"));
    }

    @Test
    void a_graphics_card_gets_the_model_and_the_container_gets_the_card() throws Exception {
        Capacity nvidia = new Capacity(64L << 30, Optional.of(Maker.NVIDIA), 24L << 30, OptionalLong.of(1L << 40), "");
        Declaration all = read("ai: {enabled: true, user: anna}\n", nvidia);
        assertThat(container(all, "model-server").devices()).containsExactly("nvidia.com/gpu=all");
        assertThat(container(all, "model-server").image()).endsWith(":server-cuda");
        assertThat(container(all, "model-server").command()).contains("--n-gpu-layers");
        assertThat(container(all, "embedding-server").devices()).isEmpty();
        Capacity amd = new Capacity(64L << 30, Optional.of(Maker.AMD), 16L << 30, OptionalLong.of(1L << 40), "");
        assertThat(container(read("ai: {enabled: true, user: anna}\n", amd), "model-server")
                        .devices())
                .containsExactly("/dev/dri");
    }

    @Test
    void what_is_not_enabled_is_not_there() throws Exception {
        assertThat(read("ai: {user: anna}\n").resources()).isEmpty();
        assertThat(read("ai: {enabled: false, user: nobody-here}\n").resources())
                .isEmpty();
        assertThat(read("ai: {enabled: true, user: anna, profile: 'off'}\n").resources().keySet().stream()
                        .map(ResourceId::kind))
                .doesNotContain("container", "model")
                .contains("endpoint", "skill-folder");
    }

    /** What explain ai says of its owner. */
    private static String whose(String yaml) throws InvalidDeclaration {
        return ((StackSpec) get(read(yaml), "ai/anna@stack").spec()).because().getLast();
    }

    @Test
    void whose_it_is_has_to_be_known() throws Exception {
        assertThat(read("ai: {enabled: true}\nusers: {anna: {networks: {mine: {}}}}\n")
                        .resources())
                .containsKey(ResourceId.parse("ai/anna@stack"));
        assertThat(whose("ai: {enabled: true, user: anna}\n")).isEqualTo("the stack is anna's: ai.user says so");
        assertThat(whose("ai: {enabled: true}\nusers: {anna: {}}\n"))
                .isEqualTo("the stack is anna's: nobody else is under users, and ai.user says nothing");
        assertThat(whose("ai: {enabled: true}\nusers: {anna: {networks: {mine: {}}}, bob: {}}\n"))
                .isEqualTo("the stack is anna's: nobody else has something declared under users, and ai.user says"
                        + " nothing");
        assertThat(refused("ai: {enabled: true}\n"))
                .contains("machine.yaml:2:1: ai: nothing says whose the stack is, for there is nobody under users: add"
                        + " user: NAME");
        assertThat(refused("ai: {enabled: true}\nusers: {anna: {networks: {a: {}}}, bob: {networks: {b: {}}}}\n"))
                .contains("nothing says whose the stack is, for there are several under users: add user: anna, or"
                        + " user: bob");
        assertThat(refused("ai: {enabled: true}\nusers: {anna: {}, bob: {}}\n"))
                .contains("add user: anna, or user: bob");
        Declaration nobodys = read("ai: {enabled: true, user: carl}\nnetworks: {mine: {}}\n");
        assertThat(nobodys.resources().keySet().stream().map(ResourceId::toString))
                .as("the machine is kept, whoever's account is gone")
                .containsExactly("ai/carl@stack", "network/mine");
        assertThat(refused("ai: {enabled: true, user: root}\n")).contains("the stack is not root's");
    }

    @Test
    void a_server_of_somebody_elses_is_asked_and_not_started() throws Exception {
        Declaration all = read(
                "ai: {enabled: true, user: anna, server: {url: 'http://127.0.0.1:11434/v1/', model: 'qwen2.5:7b'}}\n");
        assertThat(all.resources()).doesNotContainKey(ResourceId.parse("container/anna@model-server"));
        EndpointSpec endpoint =
                (EndpointSpec) get(all, "endpoint/anna@model-server").spec();
        assertThat(endpoint.base()).isEqualTo("http://127.0.0.1:11434/v1");
        assertThat(endpoint.model()).isEqualTo("qwen2.5:7b");
        assertThat(refused("ai: {enabled: true, user: anna, server: {url: 'http://127.0.0.1:11434/v1', port: 8005}}\n"))
                .contains("ai.server.url: the server at url is kept by somebody else");
        assertThat(refused("ai: {enabled: true, user: anna, server: {url: 'http://example.com/v1'}}\n"))
                .contains("an address of this machine");
        assertThat(refused("ai: {enabled: true, user: anna, server: {model: x}}\n"))
                .contains("which model answers here is said by ai.models.chat");
    }

    @Test
    void what_the_owner_declares_by_itself_counts() throws Exception {
        Declaration all = read("""
                ai: {enabled: true, user: anna}
                users:
                  anna:
                    networks: {local-ai: {}}
                """);
        assertThat(container(all, "model-server").networks()).contains("local-ai");
        assertThat(get(all, "network/anna@local-ai").layer()).isEqualTo(Layer.MACHINE);
    }

    @Test
    void no_container_of_the_owner_silently_takes_the_place_of_the_stacks() throws Exception {
        String mine = """
                users:
                  anna:
                    containers: {%s: {image: "localhost/mine:1"}}
                """;
        assertThat(refused("ai: {enabled: true, user: anna}\n" + mine.formatted("model-server")))
                .contains(
                        "ai.server: container/anna@model-server is the stack's own, and another container of this name is declared (machine.yaml:5:18): give that another name, or leave the stack's out: ai.server.url: ADDRESS");
        assertThat(refused("ai: {enabled: true, user: anna}\n" + mine.formatted("embedding-server")))
                .contains(
                        "container/anna@embedding-server is the stack's own, and another container of this name is declared (machine.yaml:5:18)",
                        "ai.models.embedding: none");
        assertThat(refused("ai: {enabled: true, user: anna}\nusers: {anna: {catalog: {model-server: }}}\n"))
                .contains("container/anna@model-server is the stack's own");
        for (String server : List.of("server: {url: 'http://127.0.0.1:9000/v1'}", "server: {enabled: false}")) {
            Declaration all =
                    read("ai: {enabled: true, user: anna, " + server + "}\n" + mine.formatted("model-server"));
            assertThat(container(all, "model-server").image()).isEqualTo("localhost/mine:1");
        }
        assertThat(container(
                                read("ai: {enabled: true, user: anna, models: {embedding: none}}\n"
                                        + mine.formatted("embedding-server")),
                                "embedding-server")
                        .image())
                .isEqualTo("localhost/mine:1");
    }

    @Test
    void a_port_that_is_wanted_twice_is_refused_before_anything_is_applied() {
        assertThat(refused("""
                ai: {enabled: true, user: anna}
                containers: {web: {image: "localhost/web:1", ports: ["8000:80"]}}
                """)).contains("8000");
        assertThatThrownBy(() -> read("ai: {enabled: true, user: anna, server: {embeddingPort: 8000}}\n"))
                .isInstanceOf(InvalidDeclaration.class)
                .hasMessageContaining("8000");
    }

    @Test
    void so_is_one_that_the_stack_itself_wants_twice() {
        assertThat(refused("ai: {enabled: true, user: anna, server: {port: 8091}}\n"))
                .contains("ai.knowledge.port: port 8091 is wanted by ai.server.port, too");
        assertThat(refused("ai: {enabled: true, user: anna, mcp: {http: 8000}}\n"))
                .contains("ai.mcp.http: port 8000 is wanted by ai.server.port, too");
    }

    @Test
    void nothing_of_the_machine_may_need_it() {
        assertThat(refused("""
                ai: {enabled: true, user: anna}
                users: {anna: {containers: {mine: {image: "localhost/mine:1", networks: [local-ai]}}}}
                """)).contains("needs network/anna@local-ai, which is part of the AI stack");
    }

    @Test
    void prometheus_is_told_what_to_ask() throws Exception {
        Declaration all = read("ai: {enabled: true, user: anna, observability: true}\n");
        assertThat(Json.write(
                        get(all, "file//etc/prometheus-targets/ai-stack.json").spec()))
                .contains("127.0.0.1:8091", "127.0.0.1:8000", "model-server");
        assertThat(container(all, "model-server").command()).contains("--metrics");
    }
}
