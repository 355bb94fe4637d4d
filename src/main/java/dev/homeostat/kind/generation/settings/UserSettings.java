package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/** {@code user}: the person whose machine it is. */
public record UserSettings(
        @JsonPropertyDescription("Login name; a member of wheel")
        @NotNull
        @Pattern(regexp = Patterns.USER, message = Patterns.USER_FORM)
        String name,

        @JsonPropertyDescription("Full name")
        @Pattern(regexp = Patterns.PASSWD_FIELD, message = Patterns.PASSWD_FIELD_FORM)
        String description,

        @JsonPropertyDescription("bash (the default), zsh or fish")
        Shell shell,

        @JsonPropertyDescription("What EDITOR is: vim (the default), nvim or codium")
        Editor editor,

        @JsonPropertyDescription("Who commits") Git git,

        @JsonPropertyDescription(
                "Name of the secret that holds the hash of the password (mkpasswd); never the hash itself. Not given: the password is not touched")
        @Pattern(regexp = Patterns.SECRET, message = Patterns.SECRET_FORM)
        String passwordHash) {
    public static final String NAME_PATTERN = Patterns.USER;

    public UserSettings {
        shell = shell == null ? Shell.BASH : shell;
        editor = editor == null ? Editor.VIM : editor;
    }

    /** A login shell. */
    public enum Shell {
        @JsonProperty("bash")
        BASH,
        @JsonProperty("zsh")
        ZSH,
        @JsonProperty("fish")
        FISH
    }

    /** An editor. */
    public enum Editor {
        @JsonProperty("vim")
        VIM,
        @JsonProperty("nvim")
        NVIM,
        @JsonProperty("codium")
        CODIUM
    }

    /** Identity in git. */
    public record Git(
            @JsonPropertyDescription("Name in commits")
            @NotNull
            @Pattern(regexp = Patterns.LINE, message = Patterns.LINE_FORM)
            String name,

            @JsonPropertyDescription("Address in commits")
            @NotNull
            @Pattern(regexp = Patterns.EMAIL, message = Patterns.EMAIL_FORM)
            String email) {}
}
