package dev.homeostat.ai.model;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** The key {@code ai.models} as it is written; null where nothing is said. */
public record ModelsEntry(
        @JsonPropertyDescription("The model that answers, by its id. Not given: chosen by the memory there is")
        String chat) {}
