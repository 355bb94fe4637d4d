package dev.homeostat.knowledge;

import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The documents, what finds them, and the vectors that an endpoint makes of them. Thread-safe. */
final class Library implements AutoCloseable {
    /** More than that on one machine is no notes and manuals any more. */
    static final long DOCUMENTS_LIMIT = 200_000;

    static final long BYTES_LIMIT = 2L << 30;

    /** A search finds what was written before it, unless the index is so far behind. */
    private static final Duration FOLLOW_LIMIT = Duration.ofSeconds(1);
    /** A search waits so long for the vector of its query, then ranks by words alone. */
    private static final Duration QUERY_LIMIT = Duration.ofSeconds(2);
    /** An endpoint that failed is not asked again for so long, and each time twice as long: it may be starting. */
    private static final Duration FIRST_REST = Duration.ofSeconds(1);

    private static final Duration LONGEST_REST = Duration.ofSeconds(30);

    private static final Duration DOCUMENTS_TIME = Duration.ofMinutes(2);
    /** Of each list, for the common ranking. */
    private static final int CANDIDATES = 100;
    /** The usual constant of reciprocal rank fusion: the first places do not outweigh all. */
    private static final double FUSION = 60;

    /** @param ranking words, or hybrid: words and vectors */
    record Answer(String ranking, long total, long behind, List<Hit> hits) {}

    record Hit(
            String id, String project, List<String> tags, String source, String sha256, double score, String snippet) {}

    record Stored(String id, Store.Outcome outcome, String sha256) {}

    private final Store store;
    private final Writes writes;
    private final Follower follower;
    private final Words words = new Words();
    private final Optional<Embeddings> embeddings;
    private final StandardLog log;
    private final Thread embedder;
    private final Object news = new Object();
    private volatile boolean closed;
    private volatile long restingUntilNanos = System.nanoTime();
    /** The next rest. */
    private volatile Duration rest = FIRST_REST;

    private volatile String embeddingTrouble = "";

    /** @throws Trouble if the folder cannot be used */
    Library(StateFolder folder, Optional<Embeddings> embeddings, StandardLog log) throws Trouble {
        this.log = log;
        this.embeddings = embeddings;
        this.store = Store.open(folder.documents(), log);
        this.writes = new Writes(store, this::written, log);
        this.follower = new Follower(store, writes, folder.index(), words, log);
        this.embedder = embeddings.isEmpty()
                ? null
                : Thread.ofPlatform().name("embed").daemon().start(this::embedLoop);
    }

    private void written() {
        if (follower != null) { // not yet, while it is made
            follower.wake();
        }
        synchronized (news) {
            news.notifyAll();
        }
    }

    // ---- documents

    /** All or none of them; they are on the disk when this returns. */
    List<Stored> put(List<Document> documents) throws Refused, InterruptedException {
        return writes.apply(to -> {
            Store.Size size = to.sizeWithin();
            long more = documents.stream().mapToLong(Document::bytes).sum();
            if (size.documents() + documents.size() > DOCUMENTS_LIMIT || size.bytes() + more > BYTES_LIMIT) {
                throw new Refused(
                        Problem.FULL,
                        "there are " + size.documents() + " documents of " + size.bytes() + " bytes; at most "
                                + DOCUMENTS_LIMIT + " and " + BYTES_LIMIT + " bytes are kept; remove some");
            }
            List<Stored> stored = new ArrayList<>();
            for (Document document : documents) {
                stored.add(new Stored(document.id(), to.put(document), document.sha256()));
            }
            return stored;
        });
    }

    /** @return whether there was one */
    boolean remove(String id) throws Refused, InterruptedException {
        return writes.apply(from -> from.remove(id));
    }

    Optional<Document> get(String id) throws SQLException {
        return store.get(id);
    }

    List<Document> list(Store.Filter filter, String after, int limit) throws SQLException {
        return store.list(filter, after, limit);
    }

    Store.Size size() {
        return store.size();
    }

    long vectors() throws SQLException {
        return store.vectors();
    }

    long behind() {
        return follower.behind();
    }

    long rebuilds() {
        return follower.rebuilds();
    }

    /** What is wrong; empty if nothing is. */
    String trouble() {
        return follower.trouble();
    }

    /** Why texts become no vectors at present; empty if they do, or if nothing was configured. */
    String embeddingTrouble() {
        return embeddingTrouble;
    }

    // ---- search

    Answer search(String query, String project, String tag, int limit)
            throws IOException, SQLException, InterruptedException {
        follower.await(FOLLOW_LIMIT);
        int candidates = Math.max(limit, CANDIDATES);
        Index.Ranking byWords = follower.ask(index -> index.byWords(query, project, tag, candidates));
        Optional<Store.Vector> vector = vectorOf(query);
        if (vector.isEmpty()) {
            return answer("words", byWords, query, limit);
        }
        Index.Ranking byVector = follower.ask(index -> index.byVector(vector.get(), project, tag, candidates));
        return answer("hybrid", fused(byWords, byVector), query, limit);
    }

    Answer near(Store.Vector vector, String text, String project, String tag, int limit)
            throws IOException, SQLException, InterruptedException {
        follower.await(FOLLOW_LIMIT);
        return answer("vector", follower.ask(index -> index.byVector(vector, project, tag, limit)), text, limit);
    }

