package dev.homeostat.resource;

import java.util.Collection;
import java.util.List;

/**
 * Looks at what has to be true of the machine if what is declared is to work, besides the resources themselves. CDI finds
 * it. Changes nothing. Thread-safe.
 */
public interface Examination {
    /**
     * Looks now.
     *
     * @param declared all resources of the declaration in force
     * @return what follows from those, each with what was seen; empty if nothing does
     */
    List<Finding> look(Collection<Desired<?>> declared);

    /** Whether it does more than look, such as run declared programs: then only if somebody asks for just that. */
    default boolean isATest() {
        return false;
    }
}
