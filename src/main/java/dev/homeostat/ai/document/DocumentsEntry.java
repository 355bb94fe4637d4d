package dev.homeostat.ai.document;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;

/** An entry of {@code ai.documents} as it is written; null where nothing is said. */
public record DocumentsEntry(
        @JsonPropertyDescription("The folder whose documents follow, absolute or beginning with ~/")
        @NotNull
        @Pattern(regexp = "^(/|~/).+$", message = "an absolute path, or one that begins with ~/")
        String folder,

        @JsonPropertyDescription("The project that they are found under. Not given: the name of the folder")
        @Pattern(regexp = DocumentsEntry.PROJECT, message = DocumentsEntry.PROJECT_FORM)
        String project,

        @JsonPropertyDescription("Tags that each of them gets") @Size(max = 16)
        List<
                        @NotNull
                        @Pattern(regexp = "^[^\\p{Cntrl}\\s,:]{1,64}$", message = "without blanks, commas and colons")
                        String>
                tags,

        @JsonPropertyDescription(
                "Which files are documents. A pattern without / is of a name, another one of the path below the folder; * and ? do not go over a /, ** does. Not given: *.md, *.adoc, *.rst, *.txt")
        @Size(min = 1, max = 32)
        List<@NotNull @Pattern(regexp = DocumentsEntry.PATTERN, message = DocumentsEntry.PATTERN_FORM) String> include,

        @JsonPropertyDescription("Which files and folders are not, by the same sort of patterns") @Size(max = 32)
        List<@NotNull @Pattern(regexp = DocumentsEntry.PATTERN, message = DocumentsEntry.PATTERN_FORM) String> exclude,

        @JsonPropertyDescription("At most so many documents. Not given: 10000") @Min(1) @Max(100_000)
        Integer limit) {
    static final String PROJECT = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$";
    static final String PROJECT_FORM = "letters, digits and . _ -, not beginning with . or -";
    static final String PATTERN = "^[^/\\p{Cntrl}][^\\p{Cntrl}]{0,199}$";
    static final String PATTERN_FORM = "a pattern such as *.md or drafts/**, not beginning with /";

    /** More than one person writes. */
    static final int USUAL_LIMIT = 10_000;
}
