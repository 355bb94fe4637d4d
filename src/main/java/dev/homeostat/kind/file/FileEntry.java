package dev.homeostat.kind.file;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

/** An entry of {@code files} as it is written; null where nothing is said. */
public record FileEntry(
        @JsonPropertyDescription("file (the default), folder, link (symbolic), or absent")
        FileType type,

        @JsonPropertyDescription("The whole content of the file, as text") @Size(max = FileEntry.CONTENT_LIMIT_CHARS)
        String content,

        @JsonPropertyDescription(
                "Absolute path of a file on this machine whose content is copied, and followed when it changes")
        @Pattern(regexp = "^(/|~/).+$", message = "an absolute path (a user's may begin with ~/)")
        String source,

        @JsonPropertyDescription("Where the symbolic link leads, relative to its folder or absolute")
        @Size(min = 1, max = 4095)
        String target,

        @JsonPropertyDescription(
                "Permissions in octal, in quotes: \"0644\". Left as they are if not given; a new file gets 0644 (sensitive: 0600), a new folder 0755")
        @Pattern(regexp = "^[0-7]{3,4}$", message = "three or four octal digits in quotes, such as \"0644\"")
        String mode,

        @JsonPropertyDescription("Name of the user it belongs to. Left as it is if not given")
        @Pattern(regexp = "^[a-z_][a-z0-9_-]{0,30}[$]?$", message = "the name of a user, such as www-data")
        String owner,

        @JsonPropertyDescription("Name of the group it belongs to. Left as it is if not given")
        @Pattern(regexp = "^[a-z_][a-z0-9_-]{0,30}[$]?$", message = "the name of a group, such as www-data")
        String group,

        @JsonPropertyDescription("true: the content is never shown in diffs, answers or logs, nor kept in the journal")
        Boolean sensitive,

        @JsonPropertyDescription("Stands in kept revisions for sensitive content: its SHA-256")
        @Pattern(regexp = "^[0-9a-f]{64}$", message = "a SHA-256 in 64 hexadecimal digits")
        String contentSha256) {
    /** More is not configuration; large data belongs into a source file or a volume. */
    static final int CONTENT_LIMIT_CHARS = 1_000_000;
}
