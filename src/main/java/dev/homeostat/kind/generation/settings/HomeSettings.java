package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code home}: what Home Manager keeps for the user. */
public record HomeSettings(
        @JsonPropertyDescription(
                "Where the home comes from. generated (the default): from this file by Homeostat's templates, for user.name. path:/etc/nixos#anna: your own flake, watched; the name of its homeConfigurations says whose home it is, anna or anna@host")
        @Pattern(regexp = HomeSettings.FROM, message = HomeSettings.FROM_FORM)
        String from,

        @JsonPropertyDescription("Packages for the user")
        List<@NotNull @Pattern(regexp = Patterns.PACKAGE, message = Patterns.PACKAGE_FORM) String> packages,

        @JsonPropertyDescription("What the shell knows") ShellEnvironment shell,

        @JsonPropertyDescription("Files below the home folder by path, such as ~/.config/tool.conf")
        Map<@Pattern(regexp = Patterns.HOME_PATH, message = Patterns.HOME_PATH_FORM) String, @NotNull Dotfile> dotfiles,

        @JsonPropertyDescription(
                "Home Manager modules of one's own: files, or folders with a default.nix. They are copied as those of nixos.modules are")
        List<@NotNull @Pattern(regexp = Patterns.NIX_PATH, message = Patterns.NIX_PATH_FORM) String> modules) {

    /** The word for a home of our own templates. */
    public static final String GENERATED = "generated";

    static final String FROM =
            "^(generated|path:(?!.*/\\.\\.?(/|#|$))(/[A-Za-z0-9_+=?.@-]{1,128}){1,16}#[a-z_][a-z0-9_-]{0,30}(@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)?)$";

    static final String FROM_FORM = "generated, path:/FOLDER#USER or path:/FOLDER#USER@HOST";

    public HomeSettings {
        from = from == null ? GENERATED : from;
        packages = packages == null ? List.of() : List.copyOf(packages);
        shell = shell == null ? new ShellEnvironment(null, null) : shell;
        dotfiles = dotfiles == null ? new TreeMap<>() : new TreeMap<>(dotfiles);
        modules = modules == null ? List.of() : List.copyOf(modules);
    }

    /** Of what is generated for a user for whom nothing is declared. */
    static HomeSettings nothing() {
        return new HomeSettings(null, null, null, null, null);
    }

    public boolean ofTemplates() {
        return from.equals(GENERATED);
    }

    /** What is set in every shell of the user. */
    public record ShellEnvironment(
            @JsonPropertyDescription("Short names of commands")
            Map<
                            @Pattern(regexp = Patterns.ALIAS, message = Patterns.ALIAS_FORM) String,
                            @NotNull @Pattern(regexp = Patterns.LINE, message = Patterns.LINE_FORM) String>
                    aliases,

            @JsonPropertyDescription("Environment variables. Everybody on the machine can read them: no secrets")
            Map<
                            @Pattern(regexp = Patterns.VARIABLE, message = Patterns.VARIABLE_FORM) String,
                            @NotNull @Pattern(regexp = Patterns.LINE, message = Patterns.LINE_FORM) String>
                    environment) {
        public ShellEnvironment {
            aliases = aliases == null ? Map.of() : Map.copyOf(aliases);
            environment = environment == null ? Map.of() : Map.copyOf(environment);
        }
    }

    /** A file in the home folder: a link into the Nix store, which everybody may read. */
    public record Dotfile(
            @JsonPropertyDescription("Its content; or source. No secrets")
            String content,

            @JsonPropertyDescription("A file of this machine with its content; it is copied into the generated tree")
            @Pattern(regexp = Patterns.NIX_PATH, message = Patterns.NIX_PATH_FORM)
            String source,

            @JsonPropertyDescription("Whether it is a program. Default false")
            Boolean executable) {
        public Dotfile {
            executable = executable == null ? Boolean.FALSE : executable;
        }
    }
}
