package dev.homeostat.resource;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * Top-level keys of the declaration that are read together, each with one record ({@code host}) or a map from names to
 * records ({@code devShells}). {@code users.NAME} does not have them, nor does the daemon of a user. The JSON Schema is
 * generated from the records as with a {@link Section}; CDI finds a topic as it finds a section.
 */
public interface Topic {
    /** Its keys. No other topic or section has one of them. */
    List<Key<?>> keys();

    /**
     * Turns what is declared into resources, or says what is wrong with it. Called once, after all sections were read, also
     * when none of the keys is declared. Looks at nothing that can change.
     */
    void read(Values values, Findings findings);

    /**
     * A top-level key.
     *
     * @param name in the file: {@code host}
     * @param about a sentence for the schema
     * @param type of the record, or of the records by name
     * @param names what the names are if it holds a map; null if it holds one record
     */
    record Key<T>(String name, String about, Class<T> type, Names names) {
        public static <T> Key<T> one(String name, String about, Class<T> type) {
            return new Key<>(name, about, type, null);
        }

        public static <T> Key<T> many(String name, String about, Class<T> type, Names names) {
            return new Key<>(name, about, type, names);
        }

        public boolean isMap() {
            return names != null;
        }
    }

    /**
     * What the names of a map are.
     *
     * @param pattern a regular expression for the schema
     * @param form the same in words, for messages and editors
     */
    record Names(String pattern, String form) {}

    /** What the declaration says under the keys of the topic. Immutable. */
    interface Values {
        /** Null if it is not declared, or cannot be read. */
        <T> T one(Key<T> key);

        /** By name; empty if it is not declared, or cannot be read. */
        <T> SortedMap<String, T> many(Key<T> key);

        boolean isDeclared(Key<?> key);

        /** The keys that are written below that one: tells a default from the same value in so many words. */
        Set<String> written(Key<?> key);

        /**
         * False if something of the topic cannot be read, which is told already: then what seems to be missing may be there.
         */
        boolean areComplete();

        /** Where something is written, by its dotted path such as {@code host.name}; the nearest above it if it is not. */
        Place place(String path);

        /** The users that are named under {@code users}, also those with nothing declared. */
        Set<String> users();

        /** What the sections declare. */
        Collection<Desired<?>> elsewhere();

        /** What entries of sections ask of the generated system. */
        List<SystemOptions> asked();
    }

    /** Takes what a topic finds. */
    interface Findings {
        void add(Desired<?> desired);

        /** {@code path} is the dotted path of what is meant, such as {@code host.name}. */
        void problem(String path, String message);
    }
}
