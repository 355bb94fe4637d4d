package dev.homeostat.kind.command;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** An entry of {@code commands} as it is written; null where nothing is said. */
public record CommandEntry(
        @JsonPropertyDescription(
                "Program and arguments, as a list; no shell reads them. Everybody on the machine can see them")
        @NotNull
        @Size(min = 1, max = 256)
        List<@NotNull @Pattern(regexp = CommandEntry.TEXT, message = CommandEntry.TEXT_FORM) String> run,

        @JsonPropertyDescription("Path of what is there once it was run (a user's own may begin with ~/)")
        @Pattern(regexp = CommandEntry.PATH, message = CommandEntry.PATH_FORM)
        String creates,

        @JsonPropertyDescription(
                "Program and arguments that succeed once it was run. They are asked at every look, and must change nothing")
        @Size(min = 1, max = 256)
        List<@NotNull @Pattern(regexp = CommandEntry.TEXT, message = CommandEntry.TEXT_FORM) String> unless,

        @JsonPropertyDescription(
                "Program and arguments that take back what it did: run when the entry leaves the file, if Homeostat had run it")
        @Size(min = 1, max = 256)
        List<@NotNull @Pattern(regexp = CommandEntry.TEXT, message = CommandEntry.TEXT_FORM) String> undo,

        @JsonPropertyDescription(
                "Environment variables, besides HOME, PATH and what a session has. No secrets: everybody can see them")
        @Size(max = 64)
        Map<String, @NotNull String> environment,

        @JsonPropertyDescription("Where it starts (a user's own may begin with ~/). The home if not given")
        @Pattern(regexp = CommandEntry.PATH, message = CommandEntry.PATH_FORM)
        String folder,

        @JsonPropertyDescription("After which it is ended with all that it started. Default 10m")
        Duration limit) {
    static final String TEXT = "^[^\\x00]{0,8192}$";
    static final String TEXT_FORM = "text of at most 8192 characters without NUL";
    static final String PATH = "^(/|~/)[^\\p{Cntrl}]{1,4000}$";
    static final String PATH_FORM = "an absolute path (a user's may begin with ~/)";
}
