package dev.homeostat.ai.mcp;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.homeostat.resource.Trouble;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/**
 * Streamable HTTP on loopback, for those who have the token: every message is a POST to /mcp and answered in its response.
 * Nothing is pushed, so GET is refused, as the protocol allows. Pages in a browser get no answer: their Origin is not this
 * machine, and a name that was bound to 127.0.0.1 afterwards is not in Host.
 */
final class LoopbackHttp implements AutoCloseable {
    private static final String PATH = "/mcp";
    private static final String SESSION = "Mcp-Session-Id";
    private static final String VERSION = "MCP-Protocol-Version";
    private static final String JSON = "application/json";

    private static final int BACKLOG = 32;
    /** More at once is nobody's honest use. */
    private static final int CONNECTIONS_LIMIT = 64;
    /** For a request to come whole, and for a connection between two requests. */
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(30);
    /** At work at a time: each may hold a message of the largest size. */
    private static final int AT_ONCE = 8;
    /** Clients whose names are remembered; who came first is forgotten first, and introduces itself anew. */
    private static final int SESSIONS_LIMIT = 64;

    private static final int SESSION_BYTES = 16;
    private static final Duration END_LIMIT = Duration.ofSeconds(2);

    private static final Pattern HOST =
            Pattern.compile("(localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1\\])(:\\d{1,5})?");
    private static final Pattern ORIGIN = Pattern.compile("https?://" + HOST.pattern());

    static {
        // read once, when the first server of the JDK is made
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", Long.toString(REQUEST_LIMIT.toSeconds()));
        System.setProperty("sun.net.httpserver.idleInterval", Long.toString(REQUEST_LIMIT.toSeconds()));
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS_LIMIT));
    }

    private final Protocol protocol;
    private final Token token;
    private final PrintStream log;
    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final SecureRandom random = new SecureRandom();
    /** From id to the name of the client. Guarded by itself. */
    private final Map<String, String> sessions = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > SESSIONS_LIMIT;
        }
    };

    private LoopbackHttp(Protocol protocol, Token token, PrintStream log, HttpServer http) {
        this.protocol = protocol;
        this.token = token;
        this.log = log;
        this.http = http;
    }

    /** @throws Trouble if the address cannot be had, or is not of loopback */
    static LoopbackHttp start(InetSocketAddress address, Protocol protocol, Token token, PrintStream log)
            throws Trouble {
        if (address.getAddress() == null || !address.getAddress().isLoopbackAddress()) {
            throw Trouble.invalid(
                    "the server listens on loopback only", "such as --http 127.0.0.1:8092; others come through ssh");
        }
        HttpServer http;
        try {
            http = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new Trouble(
                    Trouble.Sort.CONFLICT,
                    "cannot listen on port " + address.getPort() + ": " + e.getMessage(),
                    "homeostat doctor --machine says who has it; another one: --http 127.0.0.1:PORT",
                    e);
        }
        LoopbackHttp server = new LoopbackHttp(protocol, token, log, http);
        http.setExecutor(server.threads);
        http.createContext("/", server::exchange);
        http.start();
        return server;
    }

    URI address() {
        String host = http.getAddress().getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[::1]" : host) + ":"
                + http.getAddress().getPort() + PATH);
    }

    private void exchange(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!room.tryAcquire()) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                refuse(exchange, 503, "more than " + AT_ONCE + " requests at once: try again");
                return;
            }
            try {
                answer(exchange);
            } catch (RuntimeException e) {
                log.println("homeostat mcp: a mistake");
                e.printStackTrace(log);
                refuse(exchange, 500, "the server made a mistake, which it has written to its standard error");
            } finally {
                room.release();
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        String host = headers.getFirst("Host");
        String origin = headers.getFirst("Origin");
        String site = headers.getFirst("Sec-Fetch-Site");
        if (host == null || !HOST.matcher(host).matches()) {
            refuse(exchange, 421, "Host does not name this machine");
        } else if (origin != null && !ORIGIN.matcher(origin).matches() || "cross-site".equals(site)) {
            refuse(exchange, 403, "not for pages from elsewhere");
        } else if (!exchange.getRequestURI().getPath().equals(PATH)) {
            refuse(exchange, 404, "only " + PATH + " is here");
        } else if (!token.isIn(headers.getFirst("Authorization"))) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
            refuse(exchange, 401, "show the token of ~/.config/ai-optimizer/mcp-token: Authorization: Bearer TOKEN");
        } else {
            switch (exchange.getRequestMethod()) {
                case "POST" -> post(exchange, headers);
                case "DELETE" -> end(exchange, headers);
                default -> {
                    exchange.getResponseHeaders().set("Allow", "POST, DELETE");
                    refuse(exchange, 405, "nothing is pushed from here");
                }
            }
        }
    }

    private void post(HttpExchange exchange, Headers headers) throws IOException {
        String type = headers.getFirst("Content-Type");
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase(JSON)) {
            refuse(exchange, 415, "a message is " + JSON);
            return;
        }
        String version = headers.getFirst(VERSION);
        if (version != null && !protocol.protocolVersions().contains(version)) {
            refuse(exchange, 400, "the version is one of " + String.join(", ", protocol.protocolVersions()));
            return;
        }
        String client = "unknown";
        String session = headers.getFirst(SESSION);
        if (session != null) {
            synchronized (sessions) {
                client = sessions.get(session);
            }
            if (client == null) {
                refuse(exchange, 404, "the session is over: begin a new one");
                return;
            }
        }
        byte[] body = exchange.getRequestBody().readNBytes(Protocol.MESSAGE_LIMIT_BYTES + 1);
        if (body.length > Protocol.MESSAGE_LIMIT_BYTES) {
            exchange.getResponseHeaders().set("Connection", "close");
            refuse(exchange, 413, "a message has at most " + Protocol.MESSAGE_LIMIT_BYTES + " bytes");
            return;
        }
        Protocol.Outcome outcome = protocol.handle(body, client);
        outcome.introduction().ifPresent(name -> exchange.getResponseHeaders().set(SESSION, begin(name)));
        Optional<String> reply = outcome.reply();
        if (reply.isPresent()) {
            send(exchange, outcome.fault() ? 400 : 200, reply.get());
        } else {
            exchange.sendResponseHeaders(outcome.fault() ? 400 : 202, -1);
        }
    }

    private String begin(String client) {
        byte[] id = new byte[SESSION_BYTES];
        random.nextBytes(id);
        String session = HexFormat.of().formatHex(id);
        synchronized (sessions) {
            sessions.put(session, client);
        }
        return session;
    }

    private void end(HttpExchange exchange, Headers headers) throws IOException {
        String session = headers.getFirst(SESSION);
        boolean known;
        synchronized (sessions) {
            known = session != null && sessions.remove(session) != null;
        }
        exchange.sendResponseHeaders(known ? 204 : 404, -1);
    }

    private static void refuse(HttpExchange exchange, int status, String sentence) throws IOException {
        send(exchange, status, Protocol.error(null, McpSchema.ErrorCodes.INVALID_REQUEST, sentence));
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", JSON);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        http.stop((int) END_LIMIT.toSeconds());
        threads.shutdownNow();
    }
}
