package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What machine.json holds: every value that decides something about the generated system, with its default where nothing is
 * declared. The keys are the options below {@code homeostat} in templates/modules/, one for one: a key that no module
 * declares is an error when the system is evaluated. Immutable.
 */
public record MachineData(
        HostSettings host,
        UserSettings user,
        BuildSettings build,
        Nixos nixos,
        Home home,
        Map<String, DevShellSettings> devShells,
        PythonSettings python,
        SecretsSettings secrets,
        DeclaredElsewhere.Services services,
        DeclaredElsewhere.Containers containers,
        DeclaredElsewhere.Gpu gpu,
        Cpu cpu,
        DeclaredElsewhere.Memory memory,
        DeclaredElsewhere.Virtualization virtualization,
        DeclaredElsewhere.Ai ai,
        DeclaredElsewhere.Catalog catalog,
        Facts facts) {
    /** Where nixos-generate-config writes what it finds: file systems, kernel modules. */
    static final String HARDWARE = "/etc/nixos/hardware-configuration.nix";

    /** Of {@link NixosSettings} what is inside the system; the rest says where it comes from and how it is put in force. */
    public record Nixos(List<String> modules, List<String> packages, boolean allowUnfree) {}

    /** The same of {@link HomeSettings}. */
    public record Home(
            List<String> packages,
            HomeSettings.ShellEnvironment shell,
            Map<String, HomeSettings.Dotfile> dotfiles,
            List<String> modules) {}

    /**
     * The processor.
     *
     * @param vendor null if it gets no microcode
     * @param microcode whether it is corrected at boot; null: nothing is said
     */
    public record Cpu(MachineFacts.Processor vendor, Boolean microcode) {}

    /** @param daemon null if the generated system does not hold the daemon */
    public record Facts(String system, String daemon) {}

    /**
     * @throws IllegalArgumentException if the settings have faults, which are to be told before; or if
     *     what is declared of swap does not go with that much memory
     */
    public static MachineData of(Settings settings, MachineFacts facts, DeclaredElsewhere elsewhere) {
        List<Settings.Fault> faults = settings.faults();
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(
                    faults.getFirst().key() + " " + faults.getFirst().message());
        }
        NixosSettings nixos = settings.nixos();
        HomeSettings home = settings.home();
        return new MachineData(
                settings.host()
                        .withBootLoader(facts.bootLoader() == null ? HostSettings.BootLoader.OWN : facts.bootLoader()),
                settings.user(),
                settings.build().forRam(facts.ramBytes()),
                new Nixos(nixos.modules(), nixos.packages(), nixos.allowUnfree()),
                new Home(home.packages(), home.shell(), home.dotfiles(), home.modules()),
                new TreeMap<>(settings.devShells()),
                settings.python(),
                settings.secrets(),
                elsewhere.services(),
                elsewhere.containers(),
                elsewhere.hardware().gpuOf(facts.gpus(), nixos.allowUnfree()),
                new Cpu(facts.processor(), elsewhere.hardware().microcode().updated(facts.processor())),
                elsewhere.memory().forRam(facts.ramBytes()),
                elsewhere.virtualization(),
                elsewhere.ai(),
                elsewhere.catalog(),
                new Facts(facts.system(), facts.daemon()));
    }

    /**
     * Files and folders of the owner's that have to be in the generated tree, at {@code own} and their whole path:
     * /etc/nixos/desk.nix becomes own/etc/nixos/desk.nix. Evaluation is pure and reads nothing outside the tree; with the
     * whole path, what a module imports by a relative path is found if it is declared too, or lies in a declared folder.
     * The hardware configuration need not exist.
     */
    @JsonIgnore
    public SortedSet<Path> ownFiles() {
        SortedSet<Path> files = new TreeSet<>();
        files.add(Path.of(HARDWARE));
        nixos.modules().forEach(module -> files.add(Path.of(module)));
        home.modules().forEach(module -> files.add(Path.of(module)));
        home.dotfiles().values().forEach(file -> {
            if (file.source() != null) {
                files.add(Path.of(file.source()));
            }
        });
        return files;
    }
}
