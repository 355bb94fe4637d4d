package dev.homeostat.kind.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.kind.port.PortClash;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.SystemOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContainerSectionTest {
    private final ContainerSection section = new ContainerSection(new NameService(), Locations.system(Map.of()));
    private final List<String> problems = new ArrayList<>();
    private final List<Desired<?>> found = new ArrayList<>();

    private ContainerSpec read(String yaml) throws JsonProcessingException {
        return read(Scope.OWN, "web", new Place("machine.yaml", 1, 1), yaml);
    }

    private ContainerSpec read(Scope scope, String name, Place place, String yaml) throws JsonProcessingException {
        ContainerEntry entry = Json.MAPPER.treeToValue(new YAMLMapper().readTree(yaml), ContainerEntry.class);
        section.read(new Section.Entry<>(scope, name, entry, place, field -> place), new Section.Resources() {
            @Override
            public void ask(SystemOptions options) {
                throw new AssertionError("nothing is asked of the system here");
            }

            @Override
            public void add(Desired<?> desired) {
                found.add(desired);
            }

            @Override
            public void problem(Section.Entry<?> of, String field, String message) {
                problems.add(field + ": " + message);
            }

            @Override
            public void names(Section.Entry<?> of, String field, ResourceId id) {
                // whether it is declared, the whole declaration says
            }
        });
        return found.isEmpty() ? null : (ContainerSpec) found.getLast().spec();
    }

    @Test
    void everything_that_can_be_said_is_read() throws JsonProcessingException {
        ContainerSpec spec = read("""
                image: localhost/busybox:1
                command: [httpd, -f, -p, "8080"]
                environment: {A: b}
                environmentFiles: [/etc/web.env]
                ports: ["127.0.0.1:8080:8080/tcp"]
                mounts: [{volume: web-data, path: /data}, {host: /srv/data, path: /srv, readOnly: true}]
                networks: [local]
                health: {command: [wget, -q, -O-, "http://127.0.0.1:8080/"], interval: 10s, timeout: 5s, retries: 3, start: 5s}
                restart: on-failure
                resources: {memory: 512M, cpus: 1.5, pids: 200}
                labels: {a: b}
                requires: [container/db]
                """);
        assertThat(problems).isEmpty();
        assertThat(spec.restart()).isEqualTo(Restart.ON_FAILURE);
        assertThat(spec.units())
                .containsExactlyInAnyOrder("web-data-volume.service", "local-network.service", "db.service");
        assertThat(found.getLast().requires())
                .contains(
                        ResourceId.parse("container/db"),
                        ResourceId.parse("volume/web-data"),
                        ResourceId.parse("network/local"),
                        ResourceId.parse("file//srv/data"),
                        ResourceId.parse("file//etc/web.env"));
        assertThat(Json.read(Json.write(spec), ContainerSpec.class)).isEqualTo(spec);
    }

    @Test
    void all_mistakes_are_told_at_once() throws JsonProcessingException {
        read("""
                image: busybox
                ports: ["80", "70000:1", "300.1.1.1:1:1"]
                mounts: [{path: /a}, {volume: a, host: /b, path: /c}, {host: "/a:b", path: /c}, {host: /x, path: relative}]
                networks: [host, other]
                environmentFiles: [/etc/../secret]
                labels: {dev.homeostat.spec: mine}
                requires: [nonsense]
                """);
        assertThat(found).isEmpty();
        assertThat(problems)
                .hasSize(12)
                .anyMatch(p -> p.startsWith(
                        "image: \"busybox\" names no registry: write it in full, such as docker.io/library/busybox"))
                .anyMatch(p -> p.startsWith("ports.1: 70000 is not a port"))
                .anyMatch(p -> p.startsWith("mounts.1: needs either"));
    }

    @Test
    void a_port_is_published_once_over_all_scopes() throws JsonProcessingException {
        read(Scope.OWN, "a", new Place("machine.yaml", 3, 3), "{image: localhost/x, ports: [\"127.0.0.1:3000:1\"]}");
        read(Scope.of("root"), "b", new Place("machine.d/b.yaml", 7, 5), "{image: localhost/x, ports: [\"3000:1\"]}");
        read(
                Scope.OWN,
                "c",
                Place.NOWHERE,
                "{image: localhost/x, ports: [\"3000:1/udp\", \"[::1]:3001:1\", \"127.0.0.1:3001:1\"]}");
        assertThat(new PortClash().check(found))
                .containsExactly(
                        new Problem(
                                new Place("machine.d/b.yaml", 7, 5),
                                "users.root.containers.b.ports",
                                "port 3000/tcp on all addresses is already wanted by container/a on 127.0.0.1 (machine.yaml:3:3): choose another one"));
    }

    @Test
    void a_quadlet_file_is_not_declared_beside_its_container() throws JsonProcessingException {
        read(Scope.OWN, "web", new Place("machine.yaml", 3, 3), "{image: localhost/x}");
        found.add(new Desired<>(
                ResourceId.parse("file//etc/containers/systemd/web.container"),
                found.getFirst().spec(),
                java.util.Set.of(),
                new Place("machine.yaml", 9, 3)));
        found.add(new Desired<>(
                ResourceId.parse("file//etc/containers/systemd/web.volume"),
                found.getFirst().spec(),
                java.util.Set.of(),
                Place.NOWHERE));
        assertThat(new UnitClash().check(found))
                .containsExactly(new Problem(
                        new Place("machine.yaml", 9, 3),
                        "files./etc/containers/systemd/web.container",
                        "it is the Quadlet file of container/web (machine.yaml:3:3): declare one of them"));
    }

    @Test
    void a_unit_is_declared_once() throws JsonProcessingException {
        read(Scope.OWN, "web-volume", new Place("machine.yaml", 3, 3), "{image: localhost/x}");
        found.add(new Desired<>(
                ResourceId.parse("volume/web"),
                found.getFirst().spec(),
                java.util.Set.of(),
                new Place("machine.yaml", 9, 3)));
        found.add(new Desired<>(
                ResourceId.parse("service/cron.service"), found.getFirst().spec(), java.util.Set.of(), Place.NOWHERE));
        assertThat(new UnitClash().check(found))
                .singleElement()
                .satisfies(
                        p -> assertThat(p.message())
                                .isEqualTo(
                                        "volume/web and container/web-volume (machine.yaml:3:3) would both be the unit web-volume.service: rename one of them"));
    }
}
