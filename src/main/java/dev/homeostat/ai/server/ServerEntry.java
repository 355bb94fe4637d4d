package dev.homeostat.ai.server;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** The key {@code ai.server} as it is written; null where nothing is said. */
public record ServerEntry(
        @JsonPropertyDescription("Whether there is one. Not given: yes, unless the profile is off")
        Boolean enabled) {}
