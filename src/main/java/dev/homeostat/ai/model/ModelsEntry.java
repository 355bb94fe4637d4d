package dev.homeostat.ai.model;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.DataSize;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Map;

/** The key {@code ai.models} as it is written; null where nothing is said. */
public record ModelsEntry(
        @JsonPropertyDescription(
                "The model that answers, by its id. Not given: chosen by the memory there is. none: there is to be none")
        @Pattern(regexp = ModelsEntry.ID, message = ModelsEntry.ID_FORM)
        String chat,

        @JsonPropertyDescription(
                "The model that makes vectors of documents, by its id. Not given: the registry's. none: there is to be none")
        @Pattern(regexp = ModelsEntry.ID, message = ModelsEntry.ID_FORM)
        String embedding,

        @JsonPropertyDescription("Further models that are to be there, by their ids")
        List<@NotNull @Pattern(regexp = ModelsEntry.ID, message = ModelsEntry.ID_FORM) String> also,

        @JsonPropertyDescription("Models of your own, by ids of your choice. Each is to be there")
        Map<@Pattern(regexp = ModelsEntry.ID, message = ModelsEntry.ID_FORM) String, @NotNull OwnModelEntry> own,

        @JsonPropertyDescription(
                "At most so many bytes a second are downloaded, such as 10M. At least 64K. Not given: no limit")
        @Pattern(regexp = DataSize.PATTERN, message = DataSize.FORM)
        String rate) {
    static final String ID = "^[a-z0-9][a-z0-9._-]{0,79}$";
    static final String ID_FORM =
            "lower-case letters, digits, . _ and -, beginning with a letter or a digit, at most 80 of them";

    static final ModelsEntry EMPTY = new ModelsEntry(null, null, null, null, null);

    public ModelsEntry {
        also = also == null ? List.of() : List.copyOf(also);
        own = own == null ? Map.of() : Map.copyOf(own);
    }
}
