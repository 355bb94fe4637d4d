package dev.homeostat.kind.devshell;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.posix.Unchanged;
import dev.homeostat.host.program.Job;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.OwnerWatch;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Development shells that are kept built: a root of the garbage collector, named after what it was built from, holds the
 * environment of each. A flake that changed has another key, whose root is not there yet.
 */
@ApplicationScoped
public class ShellKind implements Kind<ShellSpec, ShellSeen> {
    public static final String NAME = "dev-shell";

    private static final String BUILD = "build";
    private static final String RELEASE = "release";

    /** What of a flake's folder counts: what Nix reads, and not what is worked on. */
    private static final Pattern COUNTS = Pattern.compile(".+\\.(nix|lock|toml|json)");
    /** Of one such file. */
    private static final long FILE_LIMIT_BYTES = 16L << 20;
    /** Of such files; more is no folder of a flake. */
    private static final int FILES_LIMIT = 1000;

    private static final int KEY_DIGITS = 16;

    private static final Path SYSTEM_ROOTS = Path.of("/nix/var/nix/gcroots/homeostat/shells");
    private static final String ROOTS = ".local/state/homeostat-shells";
    private static final int FOLDER_MODE = 0755;

    private final Programs programs;
    private final Locations locations;
    private final SafeFiles files;
    private final OwnerWatch watch;
    private final Unchanged<String> digests;

