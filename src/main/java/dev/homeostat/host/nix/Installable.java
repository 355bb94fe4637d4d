package dev.homeostat.host.nix;

import java.util.regex.Pattern;

/**
 * What Nix is to evaluate or build: an output of a flake, or a store path. It is one argument, and cannot be taken for an
 * option.
 */
public record Installable(String text) {
    private static final int LIMIT_CHARS = 2000;
    private static final Pattern FORBIDDEN = Pattern.compile("[\\p{Cntrl}\\s]");

    public Installable {
        if (text.isEmpty()
                || text.length() > LIMIT_CHARS
                || text.startsWith("-")
                || FORBIDDEN.matcher(text).find()) {
            throw new IllegalArgumentException(
                    "not something that Nix can build: \"" + Words.line(text, LIMIT_CHARS) + "\"");
        }
    }

    /**
     * @param flake reference, such as {@code path:/etc/nixos}; must not hold a secret
     * @param attribute dotted path, such as {@code nixosConfigurations.host.config.system.build.toplevel}; quoted by the
     *     caller where Nix needs it
     */
    public static Installable of(String flake, String attribute) {
        if (flake.indexOf('#') >= 0 || attribute.indexOf('#') >= 0 || attribute.indexOf('^') >= 0) {
            throw new IllegalArgumentException(
                    "neither flake nor attribute has a # or ^: " + Words.line(flake + " " + attribute, LIMIT_CHARS));
        }
        return new Installable(flake + "#" + attribute);
    }

    public static Installable of(StorePath path) {
        return new Installable(path.toString());
    }

    /** What a derivation makes: its usual output. Nothing has to be evaluated for that. */
    public static Installable madeBy(StorePath derivation) {
        return new Installable(derivation + "^out");
    }

    @Override
    public String toString() {
        return text;
    }
}
