package dev.homeostat.host.nix;

import java.util.Set;

/**
 * Name and version of what a store path holds, as Nix itself splits them: the version begins after the first dash that is
 * not followed by a letter. The output's name (-bin, -lib, ...) is not part of either.
 *
 * @param version empty if there is none
 */
public record PackageName(String name, String version) {
    private static final Set<String> OUTPUTS = Set.of(
            "bin", "dev", "lib", "out", "man", "doc", "info", "devdoc", "devman", "debug", "static", "lib32", "lib64");

    public static PackageName of(StorePath path) {
        String title = path.title();
        int last = title.lastIndexOf('-');
        if (last > 0 && OUTPUTS.contains(title.substring(last + 1))) {
            title = title.substring(0, last);
        }
        for (int i = title.indexOf('-'); i >= 0 && i + 1 < title.length(); i = title.indexOf('-', i + 1)) {
            if (!Character.isLetter(title.charAt(i + 1))) {
                return new PackageName(title.substring(0, i), title.substring(i + 1));
            }
        }
        return new PackageName(title, "");
    }
}
