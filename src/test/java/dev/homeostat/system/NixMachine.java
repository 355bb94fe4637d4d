package dev.homeostat.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.nix.Activation;
import dev.homeostat.host.nix.Installable;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.NixSettings;
import dev.homeostat.host.nix.RunningSystem;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.witness.ProcessTable;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The test host as a NixOS machine: the flake of src/test/resources/nix/system-flake, whose machine.json says what the next
 * generation holds, and the doors to Nix and systemd. What it changed is put back by {@link #close}.
 */
public final class NixMachine implements AutoCloseable {
    public static final Duration LIMIT = Duration.ofSeconds(60);
    /** For one thing to become true; a loaded machine gets its chance. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Between two looks at something that no event tells of. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private static final List<String> FLAKE = List.of(
            "flake.nix",
            "shell.nix",
            "generation.nix",
            "home.nix",
            "machine.json",
            "switch-to-configuration.sh",
            "activate.sh",
            "activate-home.sh");
    /** The test host has no network, and no name spaces of its own to give to builders. */
    private static final NixSettings SETTINGS = new NixSettings(
            Path.of("/nix/store"),
            Path.of("/nix/var/nix"),
            Path.of("/root"),
            "daemon",
            Map.of("sandbox", "false", "substitute", "false", "substituters", "", "flake-registry", ""));

    public final Accounts accounts = new NameService();
    public final SafeFiles files = new PosixFiles();
    /** One for all: it has a thread of its own. */
    private static final Inotify INOTIFY = new Inotify();

    public final Inotify inotify = INOTIFY;
    public final Processes processes = new ChildProcesses();
    public final Systemd systemd = new Systemd(Locations.system(Map.of()), accounts, processes);
    public final Nix nix = new Nix(SETTINGS, processes, files, inotify);
    public final RunningSystem running = new RunningSystem(files, inotify);
    public final Activation activation = new Activation(systemd, files, new ProcessTable(accounts));
    private final Path folder;

    /** @param folder where the flake is put */
    public NixMachine(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
        for (String name : FLAKE) {
            try (var in = NixMachine.class.getResourceAsStream("/nix/system-flake/" + name)) {
                assertThat(in).as(name).isNotNull();
                Files.write(folder.resolve(name), in.readAllBytes());
            }
        }
        declare(machine -> machine.put("system", os()));
    }

    private static String os() {
        return (System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64") + "-linux";
    }

    public Path folder() {
        return folder;
    }

    public String flake() {
        return "path:" + folder;
    }

    /** Changes machine.json: the next generation differs. */
    public void declare(Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve("machine.json");
        ObjectNode machine = (ObjectNode) Json.MAPPER.readTree(Files.readString(file));
        change.accept(machine);
        Files.writeString(file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(machine));
    }

    public Installable system() {
        return Installable.of(flake(), "nixosConfigurations.machine.config.system.build.toplevel");
    }

    public Installable home() {
        return Installable.of(flake(), "homeConfigurations.app.activationPackage");
    }

    /** Builds the generation that machine.json describes now. */
    public StorePath build() throws Trouble {
        return nix.build(system(), Optional.empty(), Work.within(LIMIT));
    }

    public StorePath build(Consumer<ObjectNode> change) throws Trouble, IOException {
        declare(change);
        return build();
    }

    /** Changes one value at the top of machine.json. */
    public StorePath build(String key, String value) throws Trouble, IOException {
        return build(machine -> machine.put(key, value));
    }

    /** What no event tells of. */
    public interface Check {
        boolean holds() throws Exception;
    }

    public static void await(String what, Check check) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!check.holds()) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("not so after " + PATIENCE.toSeconds() + " s: " + what);
                }
                Thread.sleep(LOOK_EVERY);
            }
        } catch (Exception e) {
            throw new AssertionError(what, e);
        }
    }

    @Override
    public void close() throws Trouble {
        activation.forget();
        activation.forgetHome(accounts.require("app"));
        Machine.run(
                "sh",
                "-c",
                "systemctl stop 'lab-*.service'; rm -f /run/systemd/system/lab-* /run/current-system"
                        + " /run/lab-go /boot/lab-default /var/log/lab-switches; systemctl daemon-reload; systemctl reset-failed");
        Machine.run(
                "sh",
                "-c",
                "rm -rf /nix/var/nix/profiles/system* /nix/var/nix/gcroots/homeostat"
                        + " /home/app/.local/state/nix /home/app/.local/state/home-manager /home/app/.greeting"
                        + " /home/app/.lab-go /nix/var/nix/profiles/per-user/app/home-manager*");
        systemd.close();
    }
}