    public ShellKind(
            Programs programs, Locations locations, SafeFiles files, FolderWatch folderWatch, InstantSource clock) {
        this.programs = programs;
        this.locations = locations;
        this.files = files;
        this.watch = new OwnerWatch(NAME, programs, folderWatch);
        this.digests = new Unchanged<>(clock);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ShellSpec> specType() {
        return ShellSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<ShellSeen>> observe(Collection<Desired<ShellSpec>> resources) {
        Map<ResourceId, Sighting<ShellSeen>> sightings = HashMap.newHashMap(resources.size());
        resources.forEach(d -> sightings.put(d.id(), observe(d)));
        return sightings;
    }

    private Sighting<ShellSeen> observe(Desired<ShellSpec> desired) {
        try {
            Owner owner = programs.owner(desired.id().scope());
            if (programs.find(owner, "nix").isEmpty()) {
                return new Sighting.Unsupported<>("Nix is not installed: install it, or leave keptShells out");
            }
            return new Sighting.Seen<>(look(owner, desired));
        } catch (Trouble t) {
            return new Sighting.Unclear<>(t);
        }
    }

    private ShellSeen look(Owner owner, Desired<ShellSpec> desired) throws Trouble {
        String key = desired.spec().retired() ? "" : key(owner, desired.spec());
        Path folder = roots(owner, desired.id());
        List<String> others = new ArrayList<>();
        boolean built = false;
        for (String name : files.list(folder)) {
            if (!key.isEmpty() && (name.equals(key) || name.startsWith(key + "-"))) {
                built |= name.equals(key) && isHeld(folder.resolve(name));
            } else {
                others.add(name);
            }
        }
        return new ShellSeen(key, built, others);
    }

    /** Nix makes a link to a link beside it, which leads to the store. */
    private boolean isHeld(Path root) throws Trouble {
        Optional<FileFacts> first = files.look(root).filter(f -> f.type() == FileFacts.Type.LINK);
        if (first.isEmpty()) {
            return false;
        }
        Path beside = root.resolveSibling(first.get().link());
        Optional<FileFacts> second = files.look(beside).filter(f -> f.type() == FileFacts.Type.LINK);
        return second.isPresent()
                && second.get().link().startsWith("/nix/store/")
                && files.look(Path.of(second.get().link())).isPresent();
    }

    private String key(Owner owner, ShellSpec spec) throws Trouble {
        Path flake = flake(owner, spec);
        if (files.look(flake.resolve("flake.nix")).isEmpty()) {
            throw Trouble.invalid(flake + "/flake.nix is not there", "make it, or correct flake");
        }
        StringBuilder all = new StringBuilder(flake + "#" + spec.shell());
        int count = 0;
        for (String name : files.list(flake)) {
            Path path = flake.resolve(name);
            Optional<FileFacts> facts = files.look(path);
            if (!COUNTS.matcher(name).matches()
                    || facts.filter(f -> f.type() == FileFacts.Type.FILE).isEmpty()) {
                continue;
            }
            if (++count > FILES_LIMIT) {
                throw Trouble.invalid(flake + " holds more than " + FILES_LIMIT + " files of Nix", "move the flake");
            }
            String digest = digests.of(path, facts.get());
            if (digest == null) {
                digest = Sha256.hex(files.read(path, FILE_LIMIT_BYTES));
                digests.remember(path, facts.get(), digest);
            }
            all.append('\0').append(name).append('\0').append(digest);
        }
        return Sha256.hex(all.toString().getBytes(UTF_8)).substring(0, KEY_DIGITS);
    }

    private static Path flake(Owner owner, ShellSpec spec) {
        return spec.flake().startsWith("~/") ? owner.home().resolve(spec.flake().substring(2)) : Path.of(spec.flake());
    }

    private Path roots(Owner owner, ResourceId id) {
        Path all = isSystem(owner) ? SYSTEM_ROOTS : owner.home().resolve(ROOTS);
        return all.resolve(id.name());
    }

    private boolean isSystem(Owner owner) {
        return owner.scope().isOwn() && !locations.unprivileged();
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<ShellSpec> desired, ShellSeen seen) {
        ShellSpec spec = desired.spec();
        ResourceId id = desired.id();
        List<Difference> differences = new ArrayList<>();
        List<Action> actions = new ArrayList<>();
        if (!spec.retired() && !seen.built()) {
            differences.add(new Difference(
                    "built",
                    spec.flake() + "#" + spec.shell() + " as it is now",
                    seen.others().isEmpty() ? "not built" : "built from former files"));
            actions.add(
                    action(id, BUILD, "build " + spec.flake() + "#" + spec.shell() + " and keep it", "let go of it"));
        }
        if (!seen.others().isEmpty()) {
            differences.add(new Difference(
                    "roots",
                    spec.retired() ? "none" : "of the present one only",
                    seen.others().size() + " others"));
            actions.add(action(
                    id,
                    RELEASE,
                    "let go of what was built before, for the next collection of garbage",
                    "build it again"));
        }
        return new Assessment(differences, actions);
    }

    private static Action action(ResourceId id, String verb, String summary, String undo) {
        return new Action(id, verb, Phase.TOOLING, Impact.NONE, summary, undo);
    }

    // ---- correct

    @Override
    public void perform(Desired<ShellSpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<ShellSpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        Owner owner = programs.owner(desired.id().scope());
        switch (action.verb()) {
            case BUILD -> build(owner, desired, advances);
            case RELEASE -> release(owner, desired);
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    private void build(Owner owner, Desired<ShellSpec> desired, Consumer<Advance> advances) throws Trouble {
        ShellSpec spec = desired.spec();
        Path folder = roots(owner, desired.id());
        files.makeWay(
                folder, FOLDER_MODE, owner.account().uid(), owner.account().gid());
        String key = key(owner, spec);
        Job job = new Job(
                List.of(
                        "nix",
                        "--extra-experimental-features",
                        "nix-command flakes",
                        "print-dev-env",
                        "--json",
                        "--no-write-lock-file",
                        "--print-build-logs",
                        "--profile",
                        folder.resolve(key).toString(),
                        flake(owner, spec) + "#" + spec.shell()),
                Map.of(),
                owner.home(),
                spec.limit(),
                "shell-" + owner.account().uid() + "-"
                        + Sha256.hex(desired.id().toString()).substring(0, KEY_DIGITS));
        programs.must(owner, job, "building " + spec.flake() + "#" + spec.shell(), line -> {
            if (!line.startsWith("{") && !line.startsWith("\"")) { // the environment itself is not news
                advances.accept(new Advance(List.of(), line));
            }
        });
    }

    /** Only links, and only in a folder of our own. */
    private void release(Owner owner, Desired<ShellSpec> desired) throws Trouble {
        Path folder = roots(owner, desired.id());
        for (String name : look(owner, desired).others()) {
            Path root = folder.resolve(name);
            if (files.look(root).filter(f -> f.type() == FileFacts.Type.LINK).isEmpty()) {
                throw Trouble.conflict(root + " is no link, and nothing of ours", "move it away");
            }
            files.remove(root);
        }
        if (desired.spec().retired()) {
            files.remove(folder);
        }
    }

    @Override
    public Optional<ShellSpec> whenUndeclared(Desired<ShellSpec> desired, ShellSeen before, boolean ours) {
        return desired.spec().retired()
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    // ---- watch

    @Override
    public void watch(Collection<Desired<ShellSpec>> resources, LookAgain lookAgain) {
        watch.watch(
                resources.stream()
                        .map(d -> new OwnerWatch.Watched(d.id(), owner -> Set.of(), owner -> watched(owner, d)))
                        .toList(),
                lookAgain);
        if (resources.isEmpty()) {
            digests.retain(Set.of());
        }
    }

    private Set<Path> watched(Owner owner, Desired<ShellSpec> desired) {
        Path roots = roots(owner, desired.id());
        return desired.spec().retired() ? Set.of(roots) : Set.of(roots, flake(owner, desired.spec()));
    }

    @Override
    public Duration patience(Desired<ShellSpec> desired) {
        return desired.spec().limit().plus(Duration.ofMinutes(5));
    }
}
