package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code nixos}: where nixpkgs comes from, what is installed for everybody, and how a new generation is put in force. */
public record NixosSettings(
        @JsonPropertyDescription(
                "Where the system comes from. generated (the default): from this file by Homeostat's templates. path:/etc/nixos#host: your own flake, watched. git+https://example.org/config#host: your own flake in a repository, asked for news. /nix/store/...: a system that was built already")
        @Pattern(regexp = NixosSettings.FROM, message = NixosSettings.FROM_FORM)
        String from,

        @JsonPropertyDescription("stable (the default): the newest release known to Homeostat; or unstable")
        Channel channel,

        @JsonPropertyDescription(
                "Other flakes instead of those of the channel: nixpkgs, home-manager, sops-nix, agenix")
        Map<
                        @Pattern(regexp = NixosSettings.INPUT, message = NixosSettings.INPUT_FORM) String,
                        @NotNull @Pattern(regexp = Patterns.FLAKE, message = Patterns.FLAKE_FORM) String>
                inputs,

        @JsonPropertyDescription(
                "NixOS modules of one's own: files, or folders with a default.nix. They are copied into the generated tree, and so into the Nix store, which everybody may read: no secrets in them")
        List<@NotNull @Pattern(regexp = Patterns.NIX_PATH, message = Patterns.NIX_PATH_FORM) String> modules,

        @JsonPropertyDescription("Packages for everybody, such as ripgrep")
        List<@NotNull @Pattern(regexp = Patterns.PACKAGE, message = Patterns.PACKAGE_FORM) String> packages,

        @JsonPropertyDescription(
                "Whether packages with unfree licences may be installed, such as NVIDIA's driver. Default false")
        Boolean allowUnfree,

        @JsonPropertyDescription(
                "switch (the default): at once and at the next boot. boot: at the next boot. test: at once, and not at the next boot")
        Operation operation,

        @JsonPropertyDescription("Of a system from a repository: which commits are deployed")
        GitSourceSettings git) {
    /** The newest release whose branches exist, nixos-RELEASE and home-manager's release-RELEASE. */
    static final String STABLE_RELEASE = "26.05";

    /** The word for a system of our own templates. */
    public static final String GENERATED = "generated";

    /** Addresses hold no user with a password, and no part that begins with a dash. */
    static final String FROM =
            "^(generated|(path:(?!.*/\\.\\.?(/|#|$))(/[A-Za-z0-9_+=?.@-]{1,128}){1,16}|git\\+(file://|https://[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?|ssh://([A-Za-z0-9_][A-Za-z0-9_.-]{0,63}@)?[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?)(?!.*/\\.\\.?(/|#|$))(/[A-Za-z0-9_+=.~][A-Za-z0-9_+=.~-]{0,127}){1,16})#[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?|/nix/store/[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+._?=-]{1,211})$";

    static final String FROM_FORM =
            "generated, path:/FOLDER#HOST, git+https://SERVER/PATH#HOST or the path of a system in /nix/store";

    /** The inputs of templates/flake.nix. */
    static final String INPUT = "^(nixpkgs|home-manager|sops-nix|agenix)$";

    static final String INPUT_FORM = "one of nixpkgs, home-manager, sops-nix, agenix";

    public NixosSettings {
        from = from == null ? GENERATED : from;
        channel = channel == null ? Channel.STABLE : channel;
        inputs = inputs == null ? Map.of() : Map.copyOf(inputs);
        modules = modules == null ? List.of() : List.copyOf(modules);
        packages = packages == null ? List.of() : List.copyOf(packages);
        allowUnfree = allowUnfree == null ? Boolean.FALSE : allowUnfree;
        operation = operation == null ? Operation.SWITCH : operation;
    }

    /** Without a repository. */
    public NixosSettings(
            String from,
            Channel channel,
            Map<String, String> inputs,
            List<String> modules,
            List<String> packages,
            Boolean allowUnfree,
            Operation operation) {
        this(from, channel, inputs, modules, packages, allowUnfree, operation, null);
    }

    /**
     * What the indirect inputs of templates/flake.nix stand for, by name: each is given to nix as
     * {@code --override-flake NAME URL} when the lock is made or updated, and stays as locked in between. Without it the
     * registries of the machine would decide.
     */
    public SortedMap<String, String> flakeInputs() {
        boolean stable = channel == Channel.STABLE;
        SortedMap<String, String> all = new TreeMap<>();
        all.put("nixpkgs", "github:NixOS/nixpkgs/nixos-" + (stable ? STABLE_RELEASE : "unstable"));
        all.put(
                "home-manager",
                "github:nix-community/home-manager/" + (stable ? "release-" + STABLE_RELEASE : "master"));
        all.put("sops-nix", "github:Mic92/sops-nix");
        all.put("agenix", "github:ryantm/agenix");
        all.putAll(inputs);
        return all;
    }

    /** What the schema does not show to be wrong about a system from a repository. */
    public List<Settings.Fault> faults() {
        if (git == null) {
            return List.of();
        }
        List<Settings.Fault> faults = new ArrayList<>(git.faults());
        if (git.tokenFile() != null && !from.startsWith("git+https:")) {
            faults.add(new Settings.Fault("nixos.git.tokenFile", "is for git+https only; ssh has keys of its own"));
        }
        return faults;
    }

    /** A track of nixpkgs. */
    public enum Channel {
        @JsonProperty("stable")
        STABLE,
        @JsonProperty("unstable")
        UNSTABLE
    }

    /** How a new generation is put in force. */
    public enum Operation {
        @JsonProperty("switch")
        SWITCH,
        @JsonProperty("boot")
        BOOT,
        @JsonProperty("test")
        TEST
    }
}
