package dev.homeostat.kind.generation.hardware;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.systemd.Errand;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.TransientService;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The specification by which containers get NVIDIA's driver (CDI), made anew by whoever made it: the service of NixOS for
 * the one in /run/cdi, else nvidia-ctk. Thread-safe; calls wait.
 */
@ApplicationScoped
class ContainerDevices {
    /** NixOS' own, which knows where in the store the libraries are. */
    private static final UnitName GENERATOR = new UnitName("nvidia-container-toolkit-cdi-generator.service");

    private static final Path GENERATED = Path.of("/run/cdi/nvidia-container-toolkit.json");
    /** It has to see the devices, which the daemon does not. */
    private static final UnitName ERRAND = new UnitName("homeostat-nvidia-ctk.service");

    private static final String PROGRAM = "nvidia-ctk";
    private static final String KIND = "nvidia.com/gpu";
    /** It asks the driver about each card. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static final Duration GRACE = Duration.ofSeconds(5);
    /** As much as is read of one. */
    private static final long SIZE_LIMIT_BYTES = 2 * 1024 * 1024;

    private static final int MODE = 0644;
    private static final int LINES_LIMIT = 20;
    private static final int REASON_LIMIT_CHARS = 300;

    private final Systemd systemd;
    private final SafeFiles files;
    private final Path temporary;
    private final List<Path> folders;

    @Inject
    ContainerDevices(Systemd systemd, SafeFiles files, Locations locations) {
        this(
                systemd,
                files,
                locations.temporary(),
                List.of(Path.of("/run/current-system/sw/bin"), Path.of("/usr/bin"), Path.of("/usr/local/bin")));
    }

    /**
     * @param temporary a folder where only root may write
     * @param folders where nvidia-ctk may be
     */
    ContainerDevices(Systemd systemd, SafeFiles files, Path temporary, List<Path> folders) {
        this.systemd = systemd;
        this.files = files;
        this.temporary = temporary;
        this.folders = folders;
    }

    private Optional<Path> program() {
        return folders.stream()
                .map(folder -> folder.resolve(PROGRAM))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Whether that specification can be made anew here. */
    boolean canRegenerate(Path specification) throws Trouble {
        return program().isPresent() || specification.equals(GENERATED) && hasGenerator();
    }

    private boolean hasGenerator() throws Trouble {
        return !systemd.of(Scope.OWN).unitFileState(GENERATOR).isEmpty();
    }

    /**
     * Makes it anew. One that cannot be right replaces nothing.
     *
     * @param version of the driver, which the new one has to name
     */
    void regenerate(Path specification, String version) throws Trouble {
        if (specification.equals(GENERATED) && hasGenerator()) {
            systemd.of(Scope.OWN).restart(GENERATOR, LIMIT);
            return;
        }
        Path program = program()
                .orElseThrow(() -> Trouble.invalid("there is no nvidia-ctk", "install the NVIDIA container toolkit"));
        String ending = specification.getFileName().toString().endsWith(".json") ? "json" : "yaml";
        Path made = temporary.resolve("nvidia-cdi." + ending);
        files.remove(made);
        try {
            run(List.of(program.toString(), "cdi", "generate", "--format=" + ending, "--output=" + made));
            byte[] content = files.read(made, SIZE_LIMIT_BYTES);
            check(new String(content, UTF_8), version);
            files.write(specification, content, MODE, 0, 0);
        } finally {
            files.remove(made);
        }
    }

    private void run(List<String> arguments) throws Trouble {
        ServiceManager manager = systemd.of(Scope.OWN);
        Optional<ServiceRun> run = Errand.run(
                manager,
                new TransientService(
                        ERRAND,
                        "Homeostat: specification of NVIDIA's devices for containers",
                        arguments,
                        Map.of("LANG", "C.UTF-8"),
                        Optional.empty(),
                        "/",
                        LIMIT,
                        GRACE));
        if (run.isEmpty()) {
            throw Trouble.passing("how nvidia-ctk ended could not be seen");
        }
        if (run.get().state() != ServiceRun.State.SUCCEEDED) {
            List<String> said =
                    manager.written(ERRAND, run.get().invocation(), run.get().began(), LINES_LIMIT);
            String why = said.isEmpty() ? run.get().how() : said.getLast().replaceAll("\\p{Cntrl}+", " ");
            throw Trouble.passing("nvidia-ctk failed: " + why.substring(0, Math.min(why.length(), REASON_LIMIT_CHARS)));
        }
    }

    static void check(String content, String version) throws Trouble {
        boolean right = content.contains("cdiVersion")
                && content.contains(KIND)
                && Pattern.compile("\\.so\\." + Pattern.quote(version) + "(?![0-9.])")
                        .matcher(content)
                        .find();
        if (!right) {
            throw Trouble.passing("what nvidia-ctk made is no specification of " + KIND + " for the driver " + version
                    + "; the old one stays");
        }
    }
}
