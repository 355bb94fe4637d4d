package dev.homeostat.ai.document;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** An entry of {@code ai.documents} as it is written; null where nothing is said. */
public record DocumentsEntry(
        @JsonPropertyDescription("The folder whose documents follow, absolute or beginning with ~/")
        String folder) {}
