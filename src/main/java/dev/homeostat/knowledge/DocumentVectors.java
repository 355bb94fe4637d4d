package dev.homeostat.knowledge;

import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The vectors of documents, as far as there can be any. What a model can take is counted in tokens, which only its server knows: of
 * a text that is refused a shorter beginning is tried, and one text that is refused at any length keeps no other from its
 * vector. For one thread.
 */
final class DocumentVectors {
    /** Half of it again and again: from 6 000 in five steps. Every model takes so much. */
    private static final int SHORTEST_CHARS = 200;
    /** What every endpoint that works takes. */
    private static final String PROBE = "yes";

    /** What texts are given to. */
    interface Endpoint {
        List<Store.Vector> of(List<String> texts) throws Trouble, Embeddings.Refusal, InterruptedException;
    }

    private final Endpoint endpoint;
    private final StandardLog log;
    /** Documents with the text that was refused. */
    private final Set<String> refused = new HashSet<>();

    DocumentVectors(Endpoint endpoint, StandardLog log) {
        this.endpoint = endpoint;
        this.log = log;
    }

    /** Documents that are not to be asked for, as long as their text is the same: others may be behind them. */
    int refused() {
        return refused.size();
    }

    boolean isRefused(Document document) {
        return refused.contains(key(document));
    }

    /**
     * @return without those that are refused from now on
     * @throws Trouble transient, if the endpoint does not answer, or refuses everything
     */
    Map<Document, Store.Vector> of(List<Document> documents) throws Trouble, InterruptedException {
        Map<Document, Store.Vector> vectors = new HashMap<>();
        try {
            List<Store.Vector> all =
                    endpoint.of(documents.stream().map(Document::text).toList());
            for (int i = 0; i < documents.size(); i++) {
                vectors.put(documents.get(i), all.get(i));
            }
        } catch (Embeddings.Refusal together) {
            for (Document document : documents) {
                alone(document, vectors);
            }
        }
        return vectors;
    }

    private void alone(Document document, Map<Document, Store.Vector> vectors) throws Trouble, InterruptedException {
        String text = Embeddings.cut(document.text());
        while (true) {
            try {
                vectors.put(document, endpoint.of(List.of(text)).getFirst());
                return;
            } catch (Embeddings.Refusal e) {
                if (text.length() / 2 < SHORTEST_CHARS) {
                    refuse(document, e);
                    return;
                }
                text = text.substring(0, text.length() / 2);
            }
        }
    }

    private void refuse(Document document, Embeddings.Refusal why) throws Trouble, InterruptedException {
        try {
            endpoint.of(List.of(PROBE));
        } catch (Embeddings.Refusal e) {
            throw Trouble.passing(e.getMessage());
        }
        refused.add(key(document));
        log.warning("document " + document.id() + " of " + document.source() + " is found by its words only: "
                + why.getMessage());
    }

    private static String key(Document document) {
        return document.id() + " " + document.sha256();
    }
}
