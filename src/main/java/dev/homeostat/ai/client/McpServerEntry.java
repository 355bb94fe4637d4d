package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;

/** An entry of {@code ai.mcp.servers} as it is written; null where nothing is said. */
public record McpServerEntry(
        @JsonPropertyDescription("Whether it is offered. Not given: yes")
        Boolean enabled,

        @JsonPropertyDescription(
                "One that is known. Not given: the one of the entry's name, if neither command nor url is given")
        McpServerEntry.Preset preset,

        @JsonPropertyDescription("Program that is started, by its name or absolute path")
        @Pattern(
                regexp = "^(/|[A-Za-z0-9_.])[^\\p{Cntrl}\\s]{0,1023}$",
                message = "the name of a program, or an absolute path, without blanks")
        String command,

        @JsonPropertyDescription("Its arguments. Everybody on the machine can see them: no secrets")
        @Size(max = 100, message = "at most 100 arguments")
        List<
                        @NotNull
                        @Pattern(regexp = "^[^\\p{Cntrl}]{0,4096}$", message = "at most 4096 characters on one line")
                        String>
                args,

        @JsonPropertyDescription("Variables that it gets. They are written as they are: no secrets")
        @Size(max = 100, message = "at most 100 variables")
        Map<
                        String,
                        @NotNull
                        @Pattern(regexp = "^[^\\p{Cntrl}]{0,4096}$", message = "at most 4096 characters on one line")
                        String>
                env,

        @JsonPropertyDescription("Variables that it gets, by where their values are. The values are written nowhere")
        @Size(max = 100, message = "at most 100 variables")
        Map<String, @NotNull SecretEntry> secrets,

        @JsonPropertyDescription("Where it is asked, if it runs by itself: https://..., or http://... on this machine")
        @Pattern(
                regexp = "^https?://[A-Za-z0-9\\[][^\\s\\p{Cntrl}@\"'<>\\\\]{0,2000}$",
                message = "an address with https, or with http on this machine, without user and password")
        String url,

        @JsonPropertyDescription("Headers that it is asked with. They are written as they are: no secrets")
        @Size(max = 32, message = "at most 32 headers")
        Map<
                        String,
                        @NotNull
                        @Pattern(regexp = "^[^\\p{Cntrl}]{0,4096}$", message = "at most 4096 characters on one line")
                        String>
                headers) {
    static final String VARIABLE = "^[A-Za-z_][A-Za-z0-9_]{0,127}$";
    static final String VARIABLE_FORM = "letters, digits and _, not beginning with a digit";

    /** Servers that are known. */
    public enum Preset {
        @JsonProperty("homeostat")
        HOMEOSTAT,
        @JsonProperty("nixos")
        NIXOS,
        @JsonProperty("postgres")
        POSTGRES,
        @JsonProperty("github")
        GITHUB
    }

    /** Where a secret is. */
    public record SecretEntry(
            @JsonPropertyDescription("A file that has it, absolute or beginning with ~/")
            @Pattern(
                    regexp = "^(/|~/)[^\\p{Cntrl}]{1,2000}$",
                    message = "an absolute path (a user's may begin with ~/)")
            String file,

            @JsonPropertyDescription("The variable in the file, if that has several (NAME=value, one a line)")
            @Pattern(regexp = McpServerEntry.VARIABLE, message = McpServerEntry.VARIABLE_FORM)
            String variable,

            @JsonPropertyDescription("A variable that the program has in its own environment")
            @Pattern(regexp = McpServerEntry.VARIABLE, message = McpServerEntry.VARIABLE_FORM)
            String env) {}
}
