package dev.homeostat.ai.model;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;

/** An entry of {@code ai.models.own} as it is written; null where nothing is said. */
public record OwnModelEntry(
        @JsonPropertyDescription(
                "Where it is downloaded from: https://..., or http://... if sha256 is given or it is this machine. No password: everybody can see it")
        @Pattern(
                regexp = "^https?://[^\\s\\p{Cntrl}@#\\\\]{1,2000}$",
                message = "https://... or http://..., without a password")
        String url,

        @JsonPropertyDescription("A file of this machine that it is copied from, with the rights of the stack's user")
        @Pattern(regexp = "^/[^\\p{Cntrl}]{1,2000}$", message = "an absolute path")
        String file,

        @JsonPropertyDescription(
                "SHA-256 of its file. Not given: that of the first download is noted, and a change after that is drift")
        @Pattern(regexp = "^[0-9a-f]{64}$", message = "64 hexadecimal digits in lower case")
        String sha256,

        @JsonPropertyDescription("Length of its file in bytes") @Min(value = 1, message = "must be at least 1")
        Long bytes,

        @JsonPropertyDescription(
                "A file with a token for the server, which only that server is sent. Its owner is the stack's user, and nobody else may read it")
        @Pattern(regexp = "^/[^\\p{Cntrl}]{1,2000}$", message = "an absolute path")
        String tokenFile,

        @JsonPropertyDescription("Name of its file in the folder of models. Not given: the id and .gguf")
        @Pattern(regexp = Registry.FILE, message = Registry.FILE_FORM)
        String storagePath,

        @JsonPropertyDescription("Its name for people. Not given: the id")
        @Size(max = 200, message = "at most 200 characters")
        String name,

        @JsonPropertyDescription("What it can do: chat, embedding. Not given: chat")
        @Size(min = 1, max = 10, message = "one to ten of them")
        List<@NotNull @Pattern(regexp = Registry.WORD, message = Registry.WORD_FORM) String> tasks,

        @JsonPropertyDescription("The program that runs it. Not given: llama.cpp")
        @Pattern(regexp = Registry.WORD, message = Registry.WORD_FORM)
        String runtime,

        @JsonPropertyDescription("What computes in that program. Not given: ggml")
        @Pattern(regexp = Registry.WORD, message = Registry.WORD_FORM)
        String backend) {}
