package dev.homeostat.knowledge;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.StandardLog;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** The HTTP API; docs/reference/knowledge-api.md is its contract. Thread-safe. */
final class Api implements HttpHandler {
    static final int BATCH_LIMIT = 500;
    static final int QUERY_LIMIT_CHARS = 1_000;
    private static final int USUAL_HITS = 10;
    private static final int MOST_HITS = 100;
    private static final int USUAL_PAGE = 100;
    private static final int LARGEST_PAGE = 1_000;
    /** Documents with these tags are skills of agents, and tools that there are. */
    private static final String SKILL = "skill";

    private static final String TOOL = "tool";

    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1\\])(:\\d{1,5})?");

    private static final Set<String> NONE = Set.of();

    /** Several documents in one request, or one: then the other fields are its own. */
    record Sent(
            List<Document.Sent> documents,
            String id,
            String project,
            List<String> tags,
            String source,
            String sha256,
            String text) {}

    record Texts(List<String> texts) {}

    record VectorItem(String id, JsonNode vector) {}

    record VectorItems(String model, List<VectorItem> items) {}

    record VectorQuestion(String text, JsonNode vector, String model, String project, String tag, Integer limit) {}

    /** A document as a list tells of it. */
    record Listed(
            String id, String project, List<String> tags, String source, String sha256, int bytes, Instant stored) {
        static Listed of(Document d) {
            return new Listed(d.id(), d.project(), d.tags(), d.source(), d.sha256(), d.bytes(), d.stored());
        }
    }

    private final Library library;
    private final Gauges gauges;
    private final StandardLog log;
    private final byte[] openApi;

    Api(Library library, Gauges gauges, StandardLog log) {
        this.library = library;
        this.gauges = gauges;
        this.log = log;
        try (var in = Api.class.getResourceAsStream("openapi.json")) {
            this.openApi = in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("openapi.json is in the program", e);
        }
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        try (exchange) {
            try {
                sameMachine(exchange);
                route(exchange, path);
            } catch (Refused e) {
                problem(exchange, e.problem(), e.getMessage());
            } catch (SQLException e) {
                log.error("the documents cannot be read: " + e.getMessage());
                problem(exchange, Problem.UNAVAILABLE, "the documents cannot be read: " + e.getMessage());
            } catch (InterruptedException e) {
                problem(exchange, Problem.UNAVAILABLE, "the knowledge base is being stopped");
            } catch (RuntimeException e) {
                String mark = UUID.randomUUID().toString();
                log.bug("mistake " + mark + " while answering " + path, e);
                problem(exchange, Problem.BUG, "the journal of the knowledge base has the details under " + mark);
            }
        } finally {
            gauges.answered(exchange.getResponseCode());
        }
    }

    /**
     * A name that somebody else's name server leads to this machine, and pages from elsewhere, are refused: whoever looks
     * at a page in a browser here has not asked for that.
     */
    private static void sameMachine(HttpExchange exchange) throws Refused {
        List<String> hosts = exchange.getRequestHeaders().get("Host");
        if (hosts == null
                || hosts.size() != 1
                || !LOOPBACK.matcher(hosts.getFirst()).matches()) {
            throw new Refused(
                    Problem.MISDIRECTED, "ask for localhost, 127.0.0.1 or [::1]: the header Host names another");
        }
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        if (origin != null && !fromHere(origin)) {
            throw new Refused(Problem.NOT_PERMITTED, "pages from elsewhere may not ask");
        }
    }

    private static boolean fromHere(String origin) {
        try {
            String authority = URI.create(origin).getAuthority();
            return authority != null && LOOPBACK.matcher(authority).matches();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void route(HttpExchange exchange, String path)
            throws Refused, IOException, SQLException, InterruptedException {
        switch (path) {
            case "/health" -> {
                get(exchange, NONE);
                answer(exchange, 200, Map.of("status", "UP"));
            }
            case "/readyz" -> {
                get(exchange, NONE);
                ready(exchange);
            }
            case "/metrics" -> {
                get(exchange, NONE);
                send(exchange, 200, TEXT, gauges.text(library).getBytes(StandardCharsets.UTF_8));
            }
            case "/openapi.json" -> {
                get(exchange, NONE);
                send(exchange, 200, JSON, openApi);
            }
            case "/documents" -> {
                if (allowed(exchange, "GET", "POST").equals("POST")) {
                    new Request(exchange, NONE).body(Sent.class, sent -> store(exchange, sent));
                } else {
                    list(exchange, new Request(exchange, Set.of("project", "tag", "source", "after", "limit")), null);
                }
            }
            case "/skills" -> list(exchange, get(exchange, Set.of("project", "after", "limit")), SKILL);
            case "/tools" -> list(exchange, get(exchange, Set.of("project", "after", "limit")), TOOL);
            case "/search" -> search(exchange, get(exchange, Set.of("q", "project", "tag", "limit")));
            case "/vector/embed" -> {
                allowed(exchange, "POST");
                new Request(exchange, NONE).body(Texts.class, texts -> embed(exchange, texts));
            }
            case "/vector/index" -> {
                allowed(exchange, "POST");
                new Request(exchange, NONE).body(VectorItems.class, items -> indexVectors(exchange, items));
            }
            case "/vector/search" -> {
                allowed(exchange, "POST");
                new Request(exchange, NONE).body(VectorQuestion.class, question -> near(exchange, question));
            }
            default -> {
                if (!path.startsWith("/documents/")) {
                    throw new Refused(
                            Problem.NOT_FOUND, "there is nothing at " + path + "; /openapi.json says what there is");
                }
                one(exchange, path.substring("/documents/".length()));
            }
        }
    }

    // ---- documents

    private void store(HttpExchange exchange, Sent sent) throws Refused, IOException, InterruptedException {
        boolean several = sent.documents() != null;
        if (several && (sent.id() != null || sent.text() != null || sent.source() != null)) {
            throw Refused.malformed("send either documents or the fields of one document");
        }
        List<Document.Sent> all = several
                ? sent.documents()
                : List.of(new Document.Sent(
                        sent.id(), sent.project(), sent.tags(), sent.source(), sent.sha256(), sent.text()));
        if (all.isEmpty() || all.size() > BATCH_LIMIT) {
            throw Refused.malformed("documents has 1 to " + BATCH_LIMIT + " documents");
        }
        Instant now = Instant.now();
        List<Document> documents = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Document.Sent each : all) {
            if (each == null) {
                throw Refused.malformed("a document is null");
            }
            Document document = each.checked(now);
            if (!ids.add(document.id())) {
                throw Refused.malformed("document " + document.id() + " is there twice");
            }
            documents.add(document);
        }
        List<Library.Stored> stored = library.put(documents);
        gauges.stored(stored);
        if (several) {
            answer(
                    exchange,
                    200,
                    Map.of("documents", stored.stream().map(Api::told).toList()));
        } else {
            int status = stored.getFirst().outcome() == Store.Outcome.CREATED ? 201 : 200;
            answer(exchange, status, told(stored.getFirst()));
        }
    }

    private static Map<String, String> told(Library.Stored stored) {
        Map<String, String> told = new LinkedHashMap<>();
        told.put("id", stored.id());
        told.put("outcome", stored.outcome().name().toLowerCase(java.util.Locale.ROOT));
        told.put("sha256", stored.sha256());
        return told;
    }

    private void list(HttpExchange exchange, Request request, String tag) throws Refused, IOException, SQLException {
        int limit = request.number("limit", USUAL_PAGE, LARGEST_PAGE);
        String after = request.parameter("after");
        Store.Filter filter =
                new Store.Filter(request.project(), tag == null ? request.tag() : tag, request.parameter("source"));
        List<Document> found = library.list(filter, after == null ? "" : Document.id(after), limit + 1);
        boolean more = found.size() > limit;
        List<Listed> page = found.stream().limit(limit).map(Listed::of).toList();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("documents", page);
        answer.put("next", more ? page.getLast().id() : null);
        answer(exchange, 200, answer);
    }

    private void one(HttpExchange exchange, String text)
            throws Refused, IOException, SQLException, InterruptedException {
        String method = allowed(exchange, "GET", "DELETE");
        new Request(exchange, NONE);
        String id = Document.id(text);
        if (method.equals("DELETE")) {
            if (!library.remove(id)) {
                throw noSuch(id);
            }
            exchange.sendResponseHeaders(204, -1);
            return;
        }
        answer(exchange, 200, library.get(id).orElseThrow(() -> noSuch(id)));
    }

    private static Refused noSuch(String id) {
        return new Refused(Problem.NOT_FOUND, "there is no document " + id);
    }

    // ---- search

    private void search(HttpExchange exchange, Request request)
            throws Refused, IOException, SQLException, InterruptedException {
        String query = query(request.parameter("q"));
        int limit = request.number("limit", USUAL_HITS, MOST_HITS);
        long begun = System.nanoTime();
        String project = request.project();
        String tag = request.tag();
        Library.Answer answer = found(() -> library.search(query, project, tag, limit));
        gauges.searched(System.nanoTime() - begun);
        answer(exchange, 200, answer);
    }

    private static String query(String query) throws Refused {
        if (query == null || query.isBlank()) {
            throw Refused.malformed("q says what is looked for, and is missing");
        }
        if (query.length() > QUERY_LIMIT_CHARS) {
            throw Refused.malformed("a query has at most " + QUERY_LIMIT_CHARS + " characters");
        }
        return query;
    }

    private void embed(HttpExchange exchange, Texts sent) throws Refused, IOException, InterruptedException {
        if (sent.texts() == null
                || sent.texts().isEmpty()
                || sent.texts().size() > Embeddings.BATCH_LIMIT
                || sent.texts().stream().anyMatch(text -> text == null || text.isBlank())) {
            throw Refused.malformed("texts has 1 to " + Embeddings.BATCH_LIMIT + " texts, and none is empty");
        }
        List<Store.Vector> vectors = library.vectorsOf(sent.texts());
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("model", library.embeddings().model());
        answer.put("dimensions", vectors.getFirst().values().length);
        answer.put("vectors", vectors.stream().map(Store.Vector::values).toList());
        answer(exchange, 200, answer);
    }

    private void indexVectors(HttpExchange exchange, VectorItems sent)
            throws Refused, IOException, SQLException, InterruptedException {
        if (sent.items() == null || sent.items().isEmpty() || sent.items().size() > BATCH_LIMIT) {
            throw Refused.malformed("items has 1 to " + BATCH_LIMIT + " items");
        }
        Map<Document, Store.Vector> vectors = new LinkedHashMap<>();
        List<Document> without = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (VectorItem item : sent.items()) {
            String id = Document.id(item == null ? null : item.id());
            if (!ids.add(id)) {
                throw Refused.malformed("document " + id + " is there twice");
            }
            Document document = library.get(id).orElseThrow(() -> noSuch(id));
            if (item.vector() == null || item.vector().isNull()) {
                without.add(document);
            } else {
                vectors.put(document, Embeddings.vector(model(sent.model()), item.vector()));
            }
        }
        if (without.size() > Embeddings.BATCH_LIMIT) {
            throw Refused.malformed(
                    "of at most " + Embeddings.BATCH_LIMIT + " documents a vector is made in one request");
        }
        if (!without.isEmpty()) {
            List<Store.Vector> made =
                    library.vectorsOf(without.stream().map(Document::text).toList());
            for (int i = 0; i < made.size(); i++) {
                vectors.put(without.get(i), made.get(i));
            }
        }
        library.putVectors(vectors);
        answer(exchange, 200, Map.of("indexed", vectors.size()));
    }

    private void near(HttpExchange exchange, VectorQuestion question)
            throws Refused, IOException, SQLException, InterruptedException {
        boolean byText = question.text() != null;
        boolean byVector = question.vector() != null && !question.vector().isNull();
        if (byText == byVector) {
            throw Refused.malformed("send either a text or a vector");
        }
        int limit = question.limit() == null ? USUAL_HITS : question.limit();
        if (limit < 1 || limit > MOST_HITS) {
            throw Refused.malformed("limit is a number from 1 to " + MOST_HITS + ", not " + limit);
        }
        String project = question.project() == null ? null : Document.project(question.project());
        String tag = question.tag() == null ? null : Document.tag(question.tag());
        Store.Vector vector = byText
                ? library.vectorsOf(List.of(query(question.text()))).getFirst()
                : Embeddings.vector(model(question.model()), question.vector());
        answer(exchange, 200, found(() -> library.near(vector, byText ? question.text() : "", project, tag, limit)));
    }

    private interface Search {
        Library.Answer search() throws Refused, IOException, SQLException, InterruptedException;
    }

    /** That the index cannot be read is told: whoever asked would only see that the connection ends. */
    private Library.Answer found(Search search) throws Refused, SQLException, InterruptedException {
        try {
            return search.search();
        } catch (IOException e) {
            log.error("the index cannot be searched: " + e);
            throw new Refused(Problem.UNAVAILABLE, "the index cannot be searched: " + e.getMessage());
        }
    }

    /** The one that is configured, if none is named. */
    private String model(String named) throws Refused {
        if (named == null) {
            return library.embeddings().model();
        }
        if (named.isBlank() || named.length() > QUERY_LIMIT_CHARS) {
            throw Refused.malformed("the name of a model has 1 to " + QUERY_LIMIT_CHARS + " characters");
        }
        return named;
    }

    // ---- answers

    private void ready(HttpExchange exchange) throws IOException {
        Map<String, Object> answer = new LinkedHashMap<>();
        String trouble = library.trouble();
        long behind = library.behind();
        boolean ready = trouble.isEmpty() && behind < LARGEST_PAGE;
        answer.put("ready", ready);
        answer.put("documents", library.size().documents());
        answer.put("behind", behind);
        answer.put("trouble", trouble);
        answer.put("embeddings", library.embeddingTrouble());
        answer(exchange, ready ? 200 : 503, answer);
    }

    private static Request get(HttpExchange exchange, Set<String> parameters) throws Refused {
        allowed(exchange, "GET");
        return new Request(exchange, parameters);
    }

    private static String allowed(HttpExchange exchange, String... methods) throws Refused {
        String asked = exchange.getRequestMethod();
        for (String method : methods) {
            if (method.equals(asked)) {
                return method;
            }
        }
        exchange.getResponseHeaders().set("Allow", String.join(", ", methods));
        throw new Refused(
                Problem.METHOD,
                asked + " is not one of the methods of "
                        + exchange.getRequestURI().getPath());
    }

    private static void problem(HttpExchange exchange, Problem problem, String detail) throws IOException {
        if (exchange.getResponseCode() != -1) {
            return; // begun already; closing tells
        }
        byte[] body = Json.write(problem.of(detail, exchange.getRequestURI().getPath()))
                .getBytes(StandardCharsets.UTF_8);
        // what of the request was not read would be taken for the next one
        exchange.getResponseHeaders().set("Connection", "close");
        send(exchange, problem.status(), Problem.MEDIA_TYPE, body);
    }

    private static void answer(HttpExchange exchange, int status, Object body) throws IOException {
        send(exchange, status, JSON, Json.write(body).getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.getResponseBody().flush(); // before what of the request was not read is waited for
    }
}
