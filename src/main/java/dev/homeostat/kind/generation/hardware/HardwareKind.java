package dev.homeostat.kind.generation.hardware;

import dev.homeostat.host.facts.EarlyMicrocode;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Hardware.Display;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.facts.Hardware.Nvidia;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu.Vendor;
import dev.homeostat.kind.generation.settings.MachineFacts;
import dev.homeostat.kind.generation.settings.Microcode;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Drivers of display controllers, and microcode: the kernel that runs is compared with what is declared. No module is loaded
 * or unloaded under a running session: what the next boot brings waits for it, and says so. Only a stale specification of
 * devices for containers is made anew.
 */
@ApplicationScoped
public class HardwareKind implements Kind<HardwareSpec, HardwareSeen> {
    public static final String NAME = "hardware";
    public static final ResourceId GPU = ResourceId.of(NAME, "gpu");
    public static final ResourceId MICROCODE = ResourceId.of(NAME, "microcode");

    private static final String REGENERATE = "regenerate";
    private static final String NVIDIA = "nvidia";
    private static final String NONE = "none";
    private static final String GPU_MODULE = "templates/modules/gpu.nix";
    private static final String CPU_MODULE = "templates/modules/cpu.nix";
    private static final Map<Maker, List<String>> DRIVERS = Map.of(
            Maker.INTEL, List.of("i915", "xe"),
            Maker.AMD, List.of("amdgpu", "radeon"),
            Maker.NVIDIA, List.of(NVIDIA));
    /** The kernel's own for NVIDIA's cards: right as long as nothing else may be expected. */
    private static final String NOUVEAU = "nouveau";

    private final MachineLook machine;
    private final EarlyMicrocode early;
    private final ContainerDevices devices;

    HardwareKind(MachineLook machine, EarlyMicrocode early, ContainerDevices devices) {
        this.machine = machine;
        this.early = early;
        this.devices = devices;
    }

