package dev.homeostat.resource;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Function;

/**
 * One top-level section of the declaration (and of {@code users.NAME}): a map from names to entries of one record type.
 * The JSON Schema is generated from that record: Jackson's {@code @JsonPropertyDescription} and Jakarta's constraints on
 * its components are what editors show and what the daemon enforces.
 */
public interface Section<E> {
    /** The key in the file: {@code files}. */
    String key();

    /** A sentence for the schema. */
    String about();

    /** What the keys of the map are, as a regular expression for the schema. */
    String namePattern();

    /** The same in words, for messages and editors: "an absolute path, such as /etc/motd". */
    String nameForm();

    Class<E> entryType();

    /** Turns one entry into resources, or says what is wrong with it. Looks at nothing that can change. */
    void read(Entry<E> entry, Resources resources);

    /** The entry as it may be kept in revisions and shown: what is sensitive is taken out. */
    default JsonNode withoutSecrets(JsonNode entry) {
        return entry;
    }

    /**
     * @param scope whose it is
     * @param name the key of the entry
     * @param places where a field of the entry is written, by its dotted path below the entry; never null
     */
    record Entry<E>(Scope scope, String name, E value, Place place, Function<String, Place> places) {}

    /** Takes what sections find. */
    interface Resources {
        void add(Desired<?> desired);

        /** {@code field} is the dotted path below the entry, empty for the entry itself. */
        void problem(Entry<?> entry, String field, String message);

        /** The entry names another resource in so many words: one that is not declared is a mistake. */
        void names(Entry<?> entry, String field, ResourceId id);

        /** Several entries may want it, each the same: the first one counts, and what is declared by itself goes before. */
        default void share(Desired<?> desired) {
            add(desired);
        }

        /** The entry needs options of the generated system. */
        void ask(SystemOptions options);
    }
}
