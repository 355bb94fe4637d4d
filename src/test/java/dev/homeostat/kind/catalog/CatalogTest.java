package dev.homeostat.kind.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.GeneratedSchema;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.kind.container.ContainerSection;
import dev.homeostat.kind.container.ContainerSpec;
import dev.homeostat.kind.generation.GenerationSpec;
import dev.homeostat.kind.generation.GenerationTopic;
import dev.homeostat.kind.generation.SystemSource;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.network.NetworkSection;
import dev.homeostat.kind.service.ServiceSection;
import dev.homeostat.kind.service.UnitPlaces;
import dev.homeostat.kind.volume.VolumeSection;
import dev.homeostat.resource.Catalogue;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Preset;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogTest {
    static final Path FOLDER = Path.of("templates/catalog");
    private static final Locations LOCATIONS = Locations.system(Map.of());
    private static final Catalog CATALOG = new Catalog(LOCATIONS);
    private static final String HOST = "version: 1\nhost: {name: bench, stateVersion: \"25.11\"}\n";

    private static Declaration read(Catalog catalog, String yaml) throws InvalidDeclaration {
        NameService accounts = new NameService();
        List<Section<?>> sections = new ArrayList<>(List.of(
                new ContainerSection(accounts, LOCATIONS),
                new VolumeSection(),
                new NetworkSection(),
                new ServiceSection(new UnitPlaces(LOCATIONS, accounts))));
        sections.add(new CatalogSection(catalog, List.copyOf(sections), accounts, LOCATIONS));
        List<Topic> topics = List.of(new GenerationTopic());
        return new DeclarationReader(
                        sections,
                        topics,
                        List.of(new CatalogClash(catalog)),
                        LOCATIONS,
                        () -> GeneratedSchema.of(sections, topics))
                .read(new LinkedHashMap<>(Map.of("machine.yaml", yaml.getBytes(UTF_8))));
    }

    private static Map<ResourceId, Desired<?>> resources(String yaml) throws InvalidDeclaration {
        return read(CATALOG, yaml).resources();
    }

    private static Desired<?> resource(String id, String yaml) throws InvalidDeclaration {
        Map<ResourceId, Desired<?>> all = resources(yaml);
        assertThat(all).containsKey(ResourceId.parse(id));
        return all.get(ResourceId.parse(id));
    }

    private static ContainerSpec container(String id, String yaml) throws InvalidDeclaration {
        return (ContainerSpec) resource(id, yaml).spec();
    }

    private static Stream<String> names() {
        return CATALOG.offers().stream().map(Catalogue.Offer::name);
    }

    // ---- the entries

    @Test
    void everything_that_was_promised_is_there() {
        assertThat(names())
                .contains(
                        "automatic-upgrades",
                        "fail2ban",
                        "gitea",
                        "grafana",
                        "jupyter",
                        "libvirt",
                        "mindsdb",
                        "netdata",
                        "nginx",
                        "node-exporter",
                        "ollama",
                        "open-webui",
                        "postgres",
                        "prometheus",
                        "qdrant",
                        "redis",
                        "redisinsight");
    }

    @Test
    void there_is_an_entry_for_each_file_and_no_other() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(names())
                    .containsExactlyElementsOf(
                            files.map(file -> file.getFileName().toString())
                                    .filter(name -> name.endsWith(".yaml"))
                                    .map(name -> name.substring(0, name.length() - ".yaml".length()))
                                    .sorted()
                                    .toList());
        }
    }

    private static Stream<String> lines() {
        return CATALOG.offers().stream()
                .flatMap(offer -> offer.forms().stream().map(form -> offer.name() + ": {as: " + form.label() + "}"));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void every_entry_can_be_declared_with_one_line_in_each_of_its_ways(String line) throws Exception {
        String name = line.substring(0, line.indexOf(':'));
        Map<ResourceId, Desired<?>> made = resources(HOST + "catalog:\n  " + line + "\n");
        assertThat(made.values().stream().filter(d -> d.preset() != null))
                .isNotEmpty()
                .allSatisfy(d -> {
                    assertThat(d.preset()).hasToString("the catalogue entry " + name);
                    assertThat(d.place().line()).isEqualTo(4);
                });
        if (line.endsWith("container}")) {
            assertThat(container("container/" + name, HOST + "catalog:\n  " + line + "\n")
                            .ports())
                    .hasSameSizeAs(CATALOG.offer(name).orElseThrow().ports())
                    .allSatisfy(port -> assertThat(port.address()).isEqualTo("127.0.0.1"));
        } else {
            assertThat(options(made, name)).isNotEmpty();
        }
    }

    private static Map<String, ?> options(Map<ResourceId, Desired<?>> made, String entry) {
        GenerationSpec spec = (GenerationSpec) made.get(GenerationTopic.ID).spec();
        DeclaredElsewhere elsewhere = ((SystemSource.Generated) spec.source()).elsewhere();
        return elsewhere.catalog().options().get(entry);
    }

    @Test
    void all_of_them_together_want_no_port_twice() throws Exception {
        String all = names().map(name -> "  " + name + ":\n").collect(Collectors.joining());
        assertThat(resources(HOST + "catalog:\n" + all)).hasSizeGreaterThan(30);
        Set<Integer> ports = new TreeSet<>();
        CATALOG.offers()
                .forEach(offer -> offer.ports()
                        .forEach(port -> assertThat(ports.add(port.number()))
                                .as("%s %s", offer.name(), port)
                                .isTrue()));
    }

    // ---- what an entry becomes

    @Test
    void names_of_networks_and_volumes_come_from_one_place() throws Exception {
        Map<ResourceId, Desired<?>> made = resources(
                "version: 1\ncatalog: {ollama: , open-webui: , qdrant: }\nvolumes: {ollama-data: {labels: {a: b}}}\n");
        assertThat(made.keySet().stream().map(ResourceId::toString))
                .containsExactlyInAnyOrder(
                        "container/ollama",
                        "container/open-webui",
                        "container/qdrant",
                        "network/local-ai",
                        "secret/open-webui-key",
                        "volume/ollama-data",
                        "volume/open-webui-data",
                        "volume/qdrant-data");
        made.values().stream()
                .filter(d -> d.spec() instanceof ContainerSpec)
                .forEach(d -> assertThat(((ContainerSpec) d.spec()).units())
                        .as("the unit that podman's generator makes of the declared network")
                        .contains("local-ai-network.service"));
        assertThat(made.get(ResourceId.parse("container/open-webui")).requires())
                .contains(
                        ResourceId.parse("container/ollama"),
                        ResourceId.parse("network/local-ai"),
                        ResourceId.parse("secret/open-webui-key"));
        assertThat(Json.tree(made.get(ResourceId.parse("volume/ollama-data")).spec())
                        .at("/labels/a")
                        .asText())
                .as("one that is declared by itself goes before")
                .isEqualTo("b");
    }

    @Test
    void what_differs_is_said_and_the_rest_stays() throws Exception {
        ContainerSpec redis = container("container/redis", """
                version: 1
                catalog:
                  redis:
                    port: 6380
                    address: "::1"
                    image: localhost/redis:1
                    command: [redis-server, --save, "60"]
                    environment: {A: b}
                    health: {interval: 1s}
                    memory: 64M
                """);
        assertThat(redis.image()).isEqualTo("localhost/redis:1");
        assertThat(redis.command()).containsExactly("redis-server", "--save", "60");
        assertThat(redis.environment()).containsOnly(Map.entry("A", "b"));
        assertThat(redis.ports()).hasToString("[[::1]:6380:6379/tcp]");
        assertThat(Json.write(redis.health()))
                .isEqualTo(
                        "{\"command\":[\"redis-cli\",\"ping\"],\"interval\":\"1s\",\"timeout\":\"3s\",\"retries\":5}");
        assertThat(Json.tree(redis.resources()).get("memory").asText()).isEqualTo("64M");
        assertThat(container("container/qdrant", "version: 1\ncatalog: {qdrant: {ports: {grpc: 7000}}}")
                        .ports())
                .hasToString("[127.0.0.1:6333:6333/tcp, 127.0.0.1:7000:6334/tcp]");
    }

    @Test
    void a_service_is_options_of_the_system_and_a_unit_that_runs() throws Exception {
        Map<ResourceId, Desired<?>> made = resources(HOST + "catalog: {redis: {as: service, port: 6380}}");
        assertThat(made.keySet().stream().map(ResourceId::toString))
                .containsExactlyInAnyOrder("generation/system", "service/redis-main.service");
        Desired<?> unit = made.get(ResourceId.parse("service/redis-main.service"));
        assertThat(unit.requires()).contains(GenerationTopic.ID);
        assertThat(unit.preset())
                .isEqualTo(new Preset(
                        "redis", Preset.Form.SERVICE, List.of(new HostPort("127.0.0.1", 6380, HostPort.Protocol.TCP))));
        assertThat(Json.write(options(made, "redis")))
                .isEqualTo("{\"services.redis.servers.main.bind\":\"127.0.0.1\","
                        + "\"services.redis.servers.main.enable\":true,\"services.redis.servers.main.port\":6380}");
    }

    @Test
    void a_users_entry_is_a_container_of_that_user() throws Exception {
        Desired<?> secret =
                resource("secret/root@postgres-password", "version: 1\nusers: {root: {catalog: {postgres: }}}");
        assertThat(((SecretSpec) secret.spec()).file())
                .isEqualTo(Path.of("/root/.local/state/homeostat/secrets/postgres-password.env"));
        assertThat(container("container/root@gitea", "version: 1\nusers: {root: {catalog: {gitea: }}}")
                        .ports())
                .as("where a service cannot be, nobody has to say so")
                .hasSize(2);
    }

    @Test
    void a_secret_is_named_and_not_said() throws Exception {
        ContainerSpec postgres = container("container/postgres", "version: 1\ncatalog: {postgres: }");
        assertThat(postgres.environmentFiles()).containsExactly("/var/lib/homeostat/secrets/postgres-password.env");
        assertThat(postgres.environment()).isEmpty();
    }

    // ---- one more

    private static Path copy(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        return folder;
    }

    @Test
    void a_file_that_is_put_there_is_listed_and_documented_and_can_be_declared(@TempDir Path folder) throws Exception {
        Files.writeString(copy(folder).resolve("echo.yaml"), """
                about: Says what it is told
                ports:
                  http: {number: 7777, about: HTTP}
                waitsFor: [redis]
                container:
                  image: localhost/echo:1
                  data: {echo-data: /data}
                """);
        Catalog catalog = new Catalog(LOCATIONS, folder);
        assertThat(catalog.offer("echo").orElseThrow().about()).isEqualTo("Says what it is told");
        assertThat(CatalogPages.guide(catalog))
                .contains("| `echo` | container | 7777 http | `echo-data` |  | Says what it is told |");
        Declaration declared = read(catalog, "version: 1\ncatalog: {echo: }");
        assertThat(declared.resources().keySet().stream().map(ResourceId::toString))
                .containsExactly("container/echo", "volume/echo-data");
        assertThat(CATALOG.offer("echo")).isEmpty();
    }

    @Test
    void an_entry_that_is_wrong_is_told_by_its_name(@TempDir Path folder) throws Exception {
        for (Map.Entry<String, String> wrong : Map.of(
                        "about: a", "it has neither a container nor a service",
                        "container: {image: localhost/a:1}", "about is missing",
                        "about: a\ncolour: red\ncontainer: {image: localhost/a:1}", "Unrecognized field \"colour\"",
                        "about: a\nports: {http: {number: 0}}\ncontainer: {image: localhost/a:1}", "not a port: 0",
                        "about: a\ncontainer: {image: localhost/a:1, environment: {A: \"${http}\"}}",
                                "there is no port http",
                        "about: a\nconflicts: [nobody]\ncontainer: {image: localhost/a:1}",
                                "names nobody, which is no other entry")
                .entrySet()) {
            Files.writeString(folder.resolve("wrong.yaml"), wrong.getKey());
            Catalog catalog = new Catalog(LOCATIONS, folder);
            assertThatThrownBy(catalog::offers)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("entry wrong")
                    .hasMessageContaining(wrong.getValue());
        }
    }

    @Test
    void entries_that_do_not_go_together_are_refused(@TempDir Path folder) throws Exception {
        Files.writeString(
                copy(folder).resolve("valkey.yaml"),
                "about: another\nconflicts: [redis]\ncontainer: {image: localhost/valkey:1}\n");
        Catalog catalog = new Catalog(LOCATIONS, folder);
        assertThatThrownBy(() -> read(catalog, "version: 1\ncatalog:\n  redis:\n  valkey:\n"))
                .isInstanceOfSatisfying(
                        InvalidDeclaration.class,
                        e -> assertThat(e.problems())
                                .extracting(Problem::toString)
                                .containsExactly("machine.yaml:4:10: catalog.valkey: valkey and redis (catalog.redis,"
                                        + " machine.yaml:3:9) do not go together: keep one of them"));
    }
}
