package dev.homeostat.kind.generation;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The Nix files that come with the program. A jar cannot be listed, so their names are written down here. */
final class Templates {
    static final List<String> NAMES = List.of(
            "configuration.nix",
            "dev-shells.nix",
            "flake.nix",
            "home.nix",
            "home/dotfiles.nix",
            "home/editor.nix",
            "home/git.nix",
            "home/packages.nix",
            "home/shell.nix",
            "home/user.nix",
            "modules/ai.nix",
            "modules/catalog.nix",
            "modules/containers.nix",
            "modules/cpu.nix",
            "modules/daemon.nix",
            "modules/gpu.nix",
            "modules/host.nix",
            "modules/memory.nix",
            "modules/nix-build.nix",
            "modules/packages.nix",
            "modules/secrets.nix",
            "modules/services.nix",
            "modules/users.nix",
            "modules/virtualization.nix",
            "options/python.nix",
            "options/user.nix",
            "package.nix",
            "python-environment.nix",
            "python.nix");

    private static final SortedMap<String, byte[]> CONTENTS = read();

    private Templates() {}

    /** Contents by path relative to the tree. Not to be changed. */
    static SortedMap<String, byte[]> contents() {
        return CONTENTS;
    }

    private static SortedMap<String, byte[]> read() {
        SortedMap<String, byte[]> contents = new TreeMap<>();
        for (String name : NAMES) {
            try (InputStream in = Templates.class.getResourceAsStream("templates/" + name)) {
                if (in == null) {
                    throw new IllegalStateException("the program was built without the template " + name);
                }
                contents.put(name, in.readAllBytes());
            } catch (IOException e) {
                throw new IllegalStateException("the template " + name + " cannot be read", e);
            }
        }
        return Collections.unmodifiableSortedMap(contents);
    }
}
