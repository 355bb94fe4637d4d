package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Pattern;

/** An entry of {@code flatpaks} as it is written; null where nothing is said. */
public record FlatpakEntry(
        @JsonPropertyDescription("Where it is installed from. Default flathub")
        @Pattern(
                regexp = FlatpakRemoteSection.NAME_PATTERN,
                message = "the name of a remote: letters, digits and _ . -, beginning with a letter or digit")
        String remote,

        @JsonPropertyDescription("Such as stable or beta. Any will do if not given")
        @Pattern(
                regexp = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
                message = "a branch: letters, digits and _ . -, beginning with a letter, a digit or _")
        String branch) {
    static final String REMOTE = "flathub";

    public FlatpakEntry {
        remote = remote == null ? REMOTE : remote;
    }
}
