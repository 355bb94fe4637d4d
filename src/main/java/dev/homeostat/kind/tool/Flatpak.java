package dev.homeostat.kind.tool;

import dev.homeostat.host.Locations;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.program.Job;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The program flatpak, and where its installations are. Thread-safe; calls wait. */
final class Flatpak {
    /** Of a look: it reads a few files. */
    private static final Duration LOOK_LIMIT = Duration.ofSeconds(30);
    /** Of an application with its runtime: some gigabytes over a slow line. */
    static final Duration CHANGE_LIMIT = Duration.ofHours(2);

    private static final Path SYSTEM = Path.of("/var/lib/flatpak");

    private final Programs programs;
    private final Locations locations;

    Flatpak(Programs programs, Locations locations) {
        this.programs = programs;
        this.locations = locations;
    }

    private boolean isSystem(Owner owner) {
        return owner.scope().isOwn() && !locations.unprivileged();
    }

    Path folder(Owner owner) {
        return isSystem(owner) ? SYSTEM : owner.home().resolve(".local/share/flatpak");
    }

    String shelf(Owner owner) {
        return "flatpak-" + owner.account().uid();
    }

    Optional<String> missing(Owner owner) {
        return programs.find(owner, "flatpak").isPresent()
                ? Optional.empty()
                : Optional.of("flatpak is not installed: install it (NixOS: services.flatpak.enable = true)");
    }

    /** @return a row for each line, its columns as text */
    List<String[]> table(Owner owner, String... arguments) throws Trouble {
        Processes.Result result = programs.run(owner, job(owner, LOOK_LIMIT, "", arguments));
        if (result.exitCode() != 0) {
            throw Programs.failed(
                    "flatpak " + arguments[0],
                    new Programs.End(result.exitCode(), Programs.words(result.errors() + result.output())));
        }
        return result.output()
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.split("\t", -1))
                .toList();
    }

    void change(Owner owner, String what, Consumer<String> lines, String... arguments) throws Trouble {
        programs.must(owner, job(owner, CHANGE_LIMIT, shelf(owner), arguments), what, lines);
    }

    private Job job(Owner owner, Duration limit, String unit, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("flatpak", arguments[0], isSystem(owner) ? "--system" : "--user"));
        command.addAll(List.of(arguments).subList(1, arguments.length));
        return new Job(command, Map.of(), owner.home(), limit, unit);
    }
}
