package dev.homeostat.kind.generation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.kind.generation.settings.CheckSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of real servers, sockets, programs and files, most of them badly behaved. */
@Timeout(30)
class DeclaredChecksTest {
    /** Long enough that what is right is never late. */
    private static final Duration PATIENT = Duration.ofSeconds(10);
    /** For what never answers. */
    private static final Duration BRIEF = Duration.ofMillis(300);

    @TempDir
    private Path folder;

    private final Processes processes = new ChildProcesses();
    private final DeclaredChecks checks =
            new DeclaredChecks(new Systemd(Locations.system(Map.of()), new NameService(), processes), processes);
    /** Also of connections, which servers add from threads of their own. */
    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    /** What a server does with one connection after the head of a request has come. */
    private interface Behaviour {
        void answer(Socket socket, OutputStream out) throws Exception;
    }

    private ServerSocket serve(Behaviour behaviour) throws IOException {
        return serve(new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")), behaviour);
    }

    private ServerSocket serve(ServerSocket server, Behaviour behaviour) {
        open.add(server);
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    open.add(socket);
                    Thread.ofVirtual().start(() -> converse(socket, behaviour));
                } catch (IOException e) {
                    assertThat(server.isClosed()).isTrue();
                }
            }
        });
        return server;
    }

    private static void converse(Socket socket, Behaviour behaviour) {
        try (socket) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                // only the head has to have come
            }
            behaviour.answer(socket, socket.getOutputStream());
        } catch (Exception e) {
            // the client left, which is what some tests are about; they look at the client's sentence
            assertThat(e).isInstanceOf(IOException.class);
        }
    }

    private static Behaviour says(String answer) {
        return (socket, out) -> out.write(answer.getBytes(US_ASCII));
    }

    private static String address(ServerSocket server) {
        return "http://127.0.0.1:" + server.getLocalPort() + "/health";
    }

    private List<String> failing(Map<String, CheckSettings> declared) {
        return checks.failing(
                new DeploymentSettings(null, null, null, null, null, null, null, null, null, new TreeMap<>(declared)));
    }

    private List<String> failing(CheckSettings check) {
        return failing(Map.of("it", check));
    }

    private static CheckSettings http(String address, Integer status, Duration timeout) {
        return new CheckSettings(null, address, status, null, null, null, timeout);
    }

    private static CheckSettings tcp(String place, Duration timeout) {
        return new CheckSettings(null, null, null, place, null, null, timeout);
    }

    private static CheckSettings command(Duration timeout, String... arguments) {
        return new CheckSettings(null, null, null, null, List.of(arguments), null, timeout);
    }

    private static CheckSettings file(String path) {
        return new CheckSettings(null, null, null, null, null, path, null);
    }

    private static CheckSettings unit(String name) {
        return new CheckSettings(name, null, null, null, null, null, null);
    }

    // ---- HTTP

    @Test
    void what_answers_as_expected_is_right() throws Exception {
        String fine = address(serve(says("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")));
        String nothing = address(serve(says("HTTP/1.1 204 No Content\r\n\r\n")));
        assertThat(failing(Map.of("a", http(fine, null, PATIENT), "b", http(nothing, 204, PATIENT))))
                .isEmpty();
    }

    @Test
    void another_status_is_told_with_what_was_expected() throws Exception {
        String down = address(serve(says("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")));
        assertThat(failing(Map.of("web", http(down, null, PATIENT))))
                .containsExactly("check web: " + down + " answered 503, expected 200");
    }

    @Test
    void a_redirect_is_not_followed() throws Exception {
        AtomicInteger reached = new AtomicInteger();
        String target = address(serve((socket, out) -> {
            reached.incrementAndGet();
            out.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".getBytes(US_ASCII));
        }));
        String moved =
                address(serve(says("HTTP/1.1 302 Found\r\nlocation: " + target + "\r\ncontent-length: 0\r\n\r\n")));
        assertThat(failing(http(moved, null, PATIENT)))
                .containsExactly("check it: " + moved + " answered 302, expected 200");
        assertThat(failing(http(moved, 302, PATIENT))).isEmpty();
        assertThat(reached).hasValue(0);
    }

    @Test
    void an_answer_without_end_is_not_read_to_its_end() throws Exception {
        CompletableFuture<Void> left = new CompletableFuture<>();
        String endless = address(serve((socket, out) -> {
            out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(US_ASCII));
            try {
                for (byte[] piece = new byte[8192]; ; ) {
                    out.write(piece);
                }
            } catch (IOException e) {
                left.complete(null);
                throw e;
            }
        }));
        assertThat(failing(http(endless, null, PATIENT))).isEmpty();
        left.get(10, TimeUnit.SECONDS); // and the connection was closed
    }

    @Test
    void headers_without_end_are_refused() throws Exception {
        String endless = address(serve((socket, out) -> {
            out.write("HTTP/1.1 200 OK\r\n".getBytes(US_ASCII));
            for (long i = 0; ; i++) {
                out.write(("x-" + i + ": " + "y".repeat(1000) + "\r\n").getBytes(US_ASCII));
            }
        }));
        assertThat(failing(http(endless, null, PATIENT)))
                .singleElement()
                .asString()
                .startsWith("check it: " + endless + " did not answer, expected 200: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"})
    void what_never_answers_in_full_is_late(String beginning) throws Exception {
        CompletableFuture<Void> never = new CompletableFuture<>();
        String silent = address(serve((socket, out) -> {
            out.write(beginning.getBytes(US_ASCII));
            never.get();
        }));
        long start = System.nanoTime();
        assertThat(failing(http(silent, null, BRIEF)))
                .containsExactly("check it: " + silent + " did not answer within 300ms, expected 200");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        never.cancel(true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"})
    void a_connection_that_is_reset_is_no_answer(String beginning) throws Exception {
        String reset = address(serve((socket, out) -> {
            out.write(beginning.getBytes(US_ASCII));
            socket.setSoLinger(true, 0); // closing now resets
        }));
        assertThat(failing(http(reset, null, PATIENT)))
                .singleElement()
                .asString()
                .startsWith("check it: " + reset + " did not answer, expected 200: ");
    }

    @Test
    void what_is_not_http_is_told_in_one_line() throws Exception {
        String other = address(serve(says("SSH-2.0-\u001b[31mserver\r\n\r\n")));
        assertThat(failing(http(other, null, PATIENT)))
                .singleElement()
                .asString()
                .startsWith("check it: " + other + " did not answer, expected 200: ")
                .doesNotContainPattern("\\p{Cntrl}");
    }

    @Test
    void nobody_at_the_port_is_told() throws Exception {
        String nobody;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            nobody = address(server);
        }
        assertThat(failing(http(nobody, null, PATIENT)))
                .singleElement()
                .asString()
                .startsWith("check it: " + nobody + " did not answer, expected 200: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1:80", "http:///x", "http://a b/", "HTTP"})
    void what_is_no_address_of_the_web_is_not_asked(String address) {
        assertThat(failing(http(address, null, PATIENT)))
                .singleElement()
                .asString()
                .startsWith("check it: ");
    }

    @Test
    void a_password_in_an_address_is_refused_and_not_told() {
        assertThat(failing(http("http://me:swordfish@127.0.0.1/", null, PATIENT)))
                .singleElement()
                .asString()
                .contains("expected none")
                .doesNotContain("swordfish");
    }

    // ---- TCP

    @Test
    void what_takes_connections_is_right_without_a_word() throws Exception {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        open.add(server);
        assertThat(failing(Map.of(
                        "a", tcp("127.0.0.1:" + server.getLocalPort(), PATIENT),
                        "b", tcp("localhost:" + server.getLocalPort(), PATIENT))))
                .isEmpty();
    }

    @Test
    void what_takes_none_is_told() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = server.getLocalPort();
        }
        assertThat(failing(Map.of("db", tcp("127.0.0.1:" + port, PATIENT))))
                .singleElement() // the end is in the words of the JDK, which are not always the same
                .asString()
                .startsWith("check db: tcp 127.0.0.1:" + port
                        + " took no connection, expected one within 10s: Connection refused");
    }

    @Test
    void a_full_queue_is_late() throws Exception {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        open.add(server);
        InetSocketAddress place = new InetSocketAddress("127.0.0.1", server.getLocalPort());
        for (int i = 0; i < 4; i++) { // nobody takes them, so the kernel takes no more
            Socket socket = new Socket();
            open.add(socket);
            try {
                socket.connect(place, 200);
            } catch (IOException e) {
                break;
            }
        }
        assertThat(failing(tcp("127.0.0.1:" + server.getLocalPort(), BRIEF)))
                .containsExactly("check it: tcp 127.0.0.1:" + server.getLocalPort()
                        + " took no connection, expected one within 300ms");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "localhost:0", "localhost:65536", ":80", "a b:80", "::1:80", "localhost:80:80"})
    void what_is_no_host_and_port_is_told(String place) {
        assertThat(failing(tcp(place, PATIENT))).singleElement().asString().contains("is not a host and a port");
    }

    @Test
    void a_host_that_nobody_knows_is_told() {
        assertThat(failing(tcp("nobody.invalid:80", PATIENT)))
                .containsExactly("check it: tcp nobody.invalid:80: the host has no known address");
    }

    // ---- commands

    @Test
    void a_program_that_ends_with_0_is_right_and_no_shell_reads_its_arguments() throws Exception {
        Path made = folder.resolve("made");
        assertThat(failing(command(PATIENT, "test", "$(touch " + made + ")", "=", "$(touch " + made + ")")))
                .isEmpty();
        assertThat(made).doesNotExist();
    }

    @Test
    void another_end_is_told_with_its_first_words() {
        assertThat(failing(Map.of("db", command(PATIENT, "sh", "-c", "echo; echo no \u001b[31mtable >&2; exit 3"))))
                .containsExactly("check db: sh ended with 3, expected 0: no  [31mtable");
    }

    @Test
    void output_without_end_is_neither_kept_nor_told() {
        assertThat(failing(command(PATIENT, "sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x; exit 1")))
                .singleElement()
                .asString()
                .startsWith("check it: sh ended with 1, expected 0: xxx")
                .hasSizeLessThan(400);
    }

    @Test
    void the_environment_holds_nothing_of_ours() throws Exception {
        Path seen = folder.resolve("seen");
        assertThat(failing(command(PATIENT, "sh", "-c", "env > \"$1\"", "sh", seen.toString())))
                .isEmpty();
        assertThat(Files.readAllLines(seen))
                .extracting(line -> line.split("=")[0])
                .contains("PATH")
                .isSubsetOf(
                        "PATH", "LANG", "HOMEOSTAT_RUN", "PWD", "SHLVL", "_", "OLDPWD"); // a shell adds the last four
    }

    @Test
    void a_program_that_hangs_is_killed_with_all_that_it_started() {
        String sign = "32" + ProcessHandle.current().pid();
        long start = System.nanoTime();
        assertThat(failing(command(BRIEF, "sh", "-c", "sleep " + sign + " & wait")))
                .singleElement()
                .asString()
                .startsWith("check it: sh took longer than 300 ms");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        assertThat(ProcessHandle.allProcesses()
                        .map(process -> process.info().commandLine().orElse(""))
                        .filter(line -> line.contains("sleep " + sign)))
                .isEmpty();
    }

    @Test
    void a_program_that_leaves_something_behind_is_not_waited_for_longer_than_for_itself() throws Exception {
        Path pid = folder.resolve("pid");
        long start = System.nanoTime();
        List<String> failing =
                failing(command(BRIEF, "sh", "-c", "setsid sleep 60 & echo $! > \"$1\"", "sh", pid.toString()));
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(ProcessHandle::destroyForcibly);
        // the JDK may close the output of a program that has ended before anybody reads it: then nothing is held open
        assertThat(failing).isSubsetOf("check it: sh took longer than 300 ms and was killed");
        assertThat(took).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void a_program_that_is_not_there_is_told() {
        assertThat(failing(command(PATIENT, "/nowhere/program")))
                .singleElement()
                .asString()
                .startsWith("check it: /nowhere/program could not be run");
    }

    // ---- files

    @Test
    void a_file_or_folder_that_exists_is_right() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(failing(Map.of("a", file(file.toString()), "b", file(folder.toString()))))
                .isEmpty();
    }

    @Test
    void a_file_that_does_not_is_told_and_a_link_to_nowhere_is_none() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));
        assertThat(failing(file(link.toString())))
                .containsExactly("check it: file " + link + " is not there, expected that it exists");
        assertThat(failing(file("relative"))).containsExactly("check it: file relative is not an absolute path");
        assertThat(failing(file("/a\0b"))).singleElement().asString().contains("cannot be looked at");
        Path below = Files.createFile(folder.resolve("plain")).resolve("below");
        assertThat(failing(file(below.toString()))).singleElement().asString().contains("expected that it exists");
    }

    // ---- units

    @Test
    void a_systemd_that_is_not_there_or_a_name_that_is_none_is_told() {
        assertThat(failing(unit("no-such-thing-of-this-test.service")))
                .singleElement()
                .asString()
                .startsWith("check it: ");
        assertThat(failing(unit("../../etc"))).singleElement().asString().contains("is not the name of a unit");
        assertThat(failing(unit("getty@.service"))).singleElement().asString().contains("is a template");
    }

    // ---- together

    @Test
    void nothing_declared_is_all_right() {
        assertThat(checks.failing(DeploymentSettings.DEFAULT)).isEmpty();
    }

    @Test
    void all_are_tried_at_once_each_for_its_own_time_and_told_in_order() throws Exception {
        CompletableFuture<Void> never = new CompletableFuture<>();
        ServerSocket silent = serve((socket, out) -> never.get());
        Map<String, CheckSettings> declared = new TreeMap<>();
        for (int i = 0; i < 20; i++) {
            declared.put("h" + (10 + i), http(address(silent), null, Duration.ofSeconds(2)));
        }
        declared.put("a", command(PATIENT, "true"));
        declared.put("b", file("/nowhere"));
        declared.put("z", http(address(silent), null, BRIEF));
        long start = System.nanoTime();
        List<String> failing = failing(declared);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(8));
        assertThat(failing).hasSize(22).isSorted();
        assertThat(failing.getFirst()).startsWith("check b: ");
        assertThat(failing.getLast()).startsWith("check z: ").contains("within 300ms");
        never.cancel(true);
    }

    @Test
    void nothing_is_tried_a_second_time() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        String down = address(serve((socket, out) -> {
            asked.incrementAndGet();
            out.write("HTTP/1.1 500 Oh\r\ncontent-length: 100\r\n\r\nhalf".getBytes(US_ASCII));
            socket.setSoLinger(true, 0);
        }));
        assertThat(failing(http(down, null, PATIENT))).hasSize(1);
        assertThat(asked).hasValue(1);
    }

    @Test
    void a_check_says_exactly_one_thing() {
        assertThat(failing(new CheckSettings(null, null, null, null, null, null, null)))
                .containsExactly("check it: says 0 things to look at, expected one of unit, http, tcp, command, file");
        assertThat(failing(new CheckSettings(null, null, null, "a:1", null, "/a", null)))
                .singleElement()
                .asString()
                .contains("says 2 things");
        assertThat(failing(command(PATIENT))).singleElement().asString().contains("names no program");
    }

    @Test
    void whoever_is_interrupted_gets_no_verdict_that_all_is_well() throws Exception {
        CompletableFuture<Void> never = new CompletableFuture<>();
        CompletableFuture<Void> reached = new CompletableFuture<>();
        String silent = address(serve((socket, out) -> {
            reached.complete(null);
            never.get();
        }));
        CompletableFuture<List<String>> answer = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual()
                .start(() -> answer.complete(
                        failing(Map.of("a", http(silent, null, PATIENT), "b", http(silent, null, PATIENT)))));
        reached.get(10, TimeUnit.SECONDS);
        caller.interrupt();
        assertThat(answer.get(5, TimeUnit.SECONDS))
                .containsExactly("check a: was interrupted", "check b: was interrupted");
        never.cancel(true);
    }
}
