package dev.homeostat.resource;

import java.util.SortedMap;

/** How everything that is declared stands: for a kind that answers for more than its own resource. Thread-safe. */
public interface Standings {
    /**
     * Looks at all of the machine that is declared except one resource and whatever needs it; not at what is on top of it. What is found not to be right is also
     * queued, so that it is corrected as any drift is.
     *
     * @return what is not as declared, or cannot be seen, with the reason in words; without what somebody's wish keeps as it
     *     is (a pause, an approval that is awaited) and what this machine has no subsystem for
     */
    SortedMap<ResourceId, String> amiss(ResourceId except);
}
