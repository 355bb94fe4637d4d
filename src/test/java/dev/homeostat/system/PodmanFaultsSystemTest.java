package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** podman's service dies, hangs, or cannot do what it is asked for. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PodmanFaultsSystemTest {
    private static final Path FILE = Path.of("/etc/fault/a");
    private static final Path SOCKET = Path.of("/run/podman/podman.sock");
    private static final String YAML = """
            version: 1
            policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
            files:
              /etc/fault/a: {content: a}
            containers:
              fault: {image: "localhost/busybox:1", command: [sleep, infinity], restart: always}
            users:
              app:
                containers:
                  fault-own: {image: "localhost/busybox:1", command: [sleep, infinity], restart: always}
            """;

    @BeforeAll
    static void declareTheMachine() throws Exception {
        Machine.images();
        Machine.startAnew(YAML);
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        await(
                "it is all gone",
                () -> Files.notExists(FILE) && homeostat("status").exit() == 0);
        Machine.stop();
    }

    @BeforeEach
    void right() throws Exception {
        declare(YAML);
        awaitRight();
    }

    private static String id(String name) {
        return run("podman", "inspect", "--format", "{{if .State.Running}}{{.Id}}{{end}}", name)
                .line();
    }

    private static boolean isRunning(String name) {
        Machine.Answer answer = run("podman", "inspect", "--format", "{{.State.Running}}", name);
        return answer.exit() == 0 && answer.line().equals("true");
    }

    private static boolean ownIsRunning() {
        Machine.Answer answer = Machine.asApp("podman", "inspect", "--format", "{{.State.Running}}", "fault-own");
        return answer.exit() == 0 && answer.line().equals("true");
    }

    private static void killedIsMended() {
        String before = id("fault");
        does("podman", "kill", "fault");
        await("it runs again", () -> isRunning("fault") && !id("fault").equals(before));
    }

    private static String status() {
        return homeostat("status", "-v").output();
    }

    private static String mainPidOfApps(String unit) {
        return Machine.asApp("systemctl", "--user", "show", "-P", "MainPID", unit)
                .line();
    }

    @Test
    void podman_s_service_killed_or_its_socket_stopped_is_brought_back() {
        for (int i = 0; i < 3; i++) {
            run("systemctl", "kill", "--signal=KILL", "podman.service");
            Machine.asApp("systemctl", "--user", "kill", "--signal=KILL", "podman.service");
            killedIsMended();
            awaitRight();
        }
        run("systemctl", "stop", "podman.socket", "podman.service");
        Machine.asApp("systemctl", "--user", "stop", "podman.socket", "podman.service");
        does("homeostat", "reload");
        awaitRight();
        does("rm", "/run/podman/podman.sock"); // and systemd believes that it is there
        run("systemctl", "kill", "--signal=KILL", "podman.service");
        does("systemctl", "stop", "fault.service"); // told by systemd, looked at by podman
        await("it runs again", () -> isRunning("fault"));
        does("podman", "kill", "fault");
        Machine.asApp("podman", "kill", "fault-own");
        await("both run again", () -> isRunning("fault") && ownIsRunning());
        awaitRight();
    }

    @Test
    void a_user_s_podman_that_hangs_delays_nobody_else_and_is_found_again() throws Exception {
        Machine.asApp("podman", "kill", "fault-own"); // so that the service is there
        await("it is back", PodmanFaultsSystemTest::ownIsRunning);
        awaitRight();
        Machine.asApp("curl", "-s", "--unix-socket", "/run/user/1000/podman/podman.sock", "http://d/_ping");
        String pid = mainPidOfApps("podman.service");
        does("kill", "-STOP", pid);
        try {
            Thread reload = Thread.ofVirtual().start(() -> homeostat("reload"));
            long start = System.nanoTime();
            Files.writeString(FILE, "edited");
            await("file", () -> content(FILE).equals("a"));
            assertThat(Machine.seen("a file, with a hanging podman of a user", start))
                    .isLessThan(Duration.ofSeconds(2));
            killedIsMended();
            declare(YAML.replace("content: a", "content: edited"));
            start = System.nanoTime();
            await("an edit is taken up", () -> content(FILE).equals("edited"));
            assertThat(Machine.seen("an edit, with a hanging podman of a user", start))
                    .isLessThan(Duration.ofSeconds(4));
            await("it is named", () -> status().contains("podman at /run/user/1000/podman/podman.sock did not answer"));
            assertThat(status()).doesNotContain("/run/podman/podman.sock did not answer");
            declare(YAML);
            reload.join();
        } finally {
            does("kill", "-CONT", pid);
        }
        long start = System.nanoTime();
        awaitRight();
        assertThat(Machine.seen("a hanging podman goes on: all is right", start))
                .isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void something_that_listens_at_podman_s_socket_and_never_answers_is_named() throws Exception {
        // Masked: the daemon would else start the socket unit again at once, and systemd would take the path from us.
        does("systemctl", "mask", "--runtime", "podman.socket");
        does("systemctl", "stop", "podman.socket", "podman.service");
        Files.deleteIfExists(SOCKET);
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(SOCKET));
            Thread.ofVirtual().start(() -> homeostat("reload"));
            await("it is named", () -> status().contains("podman at /run/podman/podman.sock did not answer"));
            Machine.asApp("podman", "kill", "fault-own");
            await("the user's is back", PodmanFaultsSystemTest::ownIsRunning);
        } finally {
            does("systemctl", "unmask", "--runtime", "podman.socket");
        }
        Files.deleteIfExists(SOCKET);
        long start = System.nanoTime();
        awaitRight();
        Machine.seen("podman's socket is its own again: all is right", start);
    }

    @Test
    void why_a_container_does_not_start_is_said_in_podman_s_own_words() throws Exception {
        try (ServerSocket taken = new ServerSocket()) {
            taken.setReuseAddress(true);
            taken.bind(new InetSocketAddress("127.0.0.1", 18099));
            declare(YAML.replace("containers:\n  fault:", """
                    containers:
                      bad-port: {image: "localhost/busybox:1", command: [sleep, infinity], ports: ["127.0.0.1:18099:80"]}
                      bad-mount: {image: "localhost/busybox:1", command: [sleep, infinity], mounts: [{host: /nowhere, path: /x}]}
                      bad-command: {image: "localhost/busybox:1", command: [nosuchprogram]}
                      bad-registry: {image: "127.0.0.1:9/none:1", command: [sleep, infinity]}
                      fault:""")
                    .replace("      fault-own:", """
                          bad-own: {image: "localhost/busybox:1", command: [nosuchprogram]}
                          fault-own:""".indent(6).stripTrailing()));
            await("the port's owner", () -> status().contains("port 18099/tcp on 127.0.0.1 is taken by java"));
            await("the mount", () -> status().contains("/nowhere"));
            await("the program", () -> status().contains("nosuchprogram"));
            await("the registry", () -> status().contains("127.0.0.1:9") && status().contains("refused"));
            assertThat(isRunning("fault")).isTrue();
        }
        await("the port is free: it runs", () -> isRunning("bad-port"));
        declare(YAML);
        awaitRight();
    }
}
