package dev.homeostat.kind.generation.settings;

/**
 * How names and values are written. None begins with a dash, so none is taken for an option of a program; none holds a
 * control character, so none begins a new line where it ends up.
 */
final class Patterns {
    /** What NixOS takes for networking.hostName, without the underscore, which DNS does not have. */
    static final String HOST_NAME = "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";

    static final String HOST_NAME_FORM = "letters, digits and -, at most 63, such as workshop";

    static final String TIME_ZONE = "^[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9][A-Za-z0-9_+-]{0,31}){0,2}$";
    static final String TIME_ZONE_FORM = "a time zone such as Europe/Berlin";

    static final String LOCALE = "^([a-z]{2,3}(_[A-Z]{2})?(\\.[A-Za-z0-9-]{1,16})?(@[a-z]{1,16})?|C(\\.UTF-8)?|POSIX)$";
    static final String LOCALE_FORM = "a locale such as de_DE.UTF-8";

    /** NixOS has two releases a year. */
    static final String RELEASE = "^[0-9]{2}\\.(05|11)$";

    static final String RELEASE_FORM = "a release of NixOS such as 25.11, in quotes";

    static final String USER = "^[a-z_][a-z0-9_-]{0,30}$";
    static final String USER_FORM = "the name of a user, such as anna";

    static final String GROUP_FORM = "the name of a group, such as users";

    /** A dotted name below pkgs: {@code python313Packages.requests}. */
    static final String PACKAGE = "^[A-Za-z_][A-Za-z0-9_+-]{0,63}(\\.[A-Za-z0-9_][A-Za-z0-9_+-]{0,63}){0,4}$";

    static final String PACKAGE_FORM = "the name of a package in nixpkgs, such as ripgrep or python313Packages.numpy";

    /** The same without dots: the name of one attribute. */
    static final String ATTRIBUTE = "^[A-Za-z_][A-Za-z0-9_+-]{0,63}$";

    static final String ATTRIBUTE_FORM = "letters, digits and _ + -, beginning with a letter or _";

    static final String PATH = "^(?!.*(//|/\\.\\.?(/|$)))/[^\\x00-\\x1f\\x7f]{0,1022}[^/\\x00-\\x1f\\x7f]$";
    static final String PATH_FORM = "an absolute path without . or .. in it";

    /** What is copied into a Nix tree: plain names, so that they mean the same in Nix, in a store path and on the disk. */
    static final String NIX_PATH = "^(?!.*/\\.\\.?(/|$))(/[A-Za-z0-9_+=?.@-]{1,128}){1,16}$";

    static final String NIX_PATH_FORM = "an absolute path of letters, digits and + - . _ ? = @, without . or .. in it";

    static final String HOME_PATH = "^(?!.*(//|/\\.\\.?(/|$)))~/[^\\x00-\\x1f\\x7f]{0,1022}[^/\\x00-\\x1f\\x7f]$";
    static final String HOME_PATH_FORM = "a path below the home folder, such as ~/.config/tool.conf";

    static final String SECRET = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";
    static final String SECRET_FORM = "letters, digits and _ . -, at most 64, not beginning with . or -";

    static final String SERVICE = "^[A-Za-z0-9_][A-Za-z0-9:_.@\\\\-]{0,199}$";
    static final String SERVICE_FORM = "the name of a service without .service, such as nginx";

    static final String MODE = "^0?[0-7]{3}$";
    static final String MODE_FORM = "a mode in quotes, such as \"0400\"";

    static final String CACHE = "^(https?|s3|ssh|ssh-ng|file)://[A-Za-z0-9._~:/?#@!$&+,;=%\\[\\]-]{1,500}$";
    static final String CACHE_FORM = "the address of a binary cache, such as https://cache.example.org";

    static final String PUBLIC_KEY = "^[A-Za-z0-9][A-Za-z0-9._-]{0,199}:[A-Za-z0-9+/]{43}=$";
    static final String PUBLIC_KEY_FORM = "NAME:KEY as nix key convert-secret-to-public prints it";

    static final String FLAKE =
            "^(github|gitlab|sourcehut|path|git\\+https|git\\+ssh|git\\+file|https|tarball\\+https):[A-Za-z0-9._~:/?#@!$&+,;=%-]{1,500}$";
    static final String FLAKE_FORM = "a flake, such as github:NixOS/nixpkgs/nixos-unstable";

    static final String SYSTEM = "^[a-z0-9_]{1,20}-linux$";
    static final String SYSTEM_FORM = "a platform such as x86_64-linux";

    static final String FEATURE = "^[a-z0-9][a-z0-9_-]{0,63}$";
    static final String FEATURE_FORM = "a feature such as kvm or big-parallel";

    static final String REMOTE_HOST = "^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$";
    static final String REMOTE_HOST_FORM = "the name or address of a host";

    static final String LINE = "^[^\\x00-\\x1f\\x7f]{0,4000}$";
    static final String LINE_FORM = "one line";

    /** A field of /etc/passwd. */
    static final String PASSWD_FIELD = "^[^\\x00-\\x1f\\x7f:]{0,200}$";

    static final String PASSWD_FIELD_FORM = "one line without a colon";

    static final String EMAIL = "^[^\\x00-\\x20\\x7f@<>-][^\\x00-\\x20\\x7f@<>]{0,99}@[^\\x00-\\x20\\x7f@<>]{1,150}$";
    static final String EMAIL_FORM = "an address such as anna@example.org";

    static final String VARIABLE = "^[A-Za-z_][A-Za-z0-9_]{0,127}$";
    static final String VARIABLE_FORM = "the name of a variable: letters, digits and _";

    static final String ALIAS = "^[A-Za-z0-9_.][A-Za-z0-9_.+-]{0,63}$";
    static final String ALIAS_FORM = "the name of a command: letters, digits and _ . + -";

    private Patterns() {}
}
