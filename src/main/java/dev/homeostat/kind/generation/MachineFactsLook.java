package dev.homeostat.kind.generation;

import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu.Vendor;
import dev.homeostat.kind.generation.settings.HostSettings;
import dev.homeostat.kind.generation.settings.MachineFacts;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Of what the machine is, that which decides what is generated. Looks afresh with every call. Thread-safe. */
@ApplicationScoped
class MachineFactsLook implements Facts {
    /** Set in a native image. */
    private static final String NATIVE = "org.graalvm.nativeimage.imagecode";

    private static final Path STORE = Path.of("/nix/store");

    private final MachineLook machines;
    private final Path store;
    private final Optional<Path> program;

    @Inject
    MachineFactsLook(MachineLook machines) {
        this(machines, STORE, program());
    }

    /**
     * @param store whose entries are packages
     * @param program what this process runs, links included; empty if the JVM does not tell
     */
    MachineFactsLook(MachineLook machines, Path store, Optional<Path> program) {
        this.machines = machines;
        this.store = store;
        this.program = program;
    }

    @Override
    public MachineFacts look() throws Trouble {
        Machine machine = machines.machine();
        String daemon = daemon();
        try {
            return new MachineFacts(
                    machine.system(),
                    machine.ramBytes(),
                    machine.bootLoader().map(MachineFactsLook::declared).orElse(null),
                    daemon,
                    gpus(machine),
                    machine.vendor().map(MachineFacts.Processor::of).orElse(null));
        } catch (IllegalArgumentException e) {
            throw Trouble.passing("the machine is not understood: " + e.getMessage(), e);
        }
    }

    private static HostSettings.BootLoader declared(Machine.BootLoader found) {
        return switch (found) {
            case SYSTEMD_BOOT -> HostSettings.BootLoader.SYSTEMD_BOOT;
            case GRUB -> HostSettings.BootLoader.GRUB;
        };
    }

    /** Those without drivers of their own are drawn for by the processor. */
    private static Set<Vendor> gpus(Machine machine) {
        Set<Vendor> vendors = EnumSet.noneOf(Vendor.class);
        for (Machine.Gpu gpu : machine.gpus()) {
            switch (Maker.of(gpu.vendor())) {
                case AMD -> vendors.add(Vendor.AMD);
                case INTEL -> vendors.add(Vendor.INTEL);
                case NVIDIA -> vendors.add(Vendor.NVIDIA);
                case OTHER -> {}
            }
        }
        return vendors;
    }

    /** The entry of the store that the program lies in; null if it is elsewhere. */
    private String daemon() throws Trouble {
        if (program.isEmpty()) { // taken for "elsewhere", the generated system would lose the daemon
            throw Trouble.passing("it is not known where the daemon's own program lies");
        }
        Path real;
        try {
            real = program.get().toRealPath();
        } catch (IOException e) {
            throw Trouble.passing("the daemon's own program cannot be looked at: " + e.getMessage(), e);
        }
        int depth = store.getNameCount();
        return real.startsWith(store) && real.getNameCount() > depth
                ? STORE.resolve(real.getName(depth)).toString()
                : null;
    }

    /** A class does not always tell where it comes from: one out of the ahead-of-time cache does not. */
    private static Optional<Path> program() {
        if (System.getProperty(NATIVE) != null) {
            return ProcessHandle.current().info().command().map(Path::of);
        }
        String jar = System.getProperty("java.class.path", "").split(File.pathSeparator)[0];
        return jar.isEmpty() ? Optional.empty() : Optional.of(Path.of(jar).toAbsolutePath());
    }
}
