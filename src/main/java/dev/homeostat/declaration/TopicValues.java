package dev.homeostat.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.SystemOptions;
import dev.homeostat.resource.Topic;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What is declared under the keys of one topic.
 *
 * @param entries by key, then by name; a single record has the name {@link #SINGLE}
 * @param written by key: the keys below it
 */
record TopicValues(
        Map<String, SortedMap<String, Object>> entries,
        Map<String, Set<String>> written,
        boolean areComplete,
        Function<String, Place> places,
        Set<String> users,
        Collection<Desired<?>> elsewhere,
        List<SystemOptions> asked)
        implements Topic.Values {
    private static final String SINGLE = "";

    @Override
    public <T> T one(Topic.Key<T> key) {
        return key.type().cast(of(key).get(SINGLE));
    }

    @Override
    public <T> SortedMap<String, T> many(Topic.Key<T> key) {
        SortedMap<String, T> all = new TreeMap<>();
        of(key).forEach((name, value) -> all.put(name, key.type().cast(value)));
        return all;
    }

    private Map<String, Object> of(Topic.Key<?> key) {
        return entries.containsKey(key.name()) ? entries.get(key.name()) : Map.of();
    }

    @Override
    public boolean isDeclared(Topic.Key<?> key) {
        return entries.containsKey(key.name());
    }

    @Override
    public Set<String> written(Topic.Key<?> key) {
        return written.getOrDefault(key.name(), Set.of());
    }

    @Override
    public Place place(String path) {
        return places.apply(path);
    }

    /** Key by key to the values. */
    static final class Reading {
        private final Map<String, SortedMap<String, Object>> entries = new TreeMap<>();
        private final Map<String, Set<String>> written = new TreeMap<>();

        /**
         * Takes what is declared under a key.
         *
         * @param bind from a path and what is there to the record; null if it cannot be one, which is told then
         * @return whether all of it could be read; if not, nothing of it is taken
         */
        boolean take(Topic.Key<?> key, JsonNode node, BiFunction<List<String>, JsonNode, Object> bind) {
            SortedMap<String, Object> records = new TreeMap<>();
            if (key.isMap()) {
                node.properties()
                        .forEach(e ->
                                records.put(e.getKey(), bind.apply(List.of(key.name(), e.getKey()), e.getValue())));
            } else {
                records.put(SINGLE, bind.apply(List.of(key.name()), node));
            }
            if (records.containsValue(null)) {
                return false;
            }
            entries.put(key.name(), records);
            Set<String> names = new LinkedHashSet<>();
            node.fieldNames().forEachRemaining(names::add);
            written.put(key.name(), names);
            return true;
        }

        TopicValues done(
                boolean complete,
                Function<String, Place> places,
                Set<String> users,
                Collection<Desired<?>> elsewhere,
                List<SystemOptions> asked) {
            return new TopicValues(entries, written, complete, places, users, elsewhere, List.copyOf(asked));
        }
    }
}
