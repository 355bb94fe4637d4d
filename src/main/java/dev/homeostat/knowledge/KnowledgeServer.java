package dev.homeostat.knowledge;

import com.sun.net.httpserver.HttpServer;
import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A knowledge base that answers. */
final class KnowledgeServer implements AutoCloseable {
    /** Connections that wait to be accepted. */
    private static final int BACKLOG = 64;
    /** More at once is nobody's honest use. */
    private static final int CONNECTIONS_LIMIT = 256;
    /** For a request to come whole: one that comes byte by byte is cut off. */
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);
    /** For a connection between two requests. */
    private static final Duration IDLE_LIMIT = Duration.ofSeconds(60);
    /** For those that are being answered when it ends. */
    private static final Duration END_LIMIT = Duration.ofSeconds(3);

    static {
        // read once, when the first server of the JDK is made
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", Long.toString(REQUEST_LIMIT.toSeconds()));
        System.setProperty("sun.net.httpserver.idleInterval", Long.toString(IDLE_LIMIT.toSeconds()));
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS_LIMIT));
    }

    private final StateFolder folder;
    private final Library library;
    private final HttpServer http;
    private final HeapReturn heap;
    private final ExecutorService answers = Executors.newVirtualThreadPerTaskExecutor();

    private KnowledgeServer(StateFolder folder, Library library, HttpServer http, Gauges gauges) {
        this.heap = new HeapReturn(() -> gauges.work() + library.behind());
        this.folder = folder;
        this.library = library;
        this.http = http;
    }

    /** @throws Trouble if the folder or the address cannot be had */
    static KnowledgeServer start(Settings settings, StandardLog log) throws Trouble {
        StateFolder folder = StateFolder.take(settings.state());
        try {
            return start(settings, folder, log);
        } catch (Trouble e) {
            try {
                folder.close();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private static KnowledgeServer start(Settings settings, StateFolder folder, StandardLog log) throws Trouble {
        HttpServer http;
        try {
            http = HttpServer.create(settings.listen(), BACKLOG);
        } catch (IOException e) {
            throw new Trouble(
                    Trouble.Sort.CONFLICT,
                    "cannot listen on " + text(settings.listen()) + ": " + e.getMessage(),
                    "homeostat doctor --machine says who has the port; another one: --listen ADDRESS:PORT",
                    e);
        }
        try {
            Library library = new Library(folder, settings.embeddings().map(Embeddings::new), log);
            Gauges gauges = new Gauges();
            KnowledgeServer server = new KnowledgeServer(folder, library, http, gauges);
            http.setExecutor(server.answers);
            http.createContext("/", new Api(library, gauges, log));
            http.start();
            return server;
        } catch (Trouble e) {
            http.stop(0);
            throw e;
        }
    }

    URI address() {
        return URI.create("http://" + text(http.getAddress()));
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host.replaceFirst("^0:0:0:0:0:0:0:1$", "::1") + "]" : host) + ":"
                + address.getPort();
    }

    /** What is being answered has a moment to end. */
    @Override
    public void close() throws IOException, SQLException, InterruptedException {
        try (folder) {
            http.stop((int) END_LIMIT.toSeconds());
            answers.shutdownNow();
            heap.close();
            library.close();
        }
    }
}
