package dev.homeostat.host.nix;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Which generations are activated and booted, and what they boot: read from links, without a process. Neither need be what
 * the profile points to. Thread-safe.
 */
@ApplicationScoped
public class RunningSystem {
    /**
     * What of a generation only a boot brings into force.
     *
     * @param kernel where its link points to; empty if it has none
     * @param initrd the same
     * @param modules the same, of the kernel's modules
     */
    public record BootFiles(String kernel, String initrd, String modules) {}

    private static final int VERSION_LIMIT_BYTES = 4096;
    private static final int VERSION_LIMIT_CHARS = 200;

    private final Path run;
    private final SafeFiles files;
    private final FolderWatch watch;

    @Inject
    public RunningSystem(SafeFiles files, FolderWatch watch) {
        this(Path.of("/run"), files, watch);
    }

    public RunningSystem(Path run, SafeFiles files, FolderWatch watch) {
        this.run = run;
        this.files = files;
        this.watch = watch;
    }

    /** What was activated last; empty if this is no NixOS. */
    public Optional<StorePath> activated() throws Trouble {
        return target(run.resolve("current-system"));
    }

    /** What the machine was booted with; empty if this is no NixOS. */
    public Optional<StorePath> booted() throws Trouble {
        return target(run.resolve("booted-system"));
    }

    private Optional<StorePath> target(Path link) throws Trouble {
        Optional<FileFacts> facts = files.look(link);
        if (facts.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(StorePath.parse(facts.get().link()));
        } catch (IllegalArgumentException e) {
            throw Trouble.invalid(link + " is no link into the Nix store: " + e.getMessage(), "reboot the machine");
        }
    }

    public BootFiles bootFiles(StorePath generation) throws Trouble {
        return new BootFiles(
                link(generation, "kernel"), link(generation, "initrd"), link(generation, "kernel-modules"));
    }

    private String link(StorePath generation, String name) throws Trouble {
        return files.look(generation.path().resolve(name)).map(FileFacts::link).orElse("");
    }

    /** Such as {@code 25.11.20251120.abcdef}; empty if the generation does not say. */
    public String version(StorePath generation) throws Trouble {
        Path file = generation.path().resolve("nixos-version");
        if (files.look(file).isEmpty()) {
            return "";
        }
        return Words.line(
                new String(files.read(file, VERSION_LIMIT_BYTES), StandardCharsets.UTF_8), VERSION_LIMIT_CHARS);
    }

    /** Tells when another generation may have been activated, until closed. Must return at once. */
    public AutoCloseable watch(Runnable changed) {
        return watch.watch(Set.of(run.resolve("current-system")), path -> changed.run(), changed);
    }
}
