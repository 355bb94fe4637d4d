package dev.homeostat.kind.container;

import static dev.homeostat.kind.container.Machine.assess;
import static dev.homeostat.kind.container.Machine.converge;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.QuadletUnit;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.kind.network.NetworkKind;
import dev.homeostat.kind.network.NetworkSpec;
import dev.homeostat.kind.volume.VolumeKind;
import dev.homeostat.kind.volume.VolumeSpec;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real containers, the system's and a user's. Each test has containers of its own. */
@Tag("system")
class ContainerSystemTest {
    private static final Scope APP = Scope.of("app");
    private static final String IMAGE = "localhost/busybox:1";
    private static Machine machine;

    @BeforeAll
    static void open() throws Exception {
        machine = new Machine();
        for (Scope scope : scopes().toList()) {
            machine.makeImage(scope, IMAGE);
            machine.openPodman(scope);
        }
    }

    @AfterAll
    static void close() {
        machine.close();
    }

    static Stream<Scope> scopes() {
        return Stream.of(Scope.OWN, APP);
    }

    private static Specs sleeper() {
        return Specs.image(IMAGE, "sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait");
    }

    private static void converges(Desired<ContainerSpec> desired) throws Trouble {
        converge(machine.containers, desired);
        assertThat(machine.container(desired.id().scope(), desired.id().name()))
                .hasValueSatisfying(c -> assertThat(c.isRunning()).isTrue());
    }

    private static Container running(Desired<ContainerSpec> d) throws Trouble {
        return machine.container(d.id().scope(), d.id().name()).orElseThrow();
    }

