package dev.homeostat.kind.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Asks {@code systemd-analyze verify} about a unit as it would be, in a folder of its own, before anything is put in place.
 *
 * <p>With {@code --recursive-errors=no} only what is wrong with the unit itself counts, but then each warning does too: a
 * setting that systemd would ignore is a mistake. {@code --man=no} because a missing manual page is none.
 */
@ApplicationScoped
public class UnitVerification {
    /** It takes about 10 ms; loading what a big unit refers to takes longer, but never this. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Larger than any unit file. */
    private static final long FILE_LIMIT_BYTES = 1 << 20;

    private final Processes processes;
    private final SafeFiles files;

    public UnitVerification(Processes processes, SafeFiles files) {
        this.processes = processes;
        this.files = files;
    }

    /**
     * @param state of the unit now, whose file is verified with the drop-ins if it has no declared one; null for a template
     * @throws Trouble invalid, with systemd's own words
     */
    void verify(ServiceSpec spec, UnitState state, boolean users, UnitPlaces.Place place) throws Trouble {
        try {
            // the property by name: Files itself has the folder that was set when the JVM started
            Path folder = Files.createTempDirectory(Path.of(System.getProperty("java.io.tmpdir")), "homeostat-verify-");
            try {
                verify(spec, state, users, place, folder);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw Trouble.passing(spec.name() + " could not be verified: " + e.getMessage(), e);
        }
    }

    private void verify(ServiceSpec spec, UnitState state, boolean users, UnitPlaces.Place place, Path folder)
            throws IOException, Trouble {
        Path file = folder.resolve(spec.name());
        if (spec.unit() != null) {
            Files.writeString(file, UnitFile.of(spec.unit()).text());
        } else if (state != null && !state.fragment().isEmpty()) {
            Files.write(file, files.read(Path.of(state.fragment()), FILE_LIMIT_BYTES));
        } else {
            throw Trouble.invalid(
                    "there is no unit " + spec.name() + " that the drop-ins could add to",
                    "install what brings the unit, or declare its file under unit");
        }
        for (var dropIn : spec.dropIns().entrySet()) {
            Path target = folder.resolve(spec.name() + ".d")
                    .resolve(UnitPlaces.DROP_IN_PREFIX + dropIn.getKey() + UnitPlaces.DROP_IN_SUFFIX);
            Files.createDirectories(target.getParent());
            Files.write(target, UnitFile.of(dropIn.getValue()).text().getBytes(UTF_8));
        }
        List<String> command = new ArrayList<>(List.of("systemd-analyze"));
        Map<String, String> environment = new HashMap<>();
        if (users) {
            command.add("--user");
            environment.put("HOME", place.home().toString());
            environment.put("XDG_RUNTIME_DIR", "/run/user/" + place.account().uid());
        }
        command.addAll(List.of("verify", "--man=no", "--recursive-errors=no", file.toString()));
        Processes.Result result = processes.run(command, environment, LIMIT);
        if (result.exitCode() == 0) {
            return;
        }
        String words = (result.errors() + result.output())
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.replace(folder + "/", ""))
                .filter(line -> spec.unit() != null || concernsDropIns(line, spec.name()))
                .collect(Collectors.joining("; "));
        if (spec.unit() == null && words.isEmpty()) {
            return; // what is wrong was wrong before us
        }
        throw Trouble.invalid(
                "systemd does not accept " + spec.name() + ": " + words, "correct its settings; nothing was changed");
    }

    /** Warnings about the unit's own file, which is not ours, are not our business; what the drop-ins make of it is. */
    private static boolean concernsDropIns(String line, String unit) {
        return line.startsWith(unit + ".d/") || line.startsWith(unit + ": ") || line.startsWith("Unit " + unit + " ");
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // removed by someone who cleans temporary folders
        }
    }
}
