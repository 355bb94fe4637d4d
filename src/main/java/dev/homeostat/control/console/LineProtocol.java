package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.Style;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * What the client reads: one letter and a line. A sign of life is sent while a command is silent, so that either side
 * notices when the other is gone.
 */
public final class LineProtocol implements Output, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(LineProtocol.class);
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);
    /** Before it is sent in one piece: a screen, not a plan of thousands of lines. */
    private static final int PIECE_BYTES = 8192;

    private final OutputStream out;
    private final boolean color;
    private final ReentrantLock lock = new ReentrantLock();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final StringBuilder piece = new StringBuilder();
    private final AtomicReference<IOException> gone = new AtomicReference<>();

    public LineProtocol(OutputStream out, boolean color) {
        this.out = out;
        this.color = color;
        Thread.ofVirtual().name("console-life").start(this::live);
    }

    @Override
    public void line(String text) throws IOException {
        write('o', text);
    }

    @Override
    public void error(String text) throws IOException {
        write('e', text);
    }

    @Override
    public void flush() throws IOException {
        lock.lock();
        try {
            send();
        } finally {
            lock.unlock();
        }
    }

    public void exit(ExitCode code) throws IOException {
        lock.lock();
        try {
            piece.append("x ").append(code.number()).append('\n');
            send();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Nobody reads any more: the next line that is written says so to the command. Called on an event loop, so it must not
     * wait: whoever holds the lock may be writing, and a write ends only when the event loop gets on.
     */
    public void left() {
        gone.compareAndSet(null, new IOException("the client left"));
        closed.countDown();
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private void write(char kind, String text) throws IOException {
        lock.lock();
        try {
            for (String line : text.split("\n", -1)) {
                piece.append(kind).append(' ').append(Style.sent(line, color)).append('\n');
            }
            if (piece.length() > PIECE_BYTES) {
                send();
            }
        } finally {
            lock.unlock();
        }
    }

    private void send() throws IOException {
        if (gone.get() != null) {
            throw gone.get();
        }
        try {
            out.write(piece.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
            piece.setLength(0);
        } catch (IOException e) {
            gone.compareAndSet(null, e);
            throw e;
        }
    }

    private void live() {
        try {
            while (!closed.await(SIGN_OF_LIFE.toMillis(), TimeUnit.MILLISECONDS)) {
                lock.lock();
                try {
                    piece.append("k\n");
                    send();
                } finally {
                    lock.unlock();
                }
            }
        } catch (IOException e) {
            LOG.debugf("a client left: %s", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
