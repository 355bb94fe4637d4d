package dev.homeostat.ai.skill;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** The key {@code ai.skills} as it is written; null where nothing is said. */
public record SkillsEntry(
        @JsonPropertyDescription("Whether there are any. Not given: yes")
        Boolean enabled) {}
