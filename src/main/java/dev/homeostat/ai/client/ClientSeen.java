package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.homeostat.resource.Observation;
import java.util.Collections;
import java.util.SortedMap;

/**
 * What is there of a program's settings; of other servers nothing, and of those that count not what is in them.
 *
 * @param used whether somebody uses the program, or it does not matter
 * @param servers how those stand that are declared or were written by us, by name
 * @param record whether anything of ours is on record
 */
public record ClientSeen(
        boolean used,
        boolean file,
        SortedMap<String, State> servers,
        @JsonIgnore boolean record) implements Observation {
    /** How one server stands in the file. */
    public enum State {
        /** As declared. */
        RIGHT("as declared"),
        /** Declared and not there. */
        MISSING("absent"),
        /** We wrote it, and it is otherwise by now. */
        CHANGED("otherwise"),
        /** Somebody else wrote it, and it is another. */
        FOREIGN("another of that name, which somebody else wrote"),
        /** We wrote it, and it is not declared any more. */
        LEFT("there, no longer declared");

        private final String words;

        State(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    public ClientSeen {
        servers = Collections.unmodifiableSortedMap(servers);
    }
}
