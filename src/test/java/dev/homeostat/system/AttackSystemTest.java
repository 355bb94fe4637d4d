package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.unit;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The control socket under all sorts of abuse at once: the loop goes on, honest requests are answered, and it passes. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AttackSystemTest {
    private static final UnixDomainSocketAddress SOCKET = UnixDomainSocketAddress.of("/run/homeostat/control.sock");
    private static final Path FOLDER = Path.of("/srv/attacked");
    private static final int CLIENTS = 200;
    private static final int SLOW_READERS = 40;
    private static final int HALF_OPEN = 60;
    /** As the daemon has it. */
    private static final int PER_USER = 256;

    private static final int CORRECTIONS = 15;
    /** Pause of an honest client; together they ask 1000 times a second. */
    private static final Duration BETWEEN = Duration.ofMillis(200);
    /** A correction meanwhile: a person would still call it at once, on a machine whose processors the attack shares. */
    private static final Duration CORRECTED_WITHIN = Duration.ofSeconds(1);
    /** -Xmx384m and what a JVM has beside its heap. */
    private static final long MEMORY_LIMIT_KIB = 512 * 1024;
    /** Descriptors that come and go without any attack: D-Bus, timers, the journal's files. */
    private static final int DESCRIPTORS_SPARE = 8;

    private static final String GET = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";

    @BeforeAll
    static void declareFiles() throws Exception {
        StringBuilder yaml =
                new StringBuilder("version: 1\npolicy: {resync: 1d}\nfiles:\n  /srv/attacked: {type: folder}\n");
        for (int i = 0; i < CORRECTIONS; i++) {
            yaml.append("  /srv/attacked/").append(i).append(": {content: declared}\n");
        }
        Machine.startAnew(yaml.toString());
        awaitRight();
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        homeostat("apply");
        Machine.stop();
        run("rm", "-rf", FOLDER.toString());
    }

    @Test
    void the_loop_goes_on_and_honest_requests_are_answered() throws Exception {
        String pid = unit("MainPID", "homeostat.service");
        Duration before = median();
        long descriptors = descriptors(pid);
        AtomicBoolean going = new AtomicBoolean(true);
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        AtomicInteger abuses = new AtomicInteger();
        List<SocketChannel> held = new ArrayList<>();
        Duration during;
        long memory;
        Set<SocketChannel> abusing = ConcurrentHashMap.newKeySet();
        ExecutorService people = Executors.newVirtualThreadPerTaskExecutor();
        try {
            for (int i = 0; i < SLOW_READERS; i++) {
                SocketChannel reader = connect();
                send(reader, "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"); // and never reads
                held.add(reader);
            }
            for (int i = 0; i < HALF_OPEN; i++) {
                SocketChannel half = connect();
                send(half, i % 2 == 0 ? "" : "GET /v1/status HTTP/1.1\r\nHo");
                held.add(half);
            }
            List<Future<?>> all = new ArrayList<>();
            List<Future<?>> honest = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                honest.add(people.submit(() -> {
                    while (going.get()) {
                        try (SocketChannel client = connect()) {
                            for (int n = 0; n < 10 && going.get(); n++) {
                                send(client, GET);
                                (status(client) == 200 ? answered : failed).incrementAndGet();
                                LockSupport.parkNanos(BETWEEN.toNanos());
                            }
                        } catch (IOException e) {
                            failed.incrementAndGet();
                        }
                    }
                }));
            }
            for (byte[] abuse : abuses()) {
                all.add(people.submit(() -> {
                    while (going.get()) {
                        try (SocketChannel client = connect()) {
                            abusing.removeIf(channel -> !channel.isOpen());
                            abusing.add(client);
                            client.write(ByteBuffer.wrap(abuse));
                            status(client);
                        } catch (IOException refused) {
                            // that is what it may do with such a client
                        }
                        abuses.incrementAndGet();
                        LockSupport.parkNanos(BETWEEN.toNanos());
                    }
                }));
            }
            all.add(people.submit(
                    () -> { // a header, byte by byte
                        try (SocketChannel slow = connect()) {
                            abusing.add(slow);
                            send(slow, "GET /v1/status HTTP/1.1\r\nX: ");
                            while (going.get()) {
                                send(slow, "x");
                                LockSupport.parkNanos(BETWEEN.toNanos());
                            }
                        } catch (IOException cut) {
                            // after a while
                        }
                    }));
            await("everybody is at it", () -> answered.get() > 10 * CLIENTS && abuses.get() > 150);
            during = median();
            memory = memory(pid);
            assertThat(homeostat("status").exit()).as("a person at a terminal").isZero();
            going.set(false);
            for (Future<?> one : honest) {
                one.get(10, TimeUnit.SECONDS);
            }
            abusing.forEach(AttackSystemTest::close); // some wait for an answer that never comes
            for (Future<?> one : all) {
                one.get(10, TimeUnit.SECONDS);
            }
        } finally {
            going.set(false);
            abusing.forEach(AttackSystemTest::close);
            held.forEach(AttackSystemTest::close);
            people.shutdownNow();
        }
        System.out.printf(
                "attack: correction %d ms before, %d ms during (median of %d); %d answers, %d abuses, VmRSS %d MiB%n",
                before.toMillis(), during.toMillis(), CORRECTIONS, answered.get(), abuses.get(), memory / 1024);
        assertThat(failed.get()).as("honest requests without an answer").isZero();
        assertThat(during).isLessThan(CORRECTED_WITHIN);
        assertThat(memory).isLessThan(MEMORY_LIMIT_KIB);
        await("descriptors are given back", () -> descriptors(pid) <= descriptors + DESCRIPTORS_SPARE);
        assertThat(unit("MainPID", "homeostat.service")).as("the same daemon").isEqualTo(pid);
        assertThat(run("journalctl", "-u", "homeostat", "-p", "err", "-q", "--no-pager", "_PID=" + pid)
                        .line())
                .as("errors in its journal: nobody's bad request is the daemon's mistake")
                .isEmpty();
    }

    @Test
    void requests_in_one_piece_are_answered_in_order() throws Exception {
        try (SocketChannel client = connect()) {
            send(client, GET.repeat(50));
            for (int i = 0; i < 50; i++) {
                assertThat(status(client)).isEqualTo(200);
            }
        }
    }

    /** One user cannot take what there is: others still get in. */
    @Test
    void one_user_has_so_many_connections_and_no_more() throws Exception {
        Path program = Path.of("/srv/hold-program");
        Files.createDirectories(program.resolve("dev/homeostat/system"));
        Path type = Path.of("dev/homeostat/system/Hold.class");
        Files.copy(
                Path.of("target/test-classes").resolve(type),
                program.resolve(type),
                StandardCopyOption.REPLACE_EXISTING);
        run("chmod", "0666", SOCKET.getPath().toString());
        Process greedy = new ProcessBuilder(
                        "setpriv",
                        "--reuid=app",
                        "--regid=app",
                        "--init-groups",
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx32m",
                        "-cp",
                        program.toString(),
                        Hold.class.getName(),
                        SOCKET.getPath().toString(),
                        Integer.toString(PER_USER + 200))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var in = greedy.getOutputStream();
                BufferedReader out = new BufferedReader(new InputStreamReader(greedy.getInputStream(), ISO_8859_1))) {
            await("those above the limit are closed", () -> {
                in.write('\n');
                in.flush();
                return out.readLine().equals(Integer.toString(PER_USER));
            });
            assertThat(homeostat("status").exit()).as("somebody else").isZero();
        } finally {
            greedy.destroyForcibly();
            run("chmod", "0660", SOCKET.getPath().toString());
            run("rm", "-rf", program.toString());
        }
    }

    private static List<byte[]> abuses() {
        List<String> abuses = new ArrayList<>();
        abuses.add("GET /v1/status HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(200_000) + "\r\n\r\n");
        abuses.add("GET /v1/status HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n".repeat(20_000) + "\r\n");
        abuses.add("GET /" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        abuses.add(
                "POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/yaml\r\nContent-Length: 10485760\r\n\r\n"
                        + "#".repeat(10 << 20));
        abuses.add(
                "POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + ("10000\r\n" + "#".repeat(0x10000) + "\r\n").repeat(160) + "0\r\n\r\n");
        abuses.add("POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n");
        abuses.add("POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef");
        abuses.add(
                "POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        abuses.add("GET /v1/status HTTP/9.9\r\nHost: x\r\n\r\n");
        abuses.add("GET /v1/status HTTP/1.1\r\n\r\n");
        abuses.add("GET /v1/status HTTP/1.1\r\nHost: a@b:c:d\r\n\r\n");
        abuses.add("GET /v1/resources/%ff%zz%00 HTTP/1.1\r\nHost: x\r\n\r\n");
        abuses.add("GET /v1/../../etc/shadow HTTP/1.1\r\nHost: x\r\n\r\n");
        abuses.add("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        abuses.add("\0\1\2\3".repeat(5000));
        abuses.add("\026\003\001\002\000\001" + "\377".repeat(500)); // TLS
        abuses.add(
                "POST /v1/console HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
                        + "[".repeat(200_000));
        return abuses.stream().map(a -> a.getBytes(ISO_8859_1)).toList();
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(SOCKET);
        return channel;
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Reads one answer, byte by byte where its length is not known yet. */
    private static int status(SocketChannel channel) throws IOException {
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.indexOf("\r\n\r\n") < 0) {
            one.clear();
            if (channel.read(one) < 0) {
                throw new IOException("closed after: " + head);
            }
            head.append((char) (one.get(0) & 0xff));
        }
        String text = head.toString().toLowerCase(java.util.Locale.ROOT);
        int at = text.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)));
        ByteBuffer body = ByteBuffer.allocate(length);
        while (body.hasRemaining()) {
            if (channel.read(body) < 0) {
                throw new IOException("closed in the middle");
            }
        }
        return Integer.parseInt(text.substring(9, 12));
    }

    /** Of one correction each of so many files: more of one file would be called a fight. */
    private static Duration median() throws Exception {
        List<Duration> times = new ArrayList<>();
        for (int i = 0; i < CORRECTIONS; i++) {
            Path file = FOLDER.resolve(Integer.toString(i));
            long start = System.nanoTime();
            Files.delete(file);
            await("put back", () -> Files.exists(file));
            times.add(Duration.ofNanos(System.nanoTime() - start));
        }
        return times.stream().sorted().toList().get(CORRECTIONS / 2);
    }

    private static long descriptors(String pid) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc", pid, "fd"))) {
            return all.count();
        }
    }

    private static long memory(String pid) {
        return Long.parseLong(does("grep", "VmRSS", "/proc/" + pid + "/status").replaceAll("[^0-9]", ""));
    }
}
