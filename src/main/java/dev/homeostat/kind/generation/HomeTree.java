package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.Installable;
import dev.homeostat.kind.generation.settings.Settings;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What a home is made from, whichever source it has: looked at without a process. Thread-safe. */
final class HomeTree {
    /** As Home Manager names its configurations: of a user, or of a user on one host. */
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_-]{0,30}(@[A-Za-z0-9][A-Za-z0-9-]{0,62})?");

    private static final String KIND = "home";

    private final LocalTrees tree;

    HomeTree(LocalTrees tree) {
        this.tree = tree;
    }

    /** @throws Trouble invalid if there is no such source, or it cannot be one */
    SystemTree.Look look(HomeSpec spec) throws Trouble {
        return switch (spec.source()) {
            case HomeSource.Generated(SystemSource.Generated system) -> {
                Settings settings = system.settings();
                GeneratedTree.Wanted wanted = tree.wanted(system);
                SortedSet<Path> watched = new TreeSet<>(wanted.watched());
                watched.add(tree.generated().folder());
                yield new SystemTree.Look(
                        SystemTree.keyOf(
                                KIND,
                                "generated",
                                spec.user(),
                                wanted.digest(),
                                tree.generated().lockDigest(),
                                Json.write(settings.nixos().flakeInputs())),
                        tree.generated().isWritten(wanted)
                                && !tree.generated().lockDigest().isEmpty(),
                        watched);
            }
            case HomeSource.Flake(String folder, String name) -> {
                Folder.Content content = tree.ownFlake(folder, "home.from");
                if (!NAME.matcher(name).matches()) {
                    throw Trouble.invalid(name + " is not the name of a home", "correct home.from");
                }
                yield new SystemTree.Look(
                        SystemTree.keyOf(KIND, "flake", spec.user(), folder, name, content.digest()),
                        true,
                        content.folders());
            }
        };
    }

    /** What Nix is to build. */
    Installable home(HomeSpec spec) {
        String flake = switch (spec.source()) {
            case HomeSource.Generated ignored -> "path:" + tree.generated().folder();
            case HomeSource.Flake(String folder, String name) -> "path:" + folder;
        };
        String name = switch (spec.source()) {
            case HomeSource.Generated(SystemSource.Generated system) -> spec.user();
            case HomeSource.Flake own -> own.name();
        };
        return Installable.of(flake, "homeConfigurations.\"" + name + "\".activationPackage");
    }
}
