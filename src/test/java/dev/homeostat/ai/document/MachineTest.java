package dev.homeostat.ai.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.StandardLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon answers, in the form of its API, and what something else does. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class MachineTest {
    private static final String RESOURCES =
            "[{\"id\":\"tool/jq\",\"condition\":\"InSync\",\"place\":{\"file\":\"/etc/homeostat/machine.yaml\",\"line\":3,\"column\":1}},"
                    + "{\"id\":\"file//etc/motd\",\"condition\":\"Drifted\",\"place\":{\"file\":\"/etc/homeostat/machine.yaml\",\"line\":6,\"column\":3}}]";
    private static final String CATALOGUE =
            "o [{\"name\":\"redis\",\n\"o \",\"about\":\"a cache\"}]\nx 0\n".replace("\n\"o \",", "\no ");

    @TempDir
    Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private Machine machine() {
        return new Machine(
                folder.resolve("s"), new Told(new StandardLog(new PrintStream(said, true, UTF_8), "documents", false)));
    }

    private AutoCloseable daemon(String status, String resources, String console) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(folder.resolve("s")));
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    try (SocketChannel client = server.accept()) {
                        ByteBuffer request = ByteBuffer.allocate(4096);
                        client.read(request);
                        String text = new String(request.array(), 0, request.position(), UTF_8);
                        String answer = text.startsWith("GET /v1/resources ") ? resources : console;
                        client.write(ByteBuffer.wrap(("HTTP/1.0 " + status + "\r\n\r\n" + answer).getBytes(UTF_8)));
                    }
                }
            } catch (AsynchronousCloseException e) {
                return; // the test has ended
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        return server;
    }

    private static List<String> sources(Machine machine) {
        List<String> all = new ArrayList<>();
        machine.each(leaf -> all.add(leaf.source));
        return all;
    }

    @Test
    void what_is_declared_and_what_could_be_are_documents() throws Exception {
        Machine machine = machine();
        try (AutoCloseable daemon = daemon("200 OK", RESOURCES, CATALOGUE)) {
            machine.look();
        }
        assertThat(sources(machine)).containsExactly("catalogue/redis", "declared/file", "declared/tool");
        assertThat(machine.text(machine.leaf("declared/tool"))).contains("- tool/jq, declared in /etc/homeostat");
        assertThat(machine.text(machine.leaf("catalogue/redis"))).contains("about: a cache");
        assertThat(machine.tags(machine.leaf("declared/tool"))).containsExactly("declared", "tool");
        assertThat(machine.tags(machine.leaf("declared/file"))).containsExactly("declared");
        assertThat(machine.due()).hasSize(3);
        assertThat(machine.isUnclear("declared/tool")).isFalse();
    }

    @Test
    void a_daemon_that_is_not_there_or_answers_something_else_leaves_what_was() throws Exception {
        Machine machine = machine();
        machine.look();
        assertThat(machine.isUnclear("declared/tool")).isTrue();
        assertThat(said.toString(UTF_8)).contains("does not follow").contains("group homeostat");
        try (AutoCloseable daemon = daemon("403 Forbidden", "{}", "")) {
            machine.look();
        }
        assertThat(machine.isUnclear("declared/tool")).isTrue();
        assertThat(said.toString(UTF_8)).contains("the daemon answered: HTTP/1.0 403 Forbidden");
    }
}
