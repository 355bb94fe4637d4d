package dev.homeostat.ai;

import java.nio.file.Path;

/** Where the stack keeps its things in the home folder of its user, each with mode 0700. */
public record StackFolders(Path data, Path config) {
    private static final String NAME = "ai-optimizer";

    public static StackFolders of(Path home) {
        return new StackFolders(
                home.resolve(".local/share").resolve(NAME),
                home.resolve(".config").resolve(NAME));
    }

    public Path models() {
        return data.resolve("models");
    }
}
