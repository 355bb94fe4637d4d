package dev.homeostat.kind.generation;

import dev.homeostat.host.git.CommitId;
import dev.homeostat.host.nix.Installable;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What a system is made from, whichever source it has: looked at without a process. Thread-safe. */
final class SystemTree {
    private static final int KEY_DIGITS = 32;
    /** As host names are written. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    private final LocalTrees trees;
    private final SecretFiles secrets;
    private final GitSource git;

    SystemTree(LocalTrees trees, SecretFiles secrets, GitSource git) {
        this.trees = trees;
        this.secrets = secrets;
        this.git = git;
    }

    SecretFiles secrets() {
        return secrets;
    }

    GeneratedTree generated() {
        return trees.generated();
    }

    GeneratedTree.Wanted wanted(SystemSource.Generated source) throws Trouble {
        return trees.wanted(source);
    }

    GitSource git() {
        return git;
    }

    /**
     * A source as it is now.
     *
     * @param key digest of all that decides what is to be in force
     * @param written whether the generated tree is as it should be
     * @param watched folders in which a change makes another key
     */
    record Look(String key, boolean written, SortedSet<Path> watched, SourceSeen seen) {
        Look(String key, boolean written, SortedSet<Path> watched) {
            this(key, written, watched, SourceSeen.PLAIN);
        }
    }

    /** @throws Trouble invalid if there is no such source, or it cannot be one */
    Look look(GenerationSpec spec) throws Trouble {
        return switch (spec.source()) {
            case SystemSource.Generated source -> {
                GeneratedTree.Wanted wanted = wanted(source);
                SortedSet<Path> watched = new TreeSet<>(wanted.watched());
                watched.add(generated().folder());
                NixosSettings nixos = source.settings().nixos();
                yield new Look(
                        key(
                                spec,
                                "generated",
                                wanted.digest(),
                                generated().lockDigest(),
                                Json.write(nixos.flakeInputs()),
                                hostName(source)),
                        generated().isWritten(wanted),
                        watched);
            }
            case SystemSource.Flake flake -> {
                Folder.Content content = trees.ownFlake(flake.folder(), "nixos.from");
                if (!NAME.matcher(flake.name()).matches()) {
                    throw Trouble.invalid(flake.name() + " is not the name of a host", "correct nixos.from");
                }
                yield new Look(
                        key(spec, "flake", flake.folder(), flake.name(), content.digest()), true, content.folders());
            }
            case SystemSource.Git source -> {
                GitSource.Look known = git.look(source);
                String commit = known.state().accepted().map(CommitId::text).orElse(GitSource.name(source));
                yield new Look(
                        key(spec, "git", commit, source.name()), true, new TreeSet<>(), SourceSeen.of(source, known));
            }
            case SystemSource.Ready ready ->
                new Look(key(spec, "ready", path(ready).toString()), true, new TreeSet<>());
        };
    }

    /** What was ordered instead of what is declared: a change of that one ends the order, so it is watched. */
    Look look(SystemOrder order, GenerationSpec declared) throws Trouble {
        Look ordered = look(order.instead(declared));
        try {
            Look other = look(declared);
            return new Look(ordered.key(), true, other.watched(), other.seen().with(order));
        } catch (Trouble t) {
            if (t.sort() != Trouble.Sort.INVALID) {
                throw t;
            }
            return new Look(ordered.key(), true, new TreeSet<>(), SourceSeen.PLAIN.with(order));
        }
    }

    private static String key(GenerationSpec spec, String... parts) {
        return keyOf(spec.operation(), parts);
    }

    /** @param how it is put in force */
    static String keyOf(Object how, String... parts) {
        return Sha256.hex(Json.write(List.of(how, parts))).substring(0, KEY_DIGITS);
    }

    private static String hostName(SystemSource.Generated source) throws Trouble {
        if (source.settings().host() == null) {
            throw Trouble.invalid("the system cannot be generated: host is missing", "declare host");
        }
        return source.settings().host().name();
    }

    /** Reference of the flake; not for {@link SystemSource.Ready}. */
    String flake(SystemSource source) throws Trouble {
        return switch (source) {
            case SystemSource.Git remote -> git.flake(remote);
            case SystemSource.Generated g -> "path:" + generated().folder();
            case SystemSource.Flake flake -> "path:" + flake.folder();
            case SystemSource.Ready ready -> throw new IllegalArgumentException(ready + " is no flake");
        };
    }

    /** What Nix said of it, in the owner's words. */
    String told(SystemSource source, String text) {
        return source instanceof SystemSource.Git remote ? git.told(remote, text) : text;
    }

    /** What Nix is to build. */
    Installable system(SystemSource source) throws Trouble {
        String host = switch (source) {
            case SystemSource.Generated g -> hostName(g);
            case SystemSource.Flake flake -> flake.name();
            case SystemSource.Git remote -> remote.name();
            case SystemSource.Ready ready -> throw new IllegalArgumentException(ready + " is no flake");
        };
        return Installable.of(flake(source), "nixosConfigurations.\"" + host + "\".config.system.build.toplevel");
    }

    static StorePath path(SystemSource.Ready ready) throws Trouble {
        try {
            return StorePath.parse(ready.storePath());
        } catch (IllegalArgumentException e) {
            throw new Trouble(Trouble.Sort.INVALID, e.getMessage(), "correct nixos.from", e);
        }
    }

    /** Names of the inputs whose meaning differs. */
    static Set<String> moved(Map<String, String> before, Map<String, String> now) {
        Set<String> moved = new TreeSet<>();
        now.forEach((name, reference) -> {
            if (!reference.equals(before.get(name))) {
                moved.add(name);
            }
        });
        return moved;
    }
}
