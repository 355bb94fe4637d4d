package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Pattern;

/** An entry of {@code editorExtensions} as it is written; null where nothing is said. */
public record ExtensionEntry(
        @JsonPropertyDescription("codium (VSCodium) or code (Visual Studio Code). Default codium")
        Editor editor,

        @JsonPropertyDescription(
                "Exactly this version. Any will do if not given: the editor keeps extensions up to date by itself")
        @Pattern(
                regexp = "^[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}([-+][0-9A-Za-z.+-]{1,100})?$",
                message = "a whole version such as 2.19.1")
        String version,

        @JsonPropertyDescription(
                "Absolute path of an archive (.vsix) to install it from. The editor's own marketplace if not given")
        @Pattern(regexp = "^/[^\\p{Cntrl}]{1,2000}\\.vsix$", message = "an absolute path that ends in .vsix")
        String from) {
    public ExtensionEntry {
        editor = editor == null ? Editor.CODIUM : editor;
    }
}
