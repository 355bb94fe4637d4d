package dev.homeostat.ai.skill;

import dev.homeostat.resource.Observation;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is in a folder for skills.
 *
 * @param there whether it is a folder
 * @param nowhere the target of a link that is in its place and leads to nothing; empty if there is none
 * @param empty whether nothing is in it
 * @param dangling links that lead to nothing, and are not those that are declared: their targets by name
 * @param notes what a person should know
 */
public record SkillFolderSeen(
        boolean there, String nowhere, boolean empty, SortedMap<String, String> dangling, List<String> notes)
        implements Observation {
    public SkillFolderSeen {
        dangling = Collections.unmodifiableSortedMap(new TreeMap<>(dangling));
        notes = List.copyOf(notes);
    }
}
