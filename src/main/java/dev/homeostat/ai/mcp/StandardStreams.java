package dev.homeostat.ai.mcp;

import dev.homeostat.resource.Json;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages in lines: from standard input, to standard output. The SDK has such a transport, but it ends at the first line that
 * is no message, takes any number of messages into memory, and forgets what it was asked when the input ends.
 */
final class StandardStreams {
    /** At work at a time; further ones wait in the pipe. */
    private static final int AT_ONCE = 8;

    private final Protocol protocol;
    private final InputStream in;
    private final OutputStream out;
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final ReentrantLock writing = new ReentrantLock();
    private volatile String client = "unknown";
    private volatile IOException gone;

    StandardStreams(Protocol protocol, InputStream in, OutputStream out) {
        this.protocol = protocol;
        this.in = new BufferedInputStream(in, 64 * 1024);
        this.out = out;
    }

    /**
     * Serves until the input ends and all is answered.
     *
     * @throws IOException if nobody reads the answers any more
     */
    void serve() throws IOException, InterruptedException {
        while (gone == null) {
            Line line = next();
            if (line == null) {
                break;
            }
            if (line.tooLong) {
                write(Protocol.error(
                        null,
                        McpSchema.ErrorCodes.INVALID_REQUEST,
                        "a message has at most " + Protocol.MESSAGE_LIMIT_BYTES + " bytes"));
            } else if (!line.isBlank()) {
                take(line.toByteArray());
            }
        }
        room.acquire(AT_ONCE); // those that are at work
        if (gone != null) {
            throw gone;
        }
    }

    private void take(byte[] message) throws InterruptedException {
        if (isIntroduction(message)) { // what follows belongs to that client
            answer(message);
            return;
        }
        room.acquire();
        Thread.ofVirtual().start(() -> {
            try {
                answer(message);
            } finally {
                room.release();
            }
        });
    }

    private static boolean isIntroduction(byte[] message) {
        try {
            return Json.MAPPER.readTree(message).path("method").asText().equals(McpSchema.METHOD_INITIALIZE);
        } catch (IOException e) {
            return false; // is told where it is answered
        }
    }

    private void answer(byte[] message) {
        Protocol.Outcome outcome = protocol.handle(message, client);
        outcome.introduction().ifPresent(name -> client = name);
        Optional<String> reply = outcome.reply();
        if (reply.isPresent()) {
            try {
                write(reply.get());
            } catch (IOException e) {
                gone = e;
            }
        }
    }

    private void write(String message) throws IOException {
        byte[] line = (message + "\n").getBytes(StandardCharsets.UTF_8);
        writing.lock();
        try {
            out.write(line);
            out.flush();
        } finally {
            writing.unlock();
        }
    }

    /** A line, of which no more is kept than a message may have. */
    private static final class Line extends ByteArrayOutputStream {
        private boolean tooLong;

        void add(int b) {
            if (size() < Protocol.MESSAGE_LIMIT_BYTES) {
                write(b);
            } else {
                tooLong = true;
            }
        }

        boolean isBlank() {
            for (int i = 0; i < count; i++) {
                if (buf[i] != ' ' && buf[i] != '\t' && buf[i] != '\r') {
                    return false;
                }
            }
            return true;
        }
    }

    private Line next() throws IOException {
        Line line = new Line();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return line.size() == 0 ? null : line;
            }
            line.add(b);
        }
        return line;
    }
}
