package dev.homeostat.kind.generation;

import dev.homeostat.host.git.CommitId;
import dev.homeostat.host.nix.Installable;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.posix.SafeFiles;
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
    /** What of a path has no meaning of its own in a flake reference. */
    private static final Pattern FOLDER = Pattern.compile("(/[A-Za-z0-9_+=.@-]{1,255}){1,64}");
    /** As host names are written. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    private final GeneratedTree generated;
    private final Folder reader;
    private final SafeFiles files;
    private final Facts facts;
    private final GitSource git;

    SystemTree(GeneratedTree generated, Folder reader, SafeFiles files, Facts facts, GitSource git) {
        this.git = git;
        this.generated = generated;
        this.reader = reader;
        this.files = files;
        this.facts = facts;
    }

    GeneratedTree generated() {
        return generated;
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
                watched.add(generated.folder());
                NixosSettings nixos = source.settings().nixos();
                yield new Look(
                        key(
                                spec,
                                "generated",
                                wanted.digest(),
                                generated.lockDigest(),
                                Json.write(nixos.flakeInputs()),
                                hostName(source)),
                        generated.isWritten(wanted),
                        watched);
            }
            case SystemSource.Flake flake -> {
                check(flake);
                Folder.Content content = reader.read(Path.of(flake.folder()));
                if (!content.entries().containsKey("flake.nix")) {
                    throw Trouble.invalid(flake.folder() + "/flake.nix is not there", "make it, or correct nixos.from");
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
        return Sha256.hex(Json.write(List.of(spec.operation(), parts))).substring(0, KEY_DIGITS);
    }

    GeneratedTree.Wanted wanted(SystemSource.Generated source) throws Trouble {
        return generated.wanted(source, facts.look());
    }

    private static String hostName(SystemSource.Generated source) throws Trouble {
        if (source.settings().host() == null) {
            throw Trouble.invalid("the system cannot be generated: host is missing", "declare host");
        }
        return source.settings().host().name();
    }

    private void check(SystemSource.Flake flake) throws Trouble {
        if (!FOLDER.matcher(flake.folder()).matches()
                || !Path.of(flake.folder()).normalize().toString().equals(flake.folder())) {
            throw Trouble.invalid(
                    flake.folder() + " cannot be the folder of a flake",
                    "give an absolute path of letters, digits and _+=.@-");
        }
        if (!NAME.matcher(flake.name()).matches()) {
            throw Trouble.invalid(flake.name() + " is not the name of a host", "correct nixos.from");
        }
        if (files.look(Path.of(flake.folder())).isEmpty()) {
            throw Trouble.invalid(flake.folder() + " is not there", "make it, or correct nixos.from");
        }
    }

    /** Reference of the flake; not for {@link SystemSource.Ready}. */
    String flake(SystemSource source) throws Trouble {
        return switch (source) {
            case SystemSource.Git remote -> git.flake(remote);
            case SystemSource.Generated g -> "path:" + generated.folder();
            case SystemSource.Flake flake -> "path:" + flake.folder();
            case SystemSource.Ready ready -> throw new IllegalArgumentException(ready + " is no flake");
        };
    }

    /** What Nix is to build, or to evaluate with a further attribute. */
    Installable system(SystemSource source, String attribute) throws Trouble {
        String host = switch (source) {
            case SystemSource.Generated g -> hostName(g);
            case SystemSource.Flake flake -> flake.name();
            case SystemSource.Git remote -> remote.name();
            case SystemSource.Ready ready -> throw new IllegalArgumentException(ready + " is no flake");
        };
        return Installable.of(
                flake(source), "nixosConfigurations.\"" + host + "\".config.system.build.toplevel" + attribute);
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
