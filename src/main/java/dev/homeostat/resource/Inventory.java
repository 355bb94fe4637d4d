package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What of this machine a section of the declaration could say, for a first machine.yaml. Thread-safe; changes nothing. Whether
 * an entry is as the machine is already is not decided here: the kind compares, as it does with any declaration.
 */
public interface Inventory {
    /** The key of the section: {@code containers}. */
    String section();

    /**
     * Looks at what there is of one scope.
     *
     * @return in the order in which it is to be written
     * @throws Trouble if it cannot be looked at
     */
    List<Found> find(Scope scope) throws Trouble;

    /**
     * Something that is there.
     *
     * @param name key of the entry
     * @param entry as it would be written
     * @param remarks what a person should know of it, a sentence each; never a secret
     * @param unfit why the entry must not be put in force as it is, a sentence; empty if nothing is known against it
     */
    record Found(String name, ObjectNode entry, List<String> remarks, Optional<String> unfit) {
        public Found {
            requireNonNull(name, "name is null");
            requireNonNull(entry, "entry is null");
            remarks = List.copyOf(remarks);
            requireNonNull(unfit, "unfit is null");
        }
    }
}
