package dev.homeostat.kind.repository;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;

/** An entry of {@code repositories} as it is written; null where nothing is said. */
public record RepositoryEntry(
        @JsonPropertyDescription(
                "Where it is cloned from: https://..., ssh://..., git@HOST:PATH or an absolute path. No password: everybody can see it")
        @NotNull
        @Pattern(
                regexp =
                        "^(https://[^\\s\\p{Cntrl}@]{1,2000}|ssh://([a-z_][a-z0-9_-]{0,30}@)?[A-Za-z0-9][^\\s\\p{Cntrl}@]{0,2000}|[a-z_][a-z0-9_-]{0,30}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}:[^\\s\\p{Cntrl}-][^\\s\\p{Cntrl}]{0,2000}|/[^\\p{Cntrl}]{1,2000})$",
                message = "https://..., ssh://..., git@HOST:PATH or an absolute path, without a password")
        String url,

        @JsonPropertyDescription("Branch that it is kept at. main if neither this nor tag nor commit is given")
        @Pattern(regexp = RepositoryEntry.NAME, message = RepositoryEntry.NAME_FORM)
        String branch,

        @JsonPropertyDescription("Tag that it is kept at")
        @Pattern(regexp = RepositoryEntry.NAME, message = RepositoryEntry.NAME_FORM)
        String tag,

        @JsonPropertyDescription("Commit that it is kept at, in full")
        @Pattern(
                regexp = "^([0-9a-f]{40}|[0-9a-f]{64})$",
                message = "the whole id of a commit: 40 or 64 hexadecimal digits")
        String commit,

        @JsonPropertyDescription("How often the remote is asked whether the branch moved. Default 1h")
        Duration every) {
    /** A part of what git takes, without what means something to it. */
    static final String NAME = "^[A-Za-z0-9_](?!.*(\\.\\.|//|\\.lock$|/$|\\.$))[A-Za-z0-9_./+-]{0,199}$";

    static final String NAME_FORM = "letters, digits and _ . / + -, beginning with a letter, a digit or _";
}
