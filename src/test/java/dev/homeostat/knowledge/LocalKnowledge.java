package dev.homeostat.knowledge;

import dev.homeostat.resource.StandardLog;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** Our own knowledge base in this process, for tests of what uses one. It can be stopped and started again. */
public final class LocalKnowledge implements AutoCloseable {
    private final Path state;
    private final int port;
    private KnowledgeServer server;

    private LocalKnowledge(Path state, int port, KnowledgeServer server) {
        this.state = state;
        this.port = port;
        this.server = server;
    }

    /** On a free port. */
    public static LocalKnowledge start(Path state) throws Exception {
        KnowledgeServer server = start(state, 0);
        return new LocalKnowledge(state, server.address().getPort(), server);
    }

    private static KnowledgeServer start(Path state, int port) throws Exception {
        return KnowledgeServer.start(
                Settings.of(Map.of(), "--listen", "127.0.0.1:" + port, "--state", state.toString()),
                new StandardLog(System.out, "knowledge", false));
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public KnowledgeClient client() {
        return new KnowledgeClient(address());
    }

    /** What is being answered is cut off. */
    public void stop() throws Exception {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    /** Where and with what it was. */
    public void again() throws Exception {
        if (server == null) {
            server = start(state, port);
        }
    }

    @Override
    public void close() throws Exception {
        stop();
    }
}
