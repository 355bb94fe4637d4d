package dev.homeostat.host.nix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Nix of this machine. Links are read; everything else is asked of its programs, each call one process. Every {@link
 * Trouble} that Nix itself gave the reason of has a {@link NixFailure} as its cause. Thread-safe; calls wait.
 */
@ApplicationScoped
public class Nix {
    private static final String ROOTS = "homeostat";
    private static final List<Path> PROGRAMS = List.of(
            Path.of("/run/current-system/sw/bin/nix"),
            Path.of("/nix/var/nix/profiles/default/bin/nix"),
            Path.of("/usr/bin/nix"));
    private static final Pattern VERSION = Pattern.compile("\\b(\\d{1,4}\\.\\d{1,4}(?:\\.\\d{1,6})?)");
    private static final Pattern FREED =
            Pattern.compile("(\\d{1,12}) store paths deleted, (\\d{1,12}(?:\\.\\d{1,3})?) (B|KiB|MiB|GiB|TiB) freed");
    private static final Pattern INPUT =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_'-]{0,99}(/[A-Za-z_][A-Za-z0-9_'-]{0,99})*");
    /** A parse is milliseconds a file. */
    private static final Duration PARSE_LIMIT = Duration.ofSeconds(60);
    /** Of values that are shown or compared as they are. */
    private static final int OPTION_LIMIT_CHARS = 2000;

    private final NixSettings settings;
    private final SafeFiles files;
    private final FolderWatch folders;
    private final Processes processes;
    private final NixRun nix;

    @Inject
    public Nix(Processes processes, SafeFiles files, FolderWatch folders) {
        this(NixSettings.system(), processes, files, folders);
    }

    public Nix(NixSettings settings, Processes processes, SafeFiles files, FolderWatch folders) {
        this.settings = settings;
        this.files = files;
        this.folders = folders;
        this.processes = processes;
        this.nix = new NixRun(processes, settings);
    }

    public NixSettings settings() {
        return settings;
    }

    // ---- what is read from files

    /** Whether there is a store, or a daemon that makes one when it is first asked; without it nothing else here works. */
    public boolean isThere() {
        return Files.isDirectory(settings.store()) || Files.exists(settings.daemonSocket());
    }

    /** Whether the nix-daemon accepts connections (also by systemd, which then starts it). */
    public boolean isDaemonReachable() {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(settings.daemonSocket()))) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    public Profile profile(Path path) {
        return new Profile(path, files, folders, nix::profile);
    }

    Profile profile(Path path, Profile.Changer changer) {
        return new Profile(path, files, folders, changer);
    }

    /** The profile whose current generation the machine boots. */
    public Profile systemProfile() {
        return profile(settings.state().resolve("profiles").resolve("system"));
    }

    /** Roots of ours, which keep store paths from being collected. */
    public GcRoots roots() {
        return new GcRoots(settings.state().resolve("gcroots").resolve(ROOTS), files);
    }

    /** Whether the path is in the store, as far as its folder says. */
    public boolean has(StorePath path) throws Trouble {
        return files.look(path.path()).isPresent();
    }

    // ---- questions

    /**
     * Version and configuration.
     *
     * @throws Trouble transient if Nix is not there or does not answer
     */
    public NixInfo info() throws Trouble {
        Processes.Result version = processes.run(List.of("nix", "--version"), settings.environment(), NixRun.SHORT);
        Matcher number = VERSION.matcher(version.output());
        if (version.exitCode() != 0 || !number.find()) {
            throw Trouble.passing("nix --version answered: " + Words.line(version.output() + version.errors(), 200));
        }
        JsonNode config = config();
        SortedSet<String> features = new TreeSet<>(texts(own("experimental-features")));
        return new NixInfo(
                number.group(1),
                features,
                Words.line(config.path("system").path("value").asText(""), OPTION_LIMIT_CHARS),
                texts(config.path("substituters").path("value")),
                config.path("max-jobs").path("value").asLong(1),
                config.path("cores").path("value").asLong(0));
    }

    /** Configuration with our own options in force. */
    private JsonNode config() throws Trouble {
        return nix.json(
                new NixRun.Task("tell its configuration", false, List.of("nix", "config", "show", "--json")),
                Work.within(NixRun.SHORT));
    }

    /** One option as others see it. Where the command itself is not allowed, no feature is turned on. */
    private JsonNode own(String option) throws Trouble {
        Map<String, String> environment = new TreeMap<>(settings.environment());
        environment.put("NIX_CONFIG", "");
        Processes.Result result = processes.run(List.of("nix", "config", "show", "--json"), environment, NixRun.SHORT);
        if (result.exitCode() != 0) {
            return MissingNode.getInstance();
        }
        return NixRun.parsed("tell its configuration", result.output())
                .path(option)
                .path("value");
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(value -> texts.add(Words.line(value.asText(), OPTION_LIMIT_CHARS)));
        return texts;
    }

    /**
     * Checks the syntax of Nix files, and that every name in them is bound.
     *
     * @throws Trouble invalid, with the position, for the first file that is wrong
     */
    public void parse(Collection<Path> nixFiles) throws Trouble {
        if (nixFiles.isEmpty()) {
            return;
        }
        List<String> arguments = new ArrayList<>(List.of("nix-instantiate", "--parse"));
        for (Path file : nixFiles) {
            arguments.add(file.toAbsolutePath().normalize().toString());
        }
        nix.run(
                new NixRun.Task("read the Nix files", true, arguments),
                Work.within(PARSE_LIMIT),
                in -> in.transferTo(OutputStream.nullOutputStream()));
    }

    /**
     * The value of an output, as JSON. The lock file stays as it is.
     *
     * @throws Trouble invalid, with positions, if it cannot be evaluated
     */
    public JsonNode evaluate(Installable what, Work work) throws Trouble {
        return nix.json(
                new NixRun.Task(
                        "evaluate " + what,
                        true,
                        List.of("nix", "eval", "--json", "--no-update-lock-file", what.text())),
                work);
    }

    /**
     * What is to be built for an output of a flake, by its attribute {@code drvPath}. The lock file stays as it is.
     *
     * @throws Trouble invalid, with positions, if it cannot be evaluated
     */
    public StorePath derivation(Installable what, Work work) throws Trouble {
        JsonNode path = evaluate(new Installable(what + ".drvPath"), work);
        try {
            return StorePath.parse(path.asText());
        } catch (IllegalArgumentException e) {
            throw Trouble.invalid(what + " is nothing that can be built: " + e.getMessage(), "name a derivation");
        }
    }

    /** What a flake is and what its inputs are locked to. The lock file stays as it is. */
    public FlakeMetadata metadata(String flake, Work work) throws Trouble {
        Installable checked = new Installable(flake);
        JsonNode json = nix.json(
                new NixRun.Task(
                        "read the flake " + flake,
                        true,
                        List.of("nix", "flake", "metadata", "--json", "--no-update-lock-file", checked.text())),
                work);
        try {
            return FlakeMetadata.of(json);
        } catch (IllegalArgumentException e) {
            throw Trouble.passing(
                    "Nix described the flake " + flake + " in a way that cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Whether one of the binary caches in use has it; asks them, one after the other.
     *
     * @throws Trouble if none has it and one could not be asked
     */
    public boolean canBeFetched(StorePath path) throws Trouble {
        Trouble unreachable = null;
        for (String cache : info().substituters()) {
            List<String> arguments = List.of(
                    "nix",
                    "path-info",
                    "--store",
                    new Installable(cache).text(),
                    new Installable(path.toString()).text());
            try {
                nix.run(
                        new NixRun.Task("look for " + path + " in " + cache, false, arguments),
                        Work.within(NixRun.SHORT));
                return true;
            } catch (Trouble t) {
                if (NixFailure.of(t)
                        .filter(f -> f.reason() == NixFailure.Reason.MISSING)
                        .isEmpty()) {
                    unreachable = t;
                }
            }
        }
        if (unreachable != null) {
            throw unreachable;
        }
        return false;
    }

    // ---- changes

    /** Locks inputs that are not locked yet, and leaves the others. Writes the flake's lock file. */
    public FlakeMetadata lock(String flake, Work work) throws Trouble {
        return lock(flake, Map.of(), work);
    }

    /**
     * The same, with what names of flakes stand for: they go before the registries of the machine.
     *
     * @param flakes references by name, such as {@code github:NixOS/nixpkgs/nixos-unstable} by {@code nixpkgs}
     */
    public FlakeMetadata lock(String flake, Map<String, String> flakes, Work work) throws Trouble {
        Installable checked = new Installable(flake);
        List<String> arguments = new ArrayList<>(List.of("nix", "flake", "lock", checked.text()));
        arguments.addAll(overrides(flakes));
        nix.run(new NixRun.Task("lock the inputs of " + flake, true, arguments), work);
        return metadata(flake, work);
    }

    private static List<String> overrides(Map<String, String> flakes) {
        List<String> arguments = new ArrayList<>();
        new TreeMap<>(flakes)
                .forEach((name, reference) -> arguments.addAll(
                        List.of("--override-flake", new Installable(name).text(), new Installable(reference).text())));
        return arguments;
    }

    /**
     * Locks inputs anew, to what is newest. Writes the flake's lock file.
     *
     * @param inputs names; all if empty
     * @throws Trouble invalid if the flake has no such input
     */
    public FlakeMetadata updateInputs(String flake, Collection<String> inputs, Work work) throws Trouble {
        return updateInputs(flake, inputs, Map.of(), work);
    }

    /**
     * The same, with what names of flakes stand for.
     *
     * @param flakes references by name, as for {@link #lock(String, Map, Work)}
     */
    public FlakeMetadata updateInputs(String flake, Collection<String> inputs, Map<String, String> flakes, Work work)
            throws Trouble {
        Installable checked = new Installable(flake);
        if (!inputs.isEmpty()) {
            // Nix itself only warns
            SortedSet<String> known =
                    new TreeSet<>(lock(flake, flakes, work).inputs().keySet());
            for (String input : inputs) {
                if (!INPUT.matcher(input).matches() || !input.contains("/") && !known.contains(input)) {
                    throw Trouble.invalid(
                            flake + " has no input \"" + Words.line(input, OPTION_LIMIT_CHARS) + "\"",
                            "it has " + String.join(", ", known));
                }
            }
        }
        List<String> arguments = new ArrayList<>(List.of("nix", "flake", "update", "--flake", checked.text()));
        arguments.addAll(inputs);
        arguments.addAll(overrides(flakes));
        nix.run(new NixRun.Task("update the inputs of " + flake, true, arguments), work);
        return metadata(flake, work);
    }

    /**
     * Builds (or fetches) something with one output. The lock file stays as it is.
     *
     * @param root name of a root of ours that keeps the result; empty if nothing does, then it may be collected at any time
     * @return the output
     * @throws Trouble invalid if it cannot be evaluated or its build failed, with the log's end; transient for what may pass
     */
    public StorePath build(Installable what, Optional<String> root, Work work) throws Trouble {
        List<String> arguments =
                new ArrayList<>(List.of("nix", "build", "--json", "--no-update-lock-file", what.text()));
        if (root.isPresent()) {
            GcRoots roots = roots();
            Path link = roots.link(root.get());
            roots.makeFolder();
            arguments.addAll(List.of("--out-link", link.toString()));
        } else {
            arguments.add("--no-link");
        }
        JsonNode built = nix.json(new NixRun.Task("build " + what, true, arguments), work);
        return output(what, built);
    }

    /** An array of objects with outputs, or, for a store path, of the path itself. */
    private static StorePath output(Installable what, JsonNode built) throws Trouble {
        List<String> outputs = new ArrayList<>();
        for (JsonNode result : built) {
            if (result.isTextual()) {
                outputs.add(result.asText());
            } else {
                Iterator<JsonNode> each = result.path("outputs").elements();
                each.forEachRemaining(output -> outputs.add(output.asText()));
            }
        }
        if (outputs.size() != 1) {
            throw Trouble.invalid(
                    what + " has " + outputs.size() + " outputs, expected one", "name the one that is meant");
        }
        try {
            return StorePath.parse(outputs.getFirst());
        } catch (IllegalArgumentException e) {
            throw Trouble.passing("Nix built " + what + " and named " + e.getMessage(), e);
        }
    }

    /** Makes a store path be there, by fetching it from a cache if it is not. */
    public void realise(StorePath path, Optional<String> root, Work work) throws Trouble {
        build(Installable.of(path), root, work);
    }

    /**
     * What these paths need altogether, themselves included.
     *
     * @throws Trouble transient, with reason MISSING, if one is not in the store
     */
    public Closure closure(Collection<StorePath> paths) throws Trouble {
        List<String> arguments = new ArrayList<>(List.of("nix", "path-info", "--json", "--recursive"));
        paths.forEach(path -> arguments.add(path.toString()));
        PathInfoReader reader = new PathInfoReader(settings.store());
        NixRun.Task task = new NixRun.Task("tell what is in the store", false, arguments);
        nix.run(task, Work.within(NixRun.SHORT), reader::read);
        if (!reader.missing().isEmpty()) {
            throw NixFailure.missing(reader.missing().iterator().next()).trouble(task.what());
        }
        return new Closure(reader.items());
    }

    /** What differs between what two store paths need; one process. */
    public ClosureDifference difference(StorePath before, StorePath after) throws Trouble {
        Closure both = closure(List.of(before, after));
        return ClosureDifference.between(both.of(before), both.of(after));
    }

    /**
     * What a collection freed.
     *
     * @param paths that were deleted
     * @param bytes about: Nix tells hundredths of a MiB
     */
    public record Freed(long paths, long bytes) {}

    /** Where systems have the program that we start by its name; empty if it is nowhere there. */
    public Optional<Path> program() {
        return PROGRAMS.stream().filter(Files::isExecutable).findFirst();
    }

    /**
     * What collects garbage without the nix-daemon, which would not do so with the priority of whoever asks. For a service of
     * its own; no secret is in it.
     *
     * @param bytes after which it is enough
     */
    public List<String> collectionArguments(Path program, long bytes) {
        return List.of(
                program.toString(),
                "store",
                "gc",
                "--extra-experimental-features",
                "nix-command",
                "--max",
                Long.toString(bytes),
                "--store",
                "local");
    }

    /** Deletes everything in the store that nothing keeps. */
    public Freed collectGarbage(Work work) throws Trouble {
        return freed(nix.run(new NixRun.Task("collect garbage", false, List.of("nix", "store", "gc")), work));
    }

    /**
     * Deletes these store paths.
     *
     * @throws Trouble conflict, with reason IN_USE, if a root keeps one of them, another path in the store refers to it, or
     *     the daemon's process of a call just now still does: then none is deleted, or some
     */
    public Freed delete(Collection<StorePath> paths, Work work) throws Trouble {
        if (paths.isEmpty()) {
            return new Freed(0, 0);
        }
        List<String> arguments = new ArrayList<>(List.of("nix", "store", "delete"));
        paths.forEach(path -> arguments.add(path.toString()));
        return freed(nix.run(new NixRun.Task("delete store paths", false, arguments), work));
    }

    private static Freed freed(String output) throws Trouble {
        Matcher figures = FREED.matcher(output);
        if (!figures.find()) {
            throw Trouble.passing("Nix did not say what it freed: " + Words.line(output, OPTION_LIMIT_CHARS));
        }
        long unit = switch (figures.group(3)) {
            case "B" -> 1L;
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            default -> 1L << 40;
        };
        return new Freed(Long.parseLong(figures.group(1)), Math.round(Double.parseDouble(figures.group(2)) * unit));
    }
}
