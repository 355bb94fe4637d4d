package dev.homeostat.knowledge;

import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.QueryBuilder;

/**
 * What is searched in: made from the {@link Store}, so it may be lost. Says up to which change it goes. Searching is
 * thread-safe; changing is for one thread.
 */
final class Index implements AutoCloseable {
    /** Lucene's own limit for vectors in a graph. */
    static final int DIMENSIONS_LIMIT = 1024;

    /** Changes in memory before Lucene writes a segment, in MiB. */
    private static final double BUFFER_MIB = 16;
    /** A word in the name of a source says more than one in the text. */
    private static final float NAME_WEIGHT = 2;
    /** Words that stand together as they were asked for say more than words that stand anywhere. */
    private static final float PHRASE_WEIGHT = 2;

    private static final int PHRASE_SLOP_WORDS = 3;

    private static final String ID = "id";
    private static final String PROJECT = "project";
    private static final String TAG = "tag";
    private static final String NAME = "name";
    private static final String TEXT = "text";
    private static final String REACHED = "reached";
    private static final String STORE = "store";

    /** One that was found, best first. */
    record Found(String id, float score) {}

    /** @param total how many match, which may be more than are listed; of more than a thousand at least so many */
    record Ranking(long total, List<Found> found) {}

    private final FSDirectory directory;
    private final IndexWriter writer;
    private final SearcherManager searchers;
    private final Analyzer analyzer;
    private final String store;
    private long applied;
    private long committed;

    private Index(FSDirectory directory, IndexWriter writer, Analyzer analyzer, String store) throws IOException {
        this.directory = directory;
        this.writer = writer;
        this.analyzer = analyzer;
        this.store = store;
        this.searchers = new SearcherManager(writer, null);
        this.applied = reached(writer, store);
        this.committed = applied;
    }

    /**
     * Opens the folder or makes it. An index that is damaged, or was not made from this store, is set aside.
     *
     * @throws Trouble if it can neither be used nor set aside
     */
    static Index open(Path folder, String store, Analyzer analyzer, StandardLog log) throws Trouble {
        try {
            return attempt(folder, store, analyzer);
        } catch (IOException | RuntimeException e) {
            Path aside = folder.resolveSibling(folder.getFileName() + ".damaged");
            try {
                delete(aside); // one is enough to look at: it is made from what is kept elsewhere
                Files.move(folder, aside);
                log.warning("the index " + folder + " cannot be used (" + e.getMessage() + "): it is kept as " + aside
                        + " and made anew from the documents");
                return attempt(folder, store, analyzer);
            } catch (IOException again) {
                again.addSuppressed(e);
                throw new Trouble(Trouble.Sort.INVALID, "the index " + folder + " cannot be used: " + again, "", again);
            }
        }
    }

    private static Index attempt(Path folder, String store, Analyzer analyzer) throws IOException {
        FSDirectory directory = FSDirectory.open(folder);
        IndexWriter writer = null;
        try {
            IndexWriterConfig config = new IndexWriterConfig(analyzer);
            config.setRAMBufferSizeMB(BUFFER_MIB);
            config.setCommitOnClose(false);
            writer = new IndexWriter(directory, config);
            try (DirectoryReader reader = DirectoryReader.open(writer)) {
                for (LeafReaderContext leaf : reader.leaves()) {
                    ((CodecReader) leaf.reader()).checkIntegrity();
                }
            }
            return new Index(directory, writer, analyzer, store);
        } catch (IOException | RuntimeException e) {
            if (writer != null) {
                writer.rollback();
            }
            directory.close();
            throw e;
        }
    }

    private static long reached(IndexWriter writer, String store) throws IOException {
        Map<String, String> data = new HashMap<>();
        Iterable<Map.Entry<String, String>> committed = writer.getLiveCommitData();
        if (committed != null) {
            committed.forEach(entry -> data.put(entry.getKey(), entry.getValue()));
        }
        if (data.isEmpty() && writer.getDocStats().maxDoc == 0) {
            return 0; // new
        }
        if (!store.equals(data.get(STORE))) {
            throw new IOException("it was made from other documents");
        }
        return Long.parseLong(data.get(REACHED));
    }

    // ---- changing

    /** The number of the last change that can be found. */
    long applied() {
        return applied;
    }

    /** The number of the last change that is in the index on the disk. */
    long committed() {
        return committed;
    }

    /** Makes the changes findable. */
    void apply(Store.Changes changes) throws IOException {
        for (String id : changes.removed()) {
            writer.deleteDocuments(new Term(ID, id));
        }
        for (Store.Changed changed : changes.put()) {
            writer.updateDocument(new Term(ID, changed.document().id()), fields(changed));
        }
        searchers.maybeRefreshBlocking();
        applied = changes.upTo();
    }

