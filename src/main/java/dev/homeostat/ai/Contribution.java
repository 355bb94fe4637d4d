package dev.homeostat.ai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.util.Optional;
import java.util.Set;

/** Takes what the parts of the stack find. All of it belongs to the stack, and to nothing below it. */
public interface Contribution {
    void add(Desired<?> desired);

    /** {@code path} is the dotted path below {@code ai}, such as {@code models.chat}. */
    void problem(String path, String message);

    /** Where such a resource is declared so far, also one that is not the stack's; empty if there is none. */
    Optional<Place> declared(ResourceId id);

    /**
     * Declares an entry of another section, as if it stood in the file.
     *
     * @param scope under which user it would stand; {@link Scope#OWN} for the system
     * @param section such as {@code containers}
     * @param entry in the words of the declaration
     * @param path below {@code ai} where problems with it are told
     * @param first what has to be right before it
     * @return the resources that it became; those that are declared already are left as they are
     */
    Set<ResourceId> hand(Scope scope, String section, String name, JsonNode entry, String path, Set<ResourceId> first);
}
