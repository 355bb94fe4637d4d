package dev.homeostat.knowledge;

import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What Prometheus is told, in its text format. Thread-safe. */
final class Gauges {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int CLASSES = 6;

    private final AtomicLongArray answered = new AtomicLongArray(CLASSES);
    private final AtomicLongArray outcomes = new AtomicLongArray(Store.Outcome.values().length);
    private final LongAdder searches = new LongAdder();
    private final LongAdder searchNanos = new LongAdder();

    void answered(int status) {
        if (status >= 100 && status / 100 < CLASSES) {
            answered.incrementAndGet(status / 100);
        }
    }

    /** Another number after something was sent or looked for; whoever only asks how it is does not count. */
    long work() {
        long all = searches.sum();
        for (int i = 0; i < outcomes.length(); i++) {
            all += outcomes.get(i);
        }
        return all;
    }

    void stored(List<Library.Stored> stored) {
        stored.forEach(each -> outcomes.incrementAndGet(each.outcome().ordinal()));
    }

    void searched(long nanos) {
        searches.increment();
        searchNanos.add(nanos);
    }

    String text(Library library) throws SQLException {
        StringBuilder text = new StringBuilder();
        Store.Size size = library.size();
        one(text, "documents", "gauge", "Documents that are kept", size.documents());
        one(text, "document_bytes", "gauge", "Their texts together, as UTF-8", size.bytes());
        one(text, "vectors", "gauge", "Vectors that are kept", library.vectors());
        one(text, "index_behind", "gauge", "Changes that cannot be found yet", library.behind());
        one(text, "index_rebuilds_total", "counter", "Times the index was made anew", library.rebuilds());
        one(
                text,
                "embeddings_failing",
                "gauge",
                "1 while the embeddings endpoint does not answer",
                library.embeddingTrouble().isEmpty() ? 0 : 1);
        head(text, "stored_total", "counter", "Documents that were sent, by what became of them");
        for (Store.Outcome outcome : Store.Outcome.values()) {
            text.append("homeostat_knowledge_stored_total{outcome=\"")
                    .append(outcome.name().toLowerCase(Locale.ROOT))
                    .append("\"} ")
                    .append(outcomes.get(outcome.ordinal()))
                    .append('\n');
        }
        head(text, "requests_total", "counter", "Answered requests by class of status");
        for (int i = 1; i < CLASSES; i++) {
            text.append("homeostat_knowledge_requests_total{status=\"")
                    .append(i)
                    .append("xx\"} ")
                    .append(answered.get(i))
                    .append('\n');
        }
        head(text, "search_seconds", "summary", "Time that searches took");
        text.append("homeostat_knowledge_search_seconds_sum ")
                .append(searchNanos.sum() / NANOS_PER_SECOND)
                .append("\nhomeostat_knowledge_search_seconds_count ")
                .append(searches.sum())
                .append('\n');
        return text.toString();
    }

    private static void one(StringBuilder text, String name, String type, String help, long value) {
        head(text, name, type, help);
        text.append("homeostat_knowledge_")
                .append(name)
                .append(' ')
                .append(value)
                .append('\n');
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP homeostat_knowledge_")
                .append(name)
                .append(' ')
                .append(help)
                .append('\n');
        text.append("# TYPE homeostat_knowledge_")
                .append(name)
                .append(' ')
                .append(type)
                .append('\n');
    }
}
