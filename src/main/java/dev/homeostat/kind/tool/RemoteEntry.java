package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Pattern;

/** An entry of {@code flatpakRemotes} as it is written; null where nothing is said. */
public record RemoteEntry(
        @JsonPropertyDescription("Address of its repository: https://... or file:///...")
        @Pattern(regexp = RemoteEntry.ADDRESS, message = RemoteEntry.ADDRESS_FORM)
        String url,

        @JsonPropertyDescription(
                "A .flatpakrepo file, by its address or absolute path: it has address and key of the repository")
        @Pattern(regexp = "^(https://|/)[^\\s\\p{Cntrl}]{1,2000}$", message = "https://... or an absolute path")
        String from,

        @JsonPropertyDescription("Absolute path of the public key that signs it")
        @Pattern(regexp = "^/[^\\p{Cntrl}]{1,2000}$", message = "an absolute path")
        String key,

        @JsonPropertyDescription(
                "true: what is not signed is taken, which whoever is in between can change. Default false")
        Boolean unsigned) {
    static final String ADDRESS = "^(https|file)://[^\\s\\p{Cntrl}]{1,2000}$";
    static final String ADDRESS_FORM = "https://... or file:///...";
}
