package dev.homeostat.ai;

import dev.homeostat.ai.server.ServerEntry;
import dev.homeostat.resource.Catalogue;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Where the server that answers with models is: the one place for its name and port. Thread-safe. */
@ApplicationScoped
public class ModelServer {
    /** Of its entry in the catalogue, and so of its container. */
    public static final String NAME = "model-server";

    /** The same of the one that makes vectors of texts. */
    public static final String EMBEDDING_NAME = "embedding-server";

    /** That the server's image is made for. */
    public static final int PORT_INSIDE = 8080;

    /** A long page or a file of some hundred lines, with the answer; more takes memory also when it is not used. */
    public static final int CONTEXT_TOKENS = 8192;

    /** Nine gigabytes from a slow disk take three minutes. */
    public static final Duration START_LIMIT = Duration.ofMinutes(10);

    private static final int HTTP_PORT = 80;

    private final Catalogue catalogue;

    public ModelServer(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /**
     * Where it answers by OpenAI's API.
     *
     * @param base address without a slash at its end, such as {@code http://127.0.0.1:8000/v1}
     */
    public record Address(String base, int port) {}

    /** Empty if the stack has none. */
    Optional<Address> address(AiEntry stack, Profile profile) {
        ServerEntry entry = stack.server();
        if (entry != null && Boolean.FALSE.equals(entry.enabled())) {
            return Optional.empty();
        }
        if (entry != null && entry.url() != null) {
            String base = entry.url().endsWith("/")
                    ? entry.url().substring(0, entry.url().length() - 1)
                    : entry.url();
            int port = URI.create(base).getPort();
            return Optional.of(new Address(base, port < 0 ? HTTP_PORT : port));
        }
        if (profile == Profile.OFF) {
            return Optional.empty();
        }
        return Optional.of(here(NAME, entry == null ? null : entry.port()));
    }

    /** Where one of ours makes vectors of texts; empty if the stack's server for models is somebody else's, or there is none. */
    public Optional<Address> embeddings(Stack stack) {
        ServerEntry entry = stack.entry().server();
        return stack.server()
                .filter(server -> entry == null || entry.url() == null)
                .map(server -> here(EMBEDDING_NAME, entry == null ? null : entry.embeddingPort()));
    }

    private Address here(String name, Integer declared) {
        int port = declared == null
                ? catalogue.offer(name).orElseThrow().ports().getFirst().number()
                : declared;
        return new Address("http://127.0.0.1:" + port + "/v1", port);
    }
}
