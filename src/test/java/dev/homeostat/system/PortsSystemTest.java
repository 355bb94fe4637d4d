package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ports that are wanted twice, held by processes, units and containers, those of a user and inside a container too. */
@Tag("system")
class PortsSystemTest {
    private static final String POLICY = "policy: {resync: 1d, backoff: {initial: 200ms, limit: 500ms}}\n";
    private static final String SLEEPS = "command: [sh, -c, \"trap 'exit 0' TERM; sleep 1000 & wait\"]";
    private static final String SERVES =
            "command: [sh, -c, \"httpd -p 8080 -h /www; trap 'exit 0' TERM; sleep 1000 & wait\"]";

    private static final Path UNITS = Path.of("/run/systemd/system");

    @BeforeAll
    static void begin() {
        Machine.images();
        does("systemctl", "start", "network-online.target"); // users' containers wait for it
    }

    @AfterEach
    void clean() throws IOException {
        run("systemctl", "stop", "port-holder.service", "web.service", "own.service");
        asApp("podman", "rm", "-f", "-t", "0", "holder");
        asApp("systemctl", "--user", "stop", "web.service");
        Files.deleteIfExists(UNITS.resolve("port-holder.service"));
        declare("version: 1\n" + POLICY);
        if (runs("homeostat.service")) {
            awaitRight();
        }
    }

    @AfterAll
    static void leaveNothing() {
        Machine.stop();
        run("systemctl", "daemon-reload");
    }

    /** A unit that nobody declared, which takes connections. */
    private static void hold(String address, int port) throws IOException {
        Files.writeString(
                UNITS.resolve("port-holder.service"),
                "[Service]\nExecStart=/usr/bin/busybox httpd -f -p " + address + ":" + port + " -h /srv\n");
        does("systemctl", "daemon-reload");
        does("systemctl", "start", "port-holder.service");
        await(
                "it listens",
                () -> run("ss", "-Hltn", "sport = :" + port).output().contains(":" + port));
    }

    private static String container(String user, String ports, String more) {
        String entry = "containers: {web: {image: \"localhost/busybox:1\", ports: [" + ports + "], " + more + "}}";
        return "version: 1\n" + POLICY + (user.isEmpty() ? entry : "users: {" + user + ": {" + entry + "}}") + "\n";
    }

    @Test
    void f13_two_that_want_the_same_port_are_refused_before_anything_is_applied() throws IOException {
        Machine.startAnew("version: 1\n" + POLICY);
        awaitRight();
        Path both = Files.writeString(Path.of("/run/both.yaml"), """
                version: 1
                containers:
                  gitea: {image: localhost/busybox:1, ports: ["3000:3000"]}
                users:
                  app:
                    containers:
                      grafana: {image: localhost/busybox:1, ports: ["127.0.0.1:3000:3000"]}
                """);
        Machine.Answer answer = homeostat("plan", both.toString());
        assertThat(answer.exit()).isEqualTo(1);
        assertThat(answer.output())
                .contains("/run/both.yaml:7:7", "/run/both.yaml:3:3", "port 3000/tcp", "container/gitea");
        assertThat(run("podman", "container", "exists", "gitea").exit()).isEqualTo(1);
    }

    @Test
    void f14_a_container_whose_port_a_unit_has_is_not_started_and_the_unit_is_named() throws IOException {
        hold("127.0.0.1", 11434);
        Machine.startAnew(container("", "\"11434:80\"", SLEEPS));
        await("it is told", () -> homeostat("status").output().contains("port-holder.service"));
        String pid =
                run("systemctl", "show", "-P", "MainPID", "port-holder.service").line();
        for (String[] asked : new String[][] {{"status"}, {"explain", "container/web"}, {"plan"}}) {
            assertThat(homeostat(asked).output().replaceAll("\\s+", " "))
                    .as(String.join(" ", asked))
                    .contains("port 11434/tcp", "taken by", "process " + pid, "unit port-holder.service", "user root");
        }
        assertThat(run("podman", "container", "exists", "web").exit()).isEqualTo(1);
        Machine.Answer doctor = homeostat("doctor", "--machine");
        assertThat(doctor.exit()).isEqualTo(1);
        assertThat(doctor.output().replaceAll("\\s+", " "))
                .contains("port 11434/tcp of container/web", "unit port-holder.service");

        does("systemctl", "stop", "port-holder.service");
        awaitRight();
        assertThat(runs("web.service")).isTrue();
    }