    private static List<String> differing(Desired<ContainerSpec> d) {
        return assess(machine.containers, d).differences().stream()
                .map(Difference::path)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_declared_container_is_made_becomes_healthy_and_answers_on_its_port(Scope scope) throws Exception {
        int port = scope.isOwn() ? 8101 : 8102;
        Desired<ContainerSpec> web = Specs.image(
                        IMAGE, "sh", "-c", "httpd -p 8080 -h /www; trap 'exit 0' TERM; sleep 1000 & wait")
                .ports("127.0.0.1:" + port + ":8080")
                .health(1, 3, "wget", "-q", "-O-", "http://127.0.0.1:8080/")
                .named(scope, "web");
        assertThat(converge(machine.containers, web)).containsExactly("write", "start");
        assertThat(running(web).health()).isEqualTo("healthy");
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                                .timeout(Duration.ofSeconds(10))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.body()).contains("hello");
        converge(machine.containers, Specs.retired(web));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_killed_container_runs_again(Scope scope) throws Exception {
        Desired<ContainerSpec> d = sleeper().named(scope, "killed");
        converges(d);
        String before = running(d).id();
        machine.podman(scope, "kill", "killed");
        converges(d);
        assertThat(running(d).id()).isNotEqualTo(before);
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_removed_container_comes_back(Scope scope) throws Exception {
        Desired<ContainerSpec> d = sleeper().named(scope, "removed");
        converges(d);
        machine.podman(scope, "rm", "-f", "-t", "1", "removed");
        converges(d);
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_container_whose_unit_was_stopped_is_started(Scope scope) throws Exception {
        Desired<ContainerSpec> d = sleeper().named(scope, "stopped");
        converges(d);
        machine.systemd.of(scope).stop(Quadlets.unit("stopped", "container"), Machine.LIMIT);
        assertThat(converge(machine.containers, d)).containsExactly("start");
        converges(d);
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_paused_container_goes_on(Scope scope) throws Exception {
        Desired<ContainerSpec> d = sleeper().named(scope, "paused");
        converges(d);
        String before = running(d).id();
        machine.podman(scope, "pause", "paused");
        assertThat(converge(machine.containers, d)).containsExactly("unpause");
        assertThat(running(d).id()).isEqualTo(before);
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_deleted_or_edited_quadlet_file_is_written_again_without_touching_the_container(Scope scope)
            throws Exception {
        Desired<ContainerSpec> d = sleeper().named(scope, "quadlet");
        converges(d);
        String before = running(d).id();
        Path file = machine.quadlet(d.id());
        String text = Files.readString(file);

        Files.delete(file);
        assertThat(converge(machine.containers, d)).containsExactly("write");
        assertThat(file).hasContent(text);

        Files.writeString(file, text.replace("Restart=always", "Restart=no"));
        assertThat(converge(machine.containers, d)).containsExactly("write");
        assertThat(file).hasContent(text);
        assertThat(running(d).id()).isEqualTo(before);
        converge(machine.containers, Specs.retired(d));
    }

    @Test
    void a_container_made_from_an_edited_quadlet_file_is_made_anew() throws Exception {
        Desired<ContainerSpec> d = sleeper().named(Scope.OWN, "edited");
        converges(d);
        Path file = machine.quadlet(d.id());
        Files.writeString(file, Files.readString(file).replace("[Container]\n", "[Container]\nEnvironment=EVIL=1\n"));
        machine.run("systemctl", "daemon-reload");
        machine.run("systemctl", "restart", "edited.service");
        assertThat(machine.podman(Scope.OWN, "exec", "edited", "env")).contains("EVIL=1");
        assertThat(converge(machine.containers, d)).containsExactly("write", "restart");
        assertThat(machine.podman(Scope.OWN, "exec", "edited", "env")).doesNotContain("EVIL");
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void when_the_tag_is_moved_the_container_is_made_of_the_new_image(Scope scope) throws Exception {
        machine.makeImage(scope, "localhost/moving:1");
        Desired<ContainerSpec> d = Specs.image(
                        "localhost/moving:1", "sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait")
                .named(scope, "moving");
        converges(d);
        String before = running(d).imageId();
        machine.makeImage(scope, "localhost/moving:1", "LABEL version=2");
        assertThat(differing(d)).containsExactly("image");
        assertThat(converge(machine.containers, d)).containsExactly("restart");
        assertThat(running(d).imageId()).isNotEqualTo(before);
        converge(machine.containers, Specs.retired(d));
    }

    @Test
    void a_container_of_an_older_declaration_is_made_anew() throws Exception {
        Desired<ContainerSpec> d = sleeper().named(Scope.OWN, "older");
        converges(d);
        Desired<ContainerSpec> next = sleeper().environment(Map.of("A", "b")).named(Scope.OWN, "older");
        assertThat(differing(next)).containsExactly("quadlet", "declaration");
        assertThat(converge(machine.containers, next)).containsExactly("write", "restart");
        converge(machine.containers, Specs.retired(next));
    }

    @Test
    void values_arrive_in_the_container_as_they_were_written() throws Exception {
        Map<String, String> hostile = Map.of(
                "A",
                "%h %%n $HOME ${HOME} $$",
                "B",
                "say \"hi\" 'x' \\n \\",
                "C",
                "line1\nline2\nPrivileged=true",
                "D",
                " ; rm -rf / #",
                "E",
                "");
        Path folder = Files.createDirectories(Path.of("/srv/a b $x %n"));
        Files.writeString(folder.resolve("here"), "yes");
        Desired<ContainerSpec> d = Specs.image(
                        IMAGE, "sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait", "$HOME %h \"q\"")
                .environment(hostile)
                .labels(Map.of("a", "$HOME %h \"x\" \\"))
                .health(1, 3, "test", "a\"b $HOME %h \\", "=", "a\"b $HOME %h \\")
                .mounts(new Mount(null, folder.toString(), "/srv", true))
                .named(Scope.OWN, "values");
        converges(d);
        for (var e : hostile.entrySet()) {
            assertThat(machine.podman(Scope.OWN, "exec", "values", "sh", "-c", "printf %s. \"$" + e.getKey() + "\""))
                    .isEqualTo((e.getValue() + ".").strip());
        }
        assertThat(running(d).labels()).containsEntry("a", "$HOME %h \"x\" \\");
        assertThat(running(d).health()).isEqualTo("healthy");
        assertThat(machine.podman(Scope.OWN, "exec", "values", "cat", "/srv/here"))
                .isEqualTo("yes");
        assertThat(machine.podman(Scope.OWN, "inspect", "--format", "{{index .Args 2}}", "values"))
                .isEqualTo("$HOME %h \"q\"");
        converge(machine.containers, Specs.retired(d));
    }

    @Test
    void a_changed_secret_file_restarts_the_container_and_shows_nowhere() throws Exception {
        Path secret = Path.of("/etc/secret of web.env");
        Files.writeString(secret, "PASSWORD=hunter1\n");
        Desired<ContainerSpec> d = sleeper().environmentFiles(secret.toString()).named(Scope.OWN, "secret");
        converges(d);
        assertThat(machine.podman(Scope.OWN, "exec", "secret", "env")).contains("PASSWORD=hunter1");
        assertThat(differing(d)).isEmpty();

        Files.writeString(secret, "PASSWORD=hunter2\n");
        assertThat(differing(d)).containsExactly("environmentFiles");
        assertThat(assess(machine.containers, d).toString() + Machine.seen(machine.containers, d))
                .doesNotContain("hunter");
        assertThat(converge(machine.containers, d)).containsExactly("restart");
        assertThat(machine.podman(Scope.OWN, "exec", "secret", "env")).contains("PASSWORD=hunter2");
        assertThat(differing(d)).isEmpty();
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_container_that_starts_is_healthy_long_before_its_interval_and_no_failure_until_then_counts(Scope scope)
            throws Exception {
        Duration interval = Machine.LIMIT.multipliedBy(2);
        Desired<ContainerSpec> d = Specs.image(
                        IMAGE, "sh", "-c", "sleep 4; touch /tmp/well; trap 'exit 0' TERM; sleep 1000 & wait")
                .health(new Health(
                        List.of("test", "-e", "/tmp/well"), interval, Duration.ofSeconds(5), 1, Machine.LIMIT))
                .named(scope, "slow");
        assertThat(converge(machine.containers, d)).containsExactly("write", "start");
        assertThat(running(d).health()).isEqualTo("healthy");
        converge(machine.containers, Specs.retired(d));
    }

    @Test
    @Timeout(60)
    void a_container_that_ends_as_soon_as_it_is_started_is_told_with_its_words() throws Exception {
        Desired<ContainerSpec> d = Specs.image(IMAGE, "sh", "-c", "echo nothing to read from >&2; exit 3")
                .named(Scope.OWN, "hopeless");
        Trouble told = null;
        while (told == null) { // for moments it runs, and looks right
            try {
                converge(machine.containers, d);
            } catch (Trouble t) {
                told = t;
            }
        }
        assertThat(told)
                .hasMessageContaining("container hopeless ends as soon as it is started")
                .hasMessageContaining("nothing to read from");
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void an_unhealthy_container_is_restarted(Scope scope) throws Exception {
        Desired<ContainerSpec> d = Specs.image(
                        IMAGE, "sh", "-c", "touch /tmp/well; trap 'exit 0' TERM; sleep 1000 & wait")
                .health(1, 2, "test", "-e", "/tmp/well")
                .named(scope, "ill");
        converges(d);
        String before = running(d).id();
        machine.podman(scope, "exec", "ill", "rm", "/tmp/well");
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (machine.container(scope, "ill")
                        .filter(c -> c.id().equals(before))
                        .isPresent()
                && System.nanoTime() < end) {
            converge(machine.containers, d);
        }
        converges(d);
        assertThat(running(d).id()).isNotEqualTo(before);
        assertThat(running(d).health()).isEqualTo("healthy");
        converge(machine.containers, Specs.retired(d));
    }

    @Test
    void a_volume_keeps_its_data_when_the_container_is_made_anew_and_when_all_is_removed() throws Exception {
        Desired<VolumeSpec> volume = new Desired<>(
                ResourceId.of(VolumeKind.NAME, "kept"),
                new VolumeSpec(Map.of("a", "b"), false),
                Set.of(),
                Place.NOWHERE);
        assertThat(converge(machine.volumes, volume)).containsExactly("write", "create");
        Desired<ContainerSpec> d = sleeper()
                .mounts(new Mount("kept", null, "/data", null))
                .units("kept-volume.service")
                .named(Scope.OWN, "keeper");
        converges(d);
        machine.podman(Scope.OWN, "exec", "keeper", "sh", "-c", "echo precious > /data/file");
        Desired<ContainerSpec> next = sleeper()
                .mounts(new Mount("kept", null, "/data", null))
                .units("kept-volume.service")
                .environment(Map.of("X", "y"))
                .named(Scope.OWN, "keeper");
        converges(next);
        assertThat(machine.podman(Scope.OWN, "exec", "keeper", "cat", "/data/file"))
                .isEqualTo("precious");

        converge(machine.containers, Specs.retired(next));
        converge(
                machine.volumes,
                new Desired<>(volume.id(), new VolumeSpec(Map.of(), true), Set.of(), Place.NOWHERE, true));
        assertThat(machine.container(Scope.OWN, "keeper")).isEmpty();
        assertThat(machine.quadlet(volume.id())).doesNotExist();
        assertThat(Path.of(
                        machine.podman(Scope.OWN, "volume", "inspect", "--format", "{{.Mountpoint}}", "kept"), "file"))
                .hasContent("precious");
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void a_removed_volume_or_network_is_made_again(Scope scope) throws Exception {
        Desired<VolumeSpec> volume = new Desired<>(
                new ResourceId(VolumeKind.NAME, scope, "gone"),
                new VolumeSpec(Map.of(), false),
                Set.of(),
                Place.NOWHERE);
        converge(machine.volumes, volume);
        machine.podman(scope, "volume", "rm", "gone");
        assertThat(converge(machine.volumes, volume)).containsExactly("create");

        Desired<NetworkSpec> network = network(scope, "lost", "10.91.0.0/24");
        assertThat(converge(machine.networks, network)).containsExactly("write", "create");
        machine.podman(scope, "network", "rm", "lost");
        assertThat(converge(machine.networks, network)).containsExactly("create");
        converge(
                machine.networks,
                new Desired<>(
                        network.id(), new NetworkSpec(null, false, Map.of(), true), Set.of(), Place.NOWHERE, true));
        assertThat(machine.podman(scope, "network", "ls", "--format", "{{.Name}}"))
                .doesNotContain("lost");
    }

    private static Desired<NetworkSpec> network(Scope scope, String name, String subnet) {
        return new Desired<>(
                new ResourceId(NetworkKind.NAME, scope, name),
                new NetworkSpec(subnet, false, Map.of(), false),
                Set.of(),
                Place.NOWHERE);
    }

    @Test
    void a_network_with_other_addresses_is_replaced_and_its_containers_run_again() throws Exception {
        Desired<NetworkSpec> network = network(Scope.OWN, "local", "10.92.0.0/24");
        converge(machine.networks, network);
        Desired<ContainerSpec> d =
                sleeper().networks("local").units("local-network.service").named(Scope.OWN, "networked");
        converges(d);
        assertThat(running(d).networks()).containsExactly("local");
        Desired<NetworkSpec> next = network(Scope.OWN, "local", "10.93.0.0/24");
        assertThat(converge(machine.networks, next)).containsExactly("write", "replace");
        converges(d);
        assertThat(machine.podman(Scope.OWN, "inspect", "networked")).contains("10.93.0.");
        converge(machine.containers, Specs.retired(d));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void somebody_elses_container_is_not_replaced_and_its_maker_is_named(Scope scope) throws Exception {
        machine.podman(scope, "run", "-d", "--name", "foreign", IMAGE, "sleep", "1000");
        Desired<ContainerSpec> d = sleeper().named(scope, "foreign");
        String before = running(d).id();
        var sighting = machine.containers.observe(List.of(d)).get(d.id());
        assertThat(sighting).isInstanceOfSatisfying(Sighting.Unclear.class, unclear -> {
            assertThat(unclear.trouble().sort()).isEqualTo(Trouble.Sort.CONFLICT);
            assertThat(unclear.trouble().sentence()).contains("foreign", IMAGE, "by no unit", "rename");
        });
        assertThat(assess(machine.containers, Specs.retired(d)).inSync()).isTrue();
        assertThat(running(d).id()).isEqualTo(before);
        machine.podman(scope, "rm", "-f", "-t", "0", "foreign");
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void what_is_no_longer_declared_goes(Scope scope) throws Exception {
        Desired<ContainerSpec> d = sleeper().named(scope, "leaving");
        var before = Machine.seen(machine.containers, d);
        assertThat(machine.containers.whenUndeclared(d, before, false))
                .contains(d.spec().retire());
        converges(d);
        assertThat(converge(machine.containers, Specs.retired(d))).containsExactly("stop", "remove");
        assertThat(machine.container(scope, "leaving")).isEmpty();
        assertThat(machine.quadlet(d.id())).doesNotExist();
        assertThat(assess(machine.containers, Specs.retired(d)).inSync()).isTrue();
    }

    @Test
    void a_local_image_that_is_not_there_is_not_pulled() throws Exception {
        Desired<ContainerSpec> d = Specs.image("localhost/nowhere:1").named(Scope.OWN, "imageless");
        var actions = assess(machine.containers, d).actions();
        assertThat(actions.getFirst().verb()).isEqualTo("pull");
        assertThatThrownBy(() -> machine.containers.perform(d, actions.getFirst()))
                .isInstanceOfSatisfying(Trouble.class, t -> assertThat(t.sort()).isEqualTo(Trouble.Sort.INVALID));
    }

    @Test
    void an_image_is_pulled_from_the_registry_its_name_says() throws Exception {
        machine.run("systemctl", "start", "test-registry.service");
        machine.podman(Scope.OWN, "push", "--tls-verify=false", IMAGE, "127.0.0.1:5000/sleeper:1");
        Desired<ContainerSpec> d =
                Specs.image("127.0.0.1:5000/sleeper:1", "sleep", "1000").named(Scope.OWN, "pulled");
        assertThat(converge(machine.containers, d)).containsExactly("pull", "write", "start");
        Desired<ContainerSpec> missing =
                Specs.image("127.0.0.1:5000/nothing:1", "sleep", "1000").named(Scope.OWN, "unpulled");
        var actions = assess(machine.containers, missing).actions();
        assertThatThrownBy(() -> machine.containers.perform(missing, actions.getFirst()))
                .hasMessageContaining("127.0.0.1:5000/nothing:1");
        converge(machine.containers, Specs.retired(d));
    }

    @Test
    void a_closed_socket_is_opened_and_one_that_cannot_be_is_named_with_what_opens_it() throws Exception {
        Desired<ContainerSpec> d = sleeper().named(APP, "unreachable");
        machine.run("systemctl", "--user", "-M", "app@", "stop", "podman.socket", "podman.service");
        assertThat(machine.containers.observe(List.of(d)).get(d.id())).isInstanceOf(Sighting.Seen.class);
        machine.run("systemctl", "--user", "-M", "app@", "mask", "--runtime", "podman.socket");
        try {
            machine.run("systemctl", "--user", "-M", "app@", "stop", "podman.socket", "podman.service");
            assertThat(machine.containers.observe(List.of(d)).get(d.id()))
                    .isInstanceOfSatisfying(
                            Sighting.Unclear.class,
                            unclear -> assertThat(unclear.trouble().sentence())
                                    .contains(
                                            "/run/user/1000/podman/podman.sock",
                                            "masked",
                                            "systemctl --user -M app@ enable --now podman.socket"));
        } finally {
            machine.run("systemctl", "--user", "-M", "app@", "unmask", "--runtime", "podman.socket");
            machine.openPodman(APP);
        }
    }

    /** Prints figures; asserts only what would be a design gone wrong, not the machine's mood. */
    @ParameterizedTest
    @MethodSource("scopes")
    void figures(Scope scope) throws Exception {
        List<Desired<ContainerSpec>> ten = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ten.add(sleeper().named(scope, "many" + i));
            converges(ten.getLast());
        }
        double[] passes = new double[100];
        for (int i = 0; i < passes.length; i++) {
            long start = System.nanoTime();
            var seen = machine.containers.observe(ten);
            for (Desired<ContainerSpec> d : ten) {
                assertThat(seen.get(d.id()))
                        .isInstanceOfSatisfying(
                                Sighting.Seen.class,
                                s -> assertThat(machine.containers
                                                .assess(d, (ContainerSeen) s.observation())
                                                .inSync())
                                        .isTrue());
            }
            passes[i] = (System.nanoTime() - start) / 1e6;
        }
        print(scope, "pass over 10 containers", passes);
        double[] lists = new double[50];
        double[] images = new double[50];
        double[] units = new double[50];
        for (int i = 0; i < lists.length; i++) {
            long start = System.nanoTime();
            machine.podman.of(scope).containers();
            long second = System.nanoTime();
            machine.podman.of(scope).images();
            long third = System.nanoTime();
            machine.systemd
                    .of(scope)
                    .look(ten.stream()
                            .map(d -> Quadlets.unit(d.id().name(), "container"))
                            .toList());
            lists[i] = (second - start) / 1e6;
            images[i] = (third - second) / 1e6;
            units[i] = (System.nanoTime() - third) / 1e6;
        }
        print(scope, "  of it the containers", lists);
        print(scope, "  of it the images", images);
        print(scope, "  of it the units", units);

        Desired<ContainerSpec> one = ten.getFirst();
        double[] again = new double[8];
        for (int i = 0; i < again.length; i++) {
            String before = running(one).id();
            long start;
            long pid = Long.parseLong(machine.podman(scope, "inspect", "--format", "{{.State.Pid}}", "many0"));
            UnitName unit = Quadlets.unit("many0", "container");
            Semaphore news = new Semaphore(0);
            try (var _ = machine.systemd
                    .of(scope)
                    .listen(
                            List.of(unit),
                            QuadletUnit.listener((u, cause) -> news.release(), cause -> news.release()))) {
                machine.systemd.of(scope).resetFailed(unit);
                start = System.nanoTime();
                ProcessHandle.of(pid).orElseThrow().destroyForcibly();
                do {
                    assertThat(news.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
                    news.drainPermits();
                } while (!isRunningAnew(one, before));
            }
            again[i] = (System.nanoTime() - start) / 1e6;
            converges(one);
            assertThat(running(one).id()).isNotEqualTo(before);
        }
        print(scope, "killed -> running", again);

        machine.podman(scope, "run", "-d", "--name", "plain", IMAGE, "sleep", "1000");
        double[] starts = new double[8];
        for (int i = 0; i < starts.length; i++) {
            machine.podman(scope, "stop", "-t", "0", "plain");
            long start = System.nanoTime();
            machine.podman(scope, "start", "plain");
            starts[i] = (System.nanoTime() - start) / 1e6;
        }
        print(scope, "podman start", starts);
        machine.podman(scope, "rm", "-f", "-t", "0", "plain");
        for (Desired<ContainerSpec> d : ten) {
            converge(machine.containers, Specs.retired(d));
        }
    }

    @Test
    void a_users_container_is_told_which_ports_it_may_publish_before_anything_is_started() throws Exception {
        Path setting = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");
        String before = Files.readString(setting).strip();
        Files.writeString(setting, "1024");
        try {
            Desired<ContainerSpec> users = sleeper().ports("127.0.0.1:81:80").named(APP, "low");
            assertThat(machine.containers.observe(List.of(users)).get(users.id()))
                    .isInstanceOfSatisfying(
                            Sighting.Unclear.class,
                            unclear -> assertThat(unclear.trouble().sentence())
                                    .contains(
                                            "port 81/tcp on 127.0.0.1 is root's",
                                            "from 1024 on",
                                            "sysctl net.ipv4.ip_unprivileged_port_start=81"));
            Desired<ContainerSpec> roots = sleeper().ports("127.0.0.1:81:80").named(Scope.OWN, "low");
            assertThat(machine.containers.observe(List.of(roots)).get(roots.id()))
                    .isInstanceOf(Sighting.Seen.class);
            Files.writeString(setting, "81");
            assertThat(machine.containers.observe(List.of(users)).get(users.id()))
                    .isInstanceOf(Sighting.Seen.class);
        } finally {
            Files.writeString(setting, before);
        }
    }

    private static boolean isRunningAnew(Desired<ContainerSpec> d, String before) throws Trouble {
        return machine.systemd
                        .of(d.id().scope())
                        .look(Quadlets.unit(d.id().name(), "container"))
                        .isActive()
                && machine.container(d.id().scope(), d.id().name())
                        .filter(c -> !c.id().equals(before) && !c.state().equals("exited"))
                        .isPresent();
    }

    private static void print(Scope scope, String what, double[] millis) {
        Arrays.sort(millis);
        System.out.printf(
                "%s: %s: p50 %.1f ms, max %.1f ms (n=%d)%n",
                scope, what, millis[millis.length / 2], millis[millis.length - 1], millis.length);
    }
}
