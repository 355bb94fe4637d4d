package dev.homeostat.ai.document;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** The key {@code ai.knowledge} as it is written; null where nothing is said. */
public record KnowledgeEntry(
        @JsonPropertyDescription("Whether there is one. Not given: yes")
        Boolean enabled) {}
