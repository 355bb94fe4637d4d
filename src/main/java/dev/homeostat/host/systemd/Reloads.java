package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** {@code daemon-reload}, one for all who ask while one is under way. Thread-safe. */
final class Reloads {
    /** systemd answers when it has read its files and asked its generators: seconds on a big machine. */
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final Connection connection;
    private final Object lock = new Object();
    /** Guarded by {@code lock}. */
    private boolean running;
    /** Guarded by {@code lock}; null if nobody asked since the running one began. */
    private CompletableFuture<Void> next;

    Reloads(Connection connection) {
        this.connection = connection;
    }

    /** Waits for one that begins after this call. */
    void run() throws Trouble {
        CompletableFuture<Void> mine;
        synchronized (lock) {
            if (next == null) {
                next = new CompletableFuture<>();
            }
            mine = next;
            if (!running) {
                running = true;
                Thread.ofVirtual().name("daemon-reload").start(this::runWhileAsked);
            }
        }
        try {
            Bus.await(mine, LIMIT.multipliedBy(2), connection.who());
        } catch (Bus.CallFailed e) {
            throw Trouble.passing(connection.who() + " could not read its files anew: " + e.getMessage());
        }
    }

    private void runWhileAsked() {
        while (true) {
            CompletableFuture<Void> now;
            synchronized (lock) {
                now = next;
                next = null;
                if (now == null) {
                    running = false;
                    return;
                }
            }
            try {
                connection.manager("read its files anew", LIMIT, values -> null, "Reload", null);
                now.complete(null);
            } catch (Trouble e) {
                now.completeExceptionally(new IOException(e.getMessage(), e));
            } catch (RuntimeException e) {
                now.completeExceptionally(e);
            }
        }
    }
}