    /** Each list gives a document 1 / (60 + its place). */
    static Index.Ranking fused(Index.Ranking first, Index.Ranking second) {
        Map<String, Double> scores = new HashMap<>();
        for (Index.Ranking ranking : List.of(first, second)) {
            for (int i = 0; i < ranking.found().size(); i++) {
                scores.merge(ranking.found().get(i).id(), 1 / (FUSION + i + 1), Double::sum);
            }
        }
        List<Index.Found> found = scores.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(entry -> new Index.Found(entry.getKey(), entry.getValue().floatValue()))
                .toList();
        return new Index.Ranking(Math.max(first.total(), found.size()), found);
    }

    private Answer answer(String ranking, Index.Ranking ranked, String query, int limit) throws SQLException {
        List<Hit> hits = new ArrayList<>();
        for (Index.Found found : ranked.found()) {
            if (hits.size() == limit) {
                break;
            }
            Optional<Document> document = store.get(found.id());
            if (document.isPresent()) { // else it was removed just now
                Document d = document.get();
                hits.add(new Hit(
                        d.id(),
                        d.project(),
                        d.tags(),
                        d.source(),
                        d.sha256(),
                        found.score(),
                        words.snippet(d.text(), query)));
            }
        }
        return new Answer(ranking, ranked.total(), follower.behind(), hits);
    }

    private Optional<Store.Vector> vectorOf(String query) throws IOException, InterruptedException {
        if (embeddings.isEmpty() || System.nanoTime() - restingUntilNanos < 0) {
            return Optional.empty();
        }
        String model = embeddings.get().model();
        if (!follower.ask(index -> index.hasVectors(model))) {
            return Optional.empty();
        }
        try {
            return Optional.of(embed(List.of(query), QUERY_LIMIT).getFirst());
        } catch (Trouble | Embeddings.Refusal e) {
            return Optional.empty(); // said by embed, or a query that is no text for it
        }
    }

    // ---- vectors

    Embeddings embeddings() throws Refused {
        return embeddings.orElseThrow(() -> new Refused(
                Problem.UNAVAILABLE, "no embeddings endpoint is configured; start with --embeddings URL --model NAME"));
    }

    /** Vectors now, for whoever waits for them. */
    List<Store.Vector> vectorsOf(List<String> texts) throws Refused, InterruptedException {
        embeddings();
        try {
            return embed(texts, DOCUMENTS_TIME);
        } catch (Trouble e) {
            throw new Refused(Problem.UNAVAILABLE, e.sentence());
        } catch (Embeddings.Refusal e) {
            throw new Refused(Problem.UNAVAILABLE, e.getMessage());
        }
    }

    /** @throws Refused if one of the documents is not there or was changed meanwhile; then nothing is kept */
    void putVectors(Map<Document, Store.Vector> vectors) throws Refused, InterruptedException {
        writes.apply(to -> {
            for (Document document : vectors.keySet()) {
                Optional<Document> now = to.current(document.id());
                if (now.isEmpty() || !now.get().sha256().equals(document.sha256())) {
                    throw new Refused(
                            Problem.CONFLICT, "document " + document.id() + " was changed or removed meanwhile");
                }
            }
            for (var entry : vectors.entrySet()) {
                to.putVector(entry.getKey().id(), entry.getValue());
            }
            return null;
        });
    }

    private List<Store.Vector> embed(List<String> texts, Duration limit)
            throws Trouble, Embeddings.Refusal, InterruptedException {
        try {
            List<Store.Vector> vectors = embeddings.orElseThrow().of(texts, limit);
            rest = FIRST_REST;
            if (!embeddingTrouble.isEmpty()) {
                log.info("the embeddings endpoint answers again");
                embeddingTrouble = "";
            }
            return vectors;
        } catch (Trouble e) {
            restingUntilNanos = System.nanoTime() + rest.toNanos();
            if (embeddingTrouble.isEmpty()) {
                log.warning(e.sentence() + "; search is by words until it does");
            }
            embeddingTrouble = e.sentence();
            throw e;
        }
    }

    /** Gives a vector to every document that has none. What fails is tried again: nothing is remembered as done. */
    private void embedLoop() {
        DocumentVectors documents = new DocumentVectors(texts -> embed(texts, DOCUMENTS_TIME), log);
        while (!closed) {
            try {
                long seen = store.reached();
                List<Document> without = store
                        .withoutVector(embeddings.orElseThrow().model(), Embeddings.BATCH_LIMIT + documents.refused())
                        .stream()
                        .filter(document -> !documents.isRefused(document))
                        .limit(Embeddings.BATCH_LIMIT)
                        .toList();
                if (without.isEmpty()) {
                    synchronized (news) {
                        while (store.reached() == seen && !closed) {
                            news.wait();
                        }
                    }
                    continue;
                }
                putVectors(documents.of(without));
            } catch (Trouble | Refused | SQLException e) {
                if (!(e instanceof Trouble)) {
                    log.warning("vectors are not kept yet: " + e.getMessage());
                }
                rest();
            } catch (InterruptedException e) {
                return; // closed
            }
        }
    }

    private void rest() {
        Duration now = rest;
        rest = Collections.min(List.of(now.multipliedBy(2), LONGEST_REST));
        synchronized (news) {
            long end = System.nanoTime() + now.toNanos();
            try {
                while (!closed && System.nanoTime() - end < 0) {
                    news.wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                }
            } catch (InterruptedException e) {
                closed = true;
            }
        }
    }

    @Override
    public void close() throws IOException, SQLException, InterruptedException {
        closed = true;
        if (embedder != null) {
            embedder.interrupt();
            embedder.join();
        }
        follower.close(); // what it does not have yet it gets at the next start
        writes.close();
        store.close();
    }
}