    @Test
    void f14_a_users_container_whose_port_another_container_of_his_has_names_that() {
        assertThat(asApp(
                                "podman",
                                "run",
                                "-d",
                                "--name",
                                "holder",
                                "-p",
                                "11435:80",
                                "localhost/busybox:1",
                                "sleep",
                                "1000")
                        .exit())
                .isZero();
        try {
            Machine.startAnew(container("app", "\"127.0.0.1:11435:80\"", SLEEPS));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        await(
                "it is told",
                () -> homeostat("status").output().replaceAll("\\s+", " ").contains("container holder"));
        assertThat(homeostat("explain", "container/app@web").output().replaceAll("\\s+", " "))
                .contains("port 11435/tcp", "container holder", "user app");
        asApp("podman", "rm", "-f", "-t", "0", "holder");
        awaitRight();
    }

    @Test
    void f14_a_service_that_cannot_listen_is_told_who_does() throws IOException {
        assertThat(asApp(
                                "podman",
                                "run",
                                "-d",
                                "--name",
                                "holder",
                                "-p",
                                "11436:80",
                                "localhost/busybox:1",
                                "sleep",
                                "1000")
                        .exit())
                .isZero();
        Machine.startAnew("version: 1\n" + POLICY + """
                services:
                  own.service:
                    state: running
                    unit:
                      Service:
                        Type: exec
                        ExecStart: /bin/sh /run/listen.sh
                files:
                  /run/listen.sh:
                    content: |
                      busybox httpd -f -p 127.0.0.1:11436 -h /srv ||
                      { echo "listen tcp 127.0.0.1:11436: bind: address already in use" >&2; exit 1; }
                """);
        await(
                "it is told",
                () -> homeostat("status").output().replaceAll("\\s+", " ").contains("container holder"));
        asApp("podman", "rm", "-f", "-t", "0", "holder");
        awaitRight();
        assertThat(runs("own.service")).isTrue();
    }

    @Test
    void a_socket_unit_does_not_take_what_another_has_either() throws IOException {
        hold("127.0.0.1", 11437);
        Machine.startAnew("version: 1\n" + POLICY + """
                services:
                  own.socket: {state: running, unit: {Socket: {ListenStream: 11437}}}
                  own.service: {unit: {Service: {ExecStart: /bin/true}}}
                """);
        await("it is told", () -> homeostat("status").output().contains("port-holder.service"));
        does("systemctl", "stop", "port-holder.service");
        awaitRight();
        assertThat(homeostat("doctor", "--machine").output().replaceAll("\\s+", " "))
                .contains("port 11437/tcp of service/own.socket passed listened on by systemd (process 1");
        does("systemctl", "stop", "own.socket");
    }

    @Test
    void an_address_of_ipv6_is_not_in_the_way_of_one_of_ipv4() throws IOException {
        hold("[::1]", 11438);
        Machine.startAnew(container("", "\"127.0.0.1:11438:80\"", SLEEPS));
        awaitRight();
        assertThat(runs("web.service")).isTrue();
    }

    @Test
    void f19_what_is_published_is_listened_on_outside_and_inside() throws IOException {
        for (String user : new String[] {"", "app"}) {
            Machine.startAnew(container(user, "\"127.0.0.1:11440-11441:8080-8081\"", SERVES));
            awaitRight();
            String id = user.isEmpty() ? "container/web" : "container/app@web";
            await(
                    "the web server listens",
                    () -> homeostat("doctor", "--machine", "-o", "json")
                            .output()
                            .contains("listened on inside the container"));
            Machine.Answer doctor = homeostat("doctor", "--machine");
            String text = doctor.output().replaceAll("\\s+", " ");
            assertThat(text)
                    .contains("port 11440/tcp of " + id + " on 127.0.0.1 passed listened on by")
                    .contains("port 8080/tcp inside " + id)
                    .contains("nothing listens on port 8081/tcp inside the container");
            assertThat(text).contains("container web").contains("user " + (user.isEmpty() ? "root" : user));
            assertThat(doctor.exit()).isEqualTo(1);
            declare("version: 1\n" + POLICY);
            awaitRight();
        }
    }

    @Test
    void f19_what_is_stopped_has_not_passed() throws IOException {
        Machine.startAnew("version: 1\n" + POLICY.replace("1d,", "1d, paused: {service/own.service: {reason: a test}},")
                + "services: {own.service: {state: running, unit: {Service: {ExecStart: /usr/bin/sleep infinity}}}}\n");
        await("it is read", () -> homeostat("status", "-v").output().contains("own.service"));
        Machine.Answer paused = homeostat("doctor", "--machine");
        assertThat(paused.exit()).isEqualTo(1);
        assertThat(paused.output().replaceAll("\\s+", " ")).contains("service/own.service failed", "paused: a test");
        Machine.Answer tap = homeostat("test", "--tap");
        assertThat(tap.exit()).isEqualTo(1);
        assertThat(tap.output())
                .startsWith("TAP version 14\n1..")
                .contains("not ok ")
                .contains("service/own.service");

        declare("version: 1\n" + POLICY
                + "services: {own.service: {state: running, unit: {Service: {ExecStart: /usr/bin/sleep infinity}}}}\n");
        await("it is kept again", () -> runs("own.service"));
        awaitRight();
        Path report = Path.of("/run/report.xml");
        Files.deleteIfExists(report);
        Machine.Answer test = homeostat("test", "--junit", report.toString());
        assertThat(test.output()).isEmpty();
        assertThat(test.exit()).isZero();
        assertThat(Files.readString(report))
                .startsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
                .contains("failures=\"0\"", "name=\"service/own.service\"", "active (running)");
    }
}
