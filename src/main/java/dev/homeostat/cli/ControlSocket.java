package dev.homeostat.cli;

import dev.homeostat.host.Locations;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The daemon's HTTP API, for programs beside the command line: one request, one connection, one answer that fits into memory.
 * Thread-safe.
 */
public final class ControlSocket {
    private static final int PIECE_BYTES = 16 * 1024;
    /** A head is a few hundred bytes. */
    private static final int HEAD_LIMIT_BYTES = 32 * 1024;

    private final Path path;

    public ControlSocket(Path path) {
        this.path = path;
    }

    /** The one that the command line would use. */
    public static ControlSocket usual(Map<String, String> environment) {
        Path system = Locations.system(environment).socket();
        if (environment.containsKey(Locations.SOCKET_VARIABLE) || Files.isWritable(system)) {
            return new ControlSocket(system);
        }
        Path own = Locations.user(environment).socket();
        return new ControlSocket(Files.exists(own) ? own : system);
    }

    public Path path() {
        return path;
    }

    /** @param body as it was sent */
    public record Reply(int status, byte[] body) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /**
     * @param headers beside those that belong to the form
     * @param body null for none; JSON
     * @param limitBytes longer answers are refused
     * @param patienceMillis for the whole of it
     * @throws InterruptedIOException if it took too long
     * @throws IOException if there is no daemon, or what is there is none
     */
    public Reply send(
            String method, String target, Map<String, String> headers, byte[] body, int limitBytes, long patienceMillis)
            throws IOException {
        AtomicBoolean late = new AtomicBoolean();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            Thread watch = Thread.ofVirtual().start(() -> closeLater(channel, patienceMillis, late));
            try {
                ByteBuffer out = ByteBuffer.wrap(request(method, target, headers, body));
                while (out.hasRemaining()) {
                    channel.write(out);
                }
                return reply(channel, limitBytes);
            } finally {
                watch.interrupt();
            }
        } catch (IOException e) {
            if (late.get()) {
                throw new InterruptedIOException("no answer within " + patienceMillis / 1000 + " s");
            }
            throw e;
        }
    }

    private static void closeLater(SocketChannel channel, long patienceMillis, AtomicBoolean late) {
        try {
            Thread.sleep(patienceMillis);
            late.set(true);
            channel.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // answered in time
        } catch (IOException e) {
            late.set(true); // closed, whatever it says
        }
    }

    private static byte[] request(String method, String target, Map<String, String> headers, byte[] body) {
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nhost: homeostat\r\nconnection: close\r\n");
        head.append("accept: application/json, application/problem+json\r\n");
        for (Map.Entry<String, String> header : headers.entrySet()) {
            head.append(header.getKey())
                    .append(": ")
                    .append(oneLine(header.getValue()))
                    .append("\r\n");
        }
        if (body != null) {
            head.append("content-type: application/json\r\ncontent-length: ")
                    .append(body.length)
                    .append("\r\n");
        }
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = new byte[start.length + (body == null ? 0 : body.length)];
        System.arraycopy(start, 0, all, 0, start.length);
        if (body != null) {
            System.arraycopy(body, 0, all, start.length, body.length);
        }
        return all;
    }

    private static String oneLine(String value) {
        if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a header has one line");
        }
        return value;
    }

    private static Reply reply(SocketChannel channel, int limitBytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream(PIECE_BYTES);
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        while (channel.read(piece) >= 0) {
            all.write(piece.array(), 0, piece.position());
            piece.clear();
            // chunks add some bytes for each piece
            if (all.size() > HEAD_LIMIT_BYTES + limitBytes + limitBytes / 8) {
                throw new IOException("the daemon's answer is longer than " + limitBytes + " bytes");
            }
        }
        byte[] bytes = all.toByteArray();
        int end = headEnd(bytes);
        String head = new String(bytes, 0, end, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        if (!head.startsWith("http/1.1 ") || head.length() < 12) {
            throw new IOException("that is not the daemon: it does not speak HTTP");
        }
        int status = number(head.substring(9, 12), 10);
        int from = end + 4;
        if (head.contains("\r\ntransfer-encoding: chunked")) {
            return new Reply(status, chunks(bytes, from));
        }
        int at = head.indexOf("\r\ncontent-length:");
        int length = at < 0 ? 0 : number(head.substring(at + 17).strip().split("\\s", 2)[0], 10);
        if (bytes.length - from < length) {
            throw new EOFException("the daemon closed the connection before the answer was complete");
        }
        return new Reply(status, Arrays.copyOfRange(bytes, from, from + length));
    }

    private static int headEnd(byte[] bytes) throws IOException {
        for (int i = 0; i + 3 < bytes.length && i < HEAD_LIMIT_BYTES; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                return i;
            }
        }
        throw new EOFException("the daemon closed the connection without an answer");
    }

    private static byte[] chunks(byte[] bytes, int from) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream(bytes.length);
        int at = from;
        while (true) {
            int line = at;
            while (line < bytes.length && bytes[line] != '\r') {
                line++;
            }
            if (line >= bytes.length) {
                throw new EOFException("the daemon closed the connection before the answer was complete");
            }
            int size = number(new String(bytes, at, line - at, StandardCharsets.ISO_8859_1), 16);
            at = line + 2;
            if (size == 0) {
                return body.toByteArray();
            }
            if (size > bytes.length - at) {
                throw new EOFException("the daemon closed the connection before the answer was complete");
            }
            body.write(bytes, at, size);
            at += size + 2;
        }
    }

    private static int number(String text, int radix) throws IOException {
        try {
            int number = Integer.parseInt(text.strip(), radix);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IOException("that is not the daemon: expected a number, got \"" + text + "\"");
    }
}