    void commit() throws IOException {
        long reached = applied;
        writer.setLiveCommitData(
                Map.of(REACHED, Long.toString(reached), STORE, store).entrySet());
        writer.commit();
        committed = reached;
    }

    private static org.apache.lucene.document.Document fields(Store.Changed changed) {
        Document document = changed.document();
        org.apache.lucene.document.Document fields = new org.apache.lucene.document.Document();
        fields.add(new StringField(ID, document.id(), Field.Store.YES));
        fields.add(new StringField(PROJECT, document.project(), Field.Store.NO));
        for (String tag : document.tags()) {
            fields.add(new StringField(TAG, tag, Field.Store.NO));
        }
        fields.add(new TextField(NAME, document.source() + " " + String.join(" ", document.tags()), Field.Store.NO));
        fields.add(new TextField(TEXT, document.text(), Field.Store.NO));
        for (Store.Vector vector : changed.vectors()) {
            fields.add(new KnnFloatVectorField(
                    field(vector.model(), vector.values().length), vector.values(), VectorSimilarityFunction.COSINE));
        }
        return fields;
    }

    /** Vectors of different models cannot be compared: each model has a field of its own. */
    private static String field(String model, int dimensions) {
        return "vector." + Sha256.hex(model).substring(0, 16) + "." + dimensions;
    }

    // ---- searching

    /** By BM25. A query that has no word matches nothing. */
    Ranking byWords(String words, String project, String tag, int limit) throws IOException {
        QueryBuilder build = new QueryBuilder(analyzer);
        Query any = build.createBooleanQuery(TEXT, words, Occur.SHOULD);
        if (any == null) {
            return new Ranking(0, List.of());
        }
        BooleanQuery.Builder either = new BooleanQuery.Builder().add(any, Occur.SHOULD);
        Query name = build.createBooleanQuery(NAME, words, Occur.SHOULD);
        either.add(new BoostQuery(name, NAME_WEIGHT), Occur.SHOULD);
        Query phrase = build.createPhraseQuery(TEXT, words, PHRASE_SLOP_WORDS);
        if (!(phrase instanceof TermQuery)) {
            either.add(new BoostQuery(phrase, PHRASE_WEIGHT), Occur.SHOULD);
        }
        BooleanQuery.Builder query = new BooleanQuery.Builder().add(either.build(), Occur.MUST);
        Query filter = filter(project, tag);
        if (filter != null) {
            query.add(filter, Occur.FILTER);
        }
        return search(query.build(), limit);
    }

    /** By the cosine of the angle between vectors. */
    Ranking byVector(Store.Vector vector, String project, String tag, int limit) throws IOException {
        String field = field(vector.model(), vector.values().length);
        return search(new KnnFloatVectorQuery(field, vector.values(), limit, filter(project, tag)), limit);
    }

    /** Whether any document has a vector of that model. */
    boolean hasVectors(String model) throws IOException {
        String begin = "vector." + Sha256.hex(model).substring(0, 16) + ".";
        IndexSearcher searcher = searchers.acquire();
        try {
            for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
                FieldInfos infos = leaf.reader().getFieldInfos();
                for (var info : infos) {
                    if (info.name.startsWith(begin)) {
                        return true;
                    }
                }
            }
            return false;
        } finally {
            searchers.release(searcher);
        }
    }

    private static Query filter(String project, String tag) {
        if (project == null && tag == null) {
            return null;
        }
        BooleanQuery.Builder filter = new BooleanQuery.Builder();
        if (project != null) {
            filter.add(new TermQuery(new Term(PROJECT, project)), Occur.FILTER);
        }
        if (tag != null) {
            filter.add(new TermQuery(new Term(TAG, tag)), Occur.FILTER);
        }
        return filter.build();
    }

    private Ranking search(Query query, int limit) throws IOException {
        IndexSearcher searcher = searchers.acquire();
        try {
            var top = searcher.search(query, limit);
            List<Found> found = new ArrayList<>();
            for (ScoreDoc hit : top.scoreDocs) {
                found.add(new Found(searcher.storedFields().document(hit.doc).get(ID), hit.score));
            }
            return new Ranking(top.totalHits.value(), found);
        } finally {
            searchers.release(searcher);
        }
    }

    /** Leaves what is not committed to be done again. */
    @Override
    public void close() throws IOException {
        try (directory) {
            searchers.close();
            writer.rollback();
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
