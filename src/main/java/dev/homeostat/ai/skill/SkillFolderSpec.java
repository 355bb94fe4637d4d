package dev.homeostat.ai.skill;

import dev.homeostat.resource.Spec;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A folder where an agent looks for skills.
 *
 * @param skills where those that are declared lie, by name; the links to them are resources of their own
 * @param retired it has left the declaration: it goes if it is empty
 */
public record SkillFolderSpec(Path path, SortedMap<String, Path> skills, boolean retired) implements Spec {
    public SkillFolderSpec {
        skills = Collections.unmodifiableSortedMap(new TreeMap<>(skills));
    }
}
