package dev.homeostat.ai.model;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server on 127.0.0.1 that answers each request with the next of the manners it was given, and with the last one from then
 * on. It speaks HTTP by hand, because no library lets one lie as real servers do.
 */
public final class Unreliable implements AutoCloseable {
    /** What one request asked. */
    public record Asked(String path, Map<String, String> headers) {
        public String header(String name) {
            return headers.get(name.toLowerCase(Locale.ROOT));
        }

        /** Where it wants to begin; 0 if it asks for all. */
        public int from() {
            String range = header("range");
            return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        }
    }

    /** How one request is answered. */
    public interface Manner {
        void answer(Asked asked, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Manner> manners;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    public Unreliable(Manner... manners) throws IOException {
        this.manners = new ArrayList<>(List.of(manners));
        this.socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        threads.submit(this::serve);
    }

    public String url(String path) {
        return "http://127.0.0.1:" + socket.getLocalPort() + path;
    }

    public List<Asked> asked() {
        return asked;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                Socket one = socket.accept();
                threads.submit(() -> answer(one));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void answer(Socket one) {
        try (one) {
            Asked request = read(one.getInputStream());
            Manner manner;
            synchronized (manners) {
                asked.add(request);
                manner = manners.size() > 1 ? manners.removeFirst() : manners.getFirst();
            }
            manner.answer(request, one.getOutputStream());
        } catch (IOException e) {
            // whoever asked went away, which some tests want
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Asked read(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("no request");
            }
            head.write(b);
        }
        String[] lines = head.toString(US_ASCII).split("\r\n");
        Map<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        return new Asked(lines[0].split(" ")[1], headers);
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
        threads.shutdownNow();
    }

    // ---- manners

    static void head(OutputStream out, String status, String... headers) throws IOException {
        StringBuilder text = new StringBuilder("HTTP/1.1 " + status + "\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        out.write(text.append("Connection: close\r\n\r\n").toString().getBytes(US_ASCII));
    }

    /** A status and nothing else. */
    static Manner status(String status, String... headers) {
        return (asked, out) -> {
            List<String> all = new ArrayList<>(List.of(headers));
            all.add("Content-Length: 0");
            head(out, status, all.toArray(String[]::new));
        };
    }

    /** As it should be: ranges, an ETag, and If-Range. */
    public static Manner good(byte[] content, String etag) {
        return breaking(content, etag, Integer.MAX_VALUE);
    }

    /** The same, but for breaking off after so many bytes of an answer. */
    public static Manner breaking(byte[] content, String etag, int after) {
        return (asked, out) -> {
            int from = from(asked, content, etag);
            if (from >= content.length) {
                head(out, "416 Range Not Satisfiable", "Content-Range: bytes */" + content.length, "Content-Length: 0");
                return;
            }
            start(out, content, etag, from);
            out.write(content, from, Math.min(after, content.length - from));
            out.flush();
        };
    }

    private static int from(Asked asked, byte[] content, String etag) {
        String condition = asked.header("if-range");
        return condition == null || condition.equals(etag) ? asked.from() : 0;
    }

    private static void start(OutputStream out, byte[] content, String etag, int from) throws IOException {
        List<String> headers = new ArrayList<>();
        if (etag != null) {
            headers.add("ETag: " + etag);
        }
        headers.add("Content-Length: " + (content.length - from));
        if (from > 0) {
            headers.add("Content-Range: bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        head(out, from > 0 ? "206 Partial Content" : "200 OK", headers.toArray(String[]::new));
    }

    /** Sends so much and then nothing any more, without ending. */
    Manner stalling(byte[] content, String etag, int after) {
        return (asked, out) -> {
            int from = from(asked, content, etag);
            start(out, content, etag, from);
            out.write(content, from, Math.min(after, content.length - from));
            out.flush();
            closed.await();
        };
    }

    /** Sends pieces with pauses in between, in milliseconds. */
    public static Manner slow(byte[] content, String etag, int piece, long pause) {
        return (asked, out) -> {
            int from = from(asked, content, etag);
            start(out, content, etag, from);
            for (int at = from; at < content.length; at += piece) {
                out.write(content, at, Math.min(piece, content.length - at));
                out.flush();
                Thread.sleep(pause);
            }
        };
    }

    /** Knows no ranges. */
    static Manner plain(byte[] content, int after) {
        return (asked, out) -> {
            head(out, "200 OK", "Content-Length: " + content.length);
            out.write(content, 0, Math.min(after, content.length));
        };
    }

    /** Says no length, and sends it in chunks. */
    public static Manner chunked(byte[] content, boolean whole) {
        return (asked, out) -> {
            head(out, "200 OK", "Transfer-Encoding: chunked");
            out.write((Integer.toHexString(content.length) + "\r\n").getBytes(US_ASCII));
            out.write(content);
            out.write("\r\n".getBytes(US_ASCII));
            if (whole) {
                out.write("0\r\n\r\n".getBytes(US_ASCII));
            }
        };
    }

    /** Says no length, and ends by closing. */
    static Manner endless(byte[] content, int after) {
        return (asked, out) -> {
            head(out, "200 OK");
            out.write(content, 0, Math.min(after, content.length));
        };
    }

    /** Says one length and has another. */
    static Manner lying(byte[] content, long said) {
        return (asked, out) -> {
            head(out, "200 OK", "Content-Length: " + said);
            out.write(content);
        };
    }
}
