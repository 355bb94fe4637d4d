package dev.homeostat.knowledge;

import dev.homeostat.resource.StandardLog;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract with our own knowledge base, or with the one at {@code -Dknowledge.url=http://...}. */
class KnowledgeContractTest implements KnowledgeContract {
    @TempDir
    static Path folder;

    private static KnowledgeServer server;
    private static KnowledgeClient client;

    @BeforeAll
    static void start() throws Exception {
        String elsewhere = System.getProperty("knowledge.url");
        if (elsewhere == null) {
            server = KnowledgeServer.start(
                    Settings.of(
                            Map.of(),
                            "--listen",
                            "127.0.0.1:0",
                            "--state",
                            folder.resolve("state").toString()),
                    new StandardLog(System.out, "knowledge", false));
        }
        client = new KnowledgeClient(elsewhere == null ? server.address() : URI.create(elsewhere));
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    public KnowledgeClient client() {
        return client;
    }
}