    /** The resource for the controllers of a vendor that is declared. */
    public static ResourceId gpu(Vendor vendor) {
        return ResourceId.of(NAME, "gpu-" + vendor.label());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<HardwareSpec> specType() {
        return HardwareSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<HardwareSeen>> observe(Collection<Desired<HardwareSpec>> resources) {
        Map<ResourceId, Sighting<HardwareSeen>> answers = HashMap.newHashMap(resources.size());
        for (Desired<HardwareSpec> d : resources) {
            Sighting<HardwareSeen> answer;
            try {
                answer = look(d.spec());
            } catch (Trouble t) {
                answer = new Sighting.Unclear<>(t);
            }
            answers.put(d.id(), answer);
        }
        return answers;
    }

    private Sighting<HardwareSeen> look(HardwareSpec spec) throws Trouble {
        Hardware hardware = machine.hardware();
        if (spec.part() == HardwareSpec.Part.MICROCODE) {
            String vendor = machine.machine().vendor().orElse(null);
            if (spec.microcode() == Microcode.ON && !isCorrected(vendor)) {
                return new Sighting.Unsupported<>("processors of this maker (" + (vendor == null ? "unknown" : vendor)
                        + ") get no microcode at boot: declare hardware.microcode: auto");
            }
            return new Sighting.Seen<>(new HardwareSeen(
                    List.of(),
                    null,
                    new TreeSet<>(),
                    vendor,
                    hardware.microcode().orElse(null),
                    early.isThere().orElse(null)));
        }
        Nvidia nvidia = hardware.nvidia().orElse(null);
        Set<String> mendable = new TreeSet<>();
        if (nvidia != null) {
            for (Hardware.ContainerDevices stale : nvidia.stale()) {
                if (devices.canRegenerate(Path.of(stale.path()))) {
                    mendable.add(stale.path());
                }
            }
        }
        return new Sighting.Seen<>(
                new HardwareSeen(hardware.displays(), nvidia, new TreeSet<>(mendable), null, null, null));
    }

    private static boolean isCorrected(String vendor) {
        return vendor != null && MachineFacts.Processor.of(vendor) != null;
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<HardwareSpec> desired, HardwareSeen seen) {
        HardwareSpec spec = desired.spec();
        if (desired.retired()) {
            return Assessment.IN_SYNC;
        }
        return spec.part() == HardwareSpec.Part.MICROCODE ? microcode(spec, seen) : gpu(desired.id(), spec, seen);
    }

    private static Assessment microcode(HardwareSpec spec, HardwareSeen seen) {
        boolean wanted = spec.microcode() != Microcode.OFF && isCorrected(seen.processor());
        String note = seen.revision() == null ? "the kernel does not tell the revision" : "revision " + seen.revision();
        if (!spec.generated() || seen.early() == null || seen.early() == wanted) {
            return Assessment.inSync(
                    seen.early() == null ? note + "; whether it was given at boot cannot be seen" : note);
        }
        return Assessment.waiting(
                List.of(new Difference(
                        "at boot", wanted ? "given" : "not given", seen.early() ? "given" : "not given")),
                "the generated system has it (" + CPU_MODULE + "): reboot; now it is " + note);
    }

    private static Assessment gpu(ResourceId id, HardwareSpec spec, HardwareSeen seen) {
        List<Display> meant = seen.displays().stream()
                .filter(display -> spec.vendor() == null
                        ? display.maker() != Maker.OTHER
                        : display.maker().label().equals(spec.vendor().label()))
                .toList();
        if (meant.isEmpty()) {
            return Assessment.inSync(
                    spec.vendor() == null
                            ? "no controller that needs a driver of its own: the processor draws"
                            : "there is no display controller of "
                                    + spec.vendor().label());
        }
        List<Difference> differences = new ArrayList<>();
        for (Display display : meant) {
            List<String> wanted = wanted(display.maker(), spec);
            String bound = display.driver().orElse(NONE);
            if (!wanted.contains(bound)) {
                differences.add(new Difference("driver of " + display.slot(), String.join(" or ", wanted), bound));
            }
        }
        if (!differences.isEmpty()) {
            return Assessment.waiting(differences, missing(spec));
        }
        boolean nvidias =
                meant.stream().anyMatch(d -> d.driver().filter(NVIDIA::equals).isPresent());
        return nvidias && seen.nvidia() != null ? nvidia(id, spec, seen) : Assessment.IN_SYNC;
    }

    private static List<String> wanted(Maker maker, HardwareSpec spec) {
        List<String> drivers = new ArrayList<>(DRIVERS.get(maker));
        if (maker == Maker.NVIDIA && spec.vendor() == null && !(spec.generated() && spec.unfree())) {
            drivers.add(NOUVEAU);
        }
        return drivers;
    }

    private static String missing(HardwareSpec spec) {
        return spec.generated()
                ? "the generated system has the driver (" + GPU_MODULE + "); a kernel module is not changed under a"
                        + " running session: reboot"
                : "install the driver for this system's kernel, then reboot; where the system is generated, "
                        + GPU_MODULE + " does it";
    }

    private static Assessment nvidia(ResourceId id, HardwareSpec spec, HardwareSeen seen) {
        Nvidia nvidia = seen.nvidia();
        if (nvidia.disagreement().isEmpty()) {
            return Assessment.IN_SYNC;
        }
        Optional<String> version = nvidia.agreed();
        if (version.isEmpty()) {
            String versions = String.join(" and ", nvidia.libraries());
            return Assessment.waiting(
                    List.of(new Difference(
                            "versions of NVIDIA's driver",
                            "one",
                            "module " + nvidia.kernelModule().orElse(NONE) + ", libraries " + versions)),
                    nvidia.libraries().size() > 1
                            ? nvidia.disagreement().get() + ": remove those that are left over"
                            : nvidia.disagreement().get()
                                    + (spec.generated() ? "; the generated system has both (" + GPU_MODULE + ")" : ""));
        }
        List<Difference> differences = new ArrayList<>();
        List<Action> actions = new ArrayList<>();
        for (Hardware.ContainerDevices stale : nvidia.stale()) {
            differences.add(new Difference(stale.path(), version.get(), String.join(" and ", stale.versions())));
            if (seen.mendable().contains(stale.path())) {
                actions.add(new Action(
                        id,
                        REGENERATE,
                        Phase.DEPLOYMENT,
                        Impact.NONE,
                        "make " + stale.path() + " anew for the driver " + version.get(),
                        ""));
            }
        }
        return actions.isEmpty()
                ? Assessment.waiting(
                        differences,
                        nvidia.disagreement().get() + ": there is no nvidia-ctk to make it anew; install the NVIDIA"
                                + " container toolkit" + (spec.generated() ? " (" + GPU_MODULE + ")" : ""))
                : new Assessment(differences, actions);
    }

    // ---- correct

    @Override
    public void perform(Desired<HardwareSpec> desired, Action action) throws Trouble {
        if (!action.verb().equals(REGENERATE)) {
            throw new IllegalArgumentException("no such verb: " + action.verb());
        }
        Optional<Nvidia> nvidia = machine.hardware().nvidia();
        if (nvidia.isEmpty() || nvidia.get().agreed().isEmpty()) {
            throw Trouble.passing("NVIDIA's driver is not what it was when this was planned");
        }
        for (Hardware.ContainerDevices stale : nvidia.get().stale()) {
            Path path = Path.of(stale.path());
            if (devices.canRegenerate(path)) {
                devices.regenerate(path, nvidia.get().agreed().get());
            }
        }
    }

    // ---- leave behind, watch

    @Override
    public Optional<HardwareSpec> whenUndeclared(Desired<HardwareSpec> desired, HardwareSeen before, boolean ours) {
        return Optional.empty();
    }

    /** Drivers change with a boot or a deployment, after which everything is looked at. */
    @Override
    public void watch(Collection<Desired<HardwareSpec>> resources, LookAgain lookAgain) {
        // the resync is enough
    }
}
