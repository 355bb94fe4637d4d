package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Editors that manage extensions in the same way. */
public enum Editor {
    /** VSCodium. */
    @JsonProperty("codium")
    CODIUM("codium", ".vscode-oss"),
    /** Visual Studio Code. */
    @JsonProperty("code")
    CODE("code", ".vscode");

    private final String program;
    private final String folder;

    Editor(String program, String folder) {
        this.program = program;
        this.folder = folder;
    }

    String program() {
        return program;
    }

    /** What it writes of each change of its extensions, below the home. */
    String list() {
        return folder + "/extensions/extensions.json";
    }
}
