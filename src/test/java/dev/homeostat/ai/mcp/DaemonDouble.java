package dev.homeostat.ai.mcp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A control socket that answers what it is told to answer, and remembers what it was asked. */
public final class DaemonDouble implements AutoCloseable {
    /** An answer, as raw as HTTP has it. */
    public record Canned(int status, String body) {}

    public final List<String> requests = new CopyOnWriteArrayList<>();
    public final Map<String, Canned> answers = new ConcurrentHashMap<>();
    private final ServerSocketChannel server;

    public DaemonDouble(Path socket) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::serve);
    }

    public void says(String request, int status, String body) {
        answers.put(request, new Canned(status, body));
    }

    private void serve() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                Thread.ofVirtual().start(() -> answer(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void answer(SocketChannel channel) {
        try (SocketChannel client = channel) {
            String request = read(client);
            requests.add(request);
            String line = request.substring(0, request.indexOf(" HTTP/1.1"));
            Canned canned = answers.getOrDefault(line, new Canned(404, "{\"detail\":\"no such thing\"}"));
            byte[] body = canned.body().getBytes(UTF_8);
            String head = "HTTP/1.1 " + canned.status()
                    + " x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
            client.write(ByteBuffer.wrap(head.getBytes(ISO_8859_1)));
            int half = body.length / 2;
            chunk(client, body, 0, half);
            chunk(client, body, half, body.length - half);
            client.write(ByteBuffer.wrap("0\r\n\r\n".getBytes(ISO_8859_1)));
        } catch (IOException e) {
            requests.add("gone: " + e);
        }
    }

    private static void chunk(SocketChannel client, byte[] body, int from, int length) throws IOException {
        if (length > 0) {
            ByteBuffer whole = ByteBuffer.allocate(length + 16);
            whole.put((Integer.toHexString(length) + "\r\n").getBytes(ISO_8859_1));
            whole.put(body, from, length).put("\r\n".getBytes(ISO_8859_1)).flip();
            while (whole.hasRemaining()) {
                client.write(whole);
            }
        }
    }

    private static String read(SocketChannel client) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer piece = ByteBuffer.allocate(64 * 1024);
        while (true) {
            String text = all.toString(UTF_8);
            int end = text.indexOf("\r\n\r\n");
            if (end >= 0) {
                int at = text.indexOf("content-length: ");
                int length = at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf('\r', at)));
                if (all.size() >= end + 4 + length) {
                    return text;
                }
            }
            if (client.read(piece.clear()) < 0) {
                return text;
            }
            all.write(piece.array(), 0, piece.position());
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
