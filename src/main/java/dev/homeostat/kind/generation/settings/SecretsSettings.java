package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code secrets}: which secret goes where. Only names and paths: encrypted files stay where they are, and are decrypted on
 * the machine when a generation is activated, to files in memory.
 */
public record SecretsSettings(
        @JsonPropertyDescription("sops: one file with all of them (sops-nix). age: a file for each (agenix)") @NotNull
        Format format,

        @JsonPropertyDescription("The encrypted file of sops")
        @Pattern(regexp = Patterns.PATH, message = Patterns.PATH_FORM)
        String file,

        @JsonPropertyDescription(
                "File with the age key that decrypts, readable for root only. Not given: the SSH host keys of this machine")
        @Pattern(regexp = Patterns.PATH, message = Patterns.PATH_FORM)
        String keyFile,

        @JsonPropertyDescription("Secrets by name; with sops the name is the key in the file")
        Map<@Pattern(regexp = Patterns.SECRET, message = Patterns.SECRET_FORM) String, @NotNull Entry> entries) {

    public SecretsSettings {
        entries = entries == null ? new TreeMap<>() : new TreeMap<>(entries);
    }

    /** How secrets are encrypted. */
    public enum Format {
        @JsonProperty("sops")
        SOPS,
        @JsonProperty("age")
        AGE
    }

    /** One secret: a file that somebody may read at run time. */
    public record Entry(
            @JsonPropertyDescription("Its encrypted file, with age")
            @Pattern(regexp = Patterns.PATH, message = Patterns.PATH_FORM)
            String file,

            @JsonPropertyDescription(
                    "Service that gets it as a credential: the file NAME in its $CREDENTIALS_DIRECTORY; with sops it is restarted when the secret changes")
            @Pattern(regexp = Patterns.SERVICE, message = Patterns.SERVICE_FORM)
            String service,

            @JsonPropertyDescription("Who owns the decrypted file. Default root")
            @Pattern(regexp = Patterns.USER, message = Patterns.USER_FORM)
            String owner,

            @JsonPropertyDescription("Its group. Default the owner's")
            @Pattern(regexp = Patterns.USER, message = Patterns.GROUP_FORM)
            String group,

            @JsonPropertyDescription("Its mode. Default \"0400\"")
            @Pattern(regexp = Patterns.MODE, message = Patterns.MODE_FORM)
            String mode,

            @JsonPropertyDescription("Where it is. Default /run/secrets/NAME with sops, /run/agenix/NAME with age")
            @Pattern(regexp = Patterns.PATH, message = Patterns.PATH_FORM)
            String path) {
        private static final String MODE = "0400";

        public Entry {
            mode = mode == null ? MODE : mode;
        }
    }
}
