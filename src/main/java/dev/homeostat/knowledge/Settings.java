package dev.homeostat.knowledge;

import dev.homeostat.resource.Trouble;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a knowledge base is started with.
 *
 * @param listen a loopback address; port 0 takes a free one
 * @param state folder of documents and index, mode 0700
 * @param embeddings where texts become vectors; empty: search by words only
 */
record Settings(InetSocketAddress listen, Path state, Optional<Endpoint> embeddings) {
    /** The one place for it. */
    static final int DEFAULT_PORT = 8091;

    static final String LISTEN_VARIABLE = "HOMEOSTAT_KNOWLEDGE_LISTEN";
    static final String STATE_VARIABLE = "HOMEOSTAT_KNOWLEDGE_STATE";
    static final String EMBEDDINGS_VARIABLE = "HOMEOSTAT_KNOWLEDGE_EMBEDDINGS";
    static final String MODEL_VARIABLE = "HOMEOSTAT_KNOWLEDGE_MODEL";

    private static final int LAST_PORT = 65_535;
    private static final int LONGEST_MODEL_CHARS = 200;

    /**
     * An endpoint with OpenAI's embeddings API.
     *
     * @param base such as {@code http://127.0.0.1:8000/v1}
     * @param model as the endpoint calls it
     */
    record Endpoint(URI base, String model) {}

    /**
     * @param args what follows {@code homeostat knowledge serve}
     * @throws Trouble invalid, if there is no such option or a value cannot be
     */
    static Settings of(Map<String, String> environment, String... args) throws Trouble {
        String listen = environment.getOrDefault(LISTEN_VARIABLE, "127.0.0.1:" + DEFAULT_PORT);
        String state = environment.getOrDefault(STATE_VARIABLE, environment.get("STATE_DIRECTORY"));
        String embeddings = environment.getOrDefault(EMBEDDINGS_VARIABLE, "");
        String model = environment.getOrDefault(MODEL_VARIABLE, "");
        for (int i = 0; i < args.length; i += 2) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            if (value.isEmpty()) {
                throw Trouble.invalid(args[i] + " is no option with a value", "homeostat help knowledge lists them");
            }
            switch (args[i]) {
                case "--listen" -> listen = value;
                case "--state" -> state = value;
                case "--embeddings" -> embeddings = value;
                case "--model" -> model = value;
                default ->
                    throw Trouble.invalid(
                            "there is no option \"" + args[i] + "\"", "homeostat help knowledge lists them");
            }
        }
        return new Settings(
                address(listen),
                (state == null || state.isEmpty() ? usual(environment) : Path.of(state))
                        .toAbsolutePath()
                        .normalize(),
                embeddings.isEmpty() ? Optional.empty() : Optional.of(endpoint(embeddings, model)));
    }

    /** After the XDG base directory specification, among what belongs to the AI stack. */
    private static Path usual(Map<String, String> environment) {
        String data = environment.get("XDG_DATA_HOME");
        Path base = data != null && data.startsWith("/")
                ? Path.of(data)
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".local/share");
        return base.resolve("ai-optimizer/knowledge");
    }

    private static InetSocketAddress address(String text) throws Trouble {
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, Math.max(colon, 0)).replaceAll("^\\[|\\]$", "");
            InetAddress address = InetAddress.ofLiteral(host.equals("localhost") ? "127.0.0.1" : host);
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 0 || port > LAST_PORT) {
                throw new IllegalArgumentException("no port");
            }
            if (!address.isLoopbackAddress()) {
                throw Trouble.invalid(
                        "the knowledge base listens on this machine only, and " + host + " is not a loopback address",
                        "it asks nobody for a password; put a proxy that does before it");
            }
            return new InetSocketAddress(address, port);
        } catch (IllegalArgumentException e) {
            throw new Trouble(
                    Trouble.Sort.INVALID,
                    "\"" + text + "\" is not an address to listen on",
                    "write it as 127.0.0.1:" + DEFAULT_PORT + " or [::1]:" + DEFAULT_PORT,
                    e);
        }
    }

    private static Endpoint endpoint(String text, String model) throws Trouble {
        if (model.isBlank() || model.length() > LONGEST_MODEL_CHARS) {
            throw Trouble.invalid(
                    "an embeddings endpoint needs the name of a model of at most " + LONGEST_MODEL_CHARS
                            + " characters",
                    "name it with --model or " + MODEL_VARIABLE);
        }
        try {
            URI base = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            boolean http = "http".equals(base.getScheme()) || "https".equals(base.getScheme());
            if (!http || base.getHost() == null || base.getQuery() != null || base.getUserInfo() != null) {
                throw new IllegalArgumentException("no address of a server");
            }
            return new Endpoint(base, model);
        } catch (IllegalArgumentException e) {
            throw new Trouble(
                    Trouble.Sort.INVALID,
                    "\"" + text + "\" is not the address of an embeddings endpoint",
                    "write it as http://127.0.0.1:8000/v1",
                    e);
        }
    }
}
