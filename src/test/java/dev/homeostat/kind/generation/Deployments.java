package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.BootClock;
import dev.homeostat.host.git.Git;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import dev.homeostat.system.NixMachine;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** A machine of the small flake whose generation is deployed by the kind, looked at and acted on as the loop does. */
final class Deployments implements AutoCloseable {
    /** More than enough: the loop stops after as many. */
    private static final int ROUNDS = 4;

    final NixMachine machine;
    private final Path folder;
    private final BootClock boots;
    /** What the checks say. */
    final AtomicReference<List<String>> wrong = new AtomicReference<>(List.of());

    /** What those who are logged in were told. */
    final List<String> told = new CopyOnWriteArrayList<>();

    GenerationKind kind;
    Operation operation = Operation.SWITCH;
    Deployment.Requirements requirements = new Deployment.Requirements(1 << 20, 1 << 20, Path.of("/boot"));
    DeploymentSettings settings;

    Deployments(Path folder, BootClock boots, DeploymentSettings settings) throws Exception {
        this.folder = folder;
        this.boots = boots;
        this.settings = settings;
        this.machine = new NixMachine(folder.resolve("machine"));
        machine.build(); // a machine that never used Nix has no store yet
        restart();
    }

    /** Another daemon, over the same state. */
    void restart() {
        Locations locations =
                new Locations(false, folder.resolve("config"), folder.resolve("state"), folder.resolve("socket"));
        kind = new GenerationKind(
                machine.nix,
                machine.running,
                machine.activation,
                machine.systemd,
                machine.files,
                machine.inotify,
                locations,
                InstantSource.system(),
                boots,
                (title, text) -> told.add(text),
                deployment -> wrong.get(),
                () -> Samples.FACTS,
                except -> new TreeMap<>(),
                new Git(machine.processes, machine.files),
                requirements);
    }

    Desired<GenerationSpec> desired() {
        SystemSource source = new SystemSource.Flake(machine.folder().toString(), "machine");
        return new Desired<>(
                GenerationKind.SYSTEM, new GenerationSpec(source, operation, settings), Set.of(), Place.NOWHERE);
    }

    Assessment look() throws Trouble {
        return switch (kind.observe(List.of(desired())).get(GenerationKind.SYSTEM)) {
            case Sighting.Seen<GenerationSeen>(GenerationSeen seen) -> kind.assess(desired(), seen);
            case Sighting.Unclear<GenerationSeen>(Trouble trouble) -> throw trouble;
            case Sighting.Unsupported<GenerationSeen>(String reason) -> throw new AssertionError(reason);
        };
    }

    /** Until nothing is left to do but wait. */
    Assessment deploy() throws Trouble {
        Assessment assessment = look();
        for (int round = 0; !assessment.inSync() && assessment.waits().isEmpty(); round++) {
            assertThat(round).as("rounds, then " + assessment).isLessThan(ROUNDS);
            for (Action action : assessment.actions()) {
                kind.perform(desired(), action);
            }
            assessment = look();
        }
        return assessment;
    }

    /** The same, for what does not pass. */
    Trouble refused() {
        try {
            deploy();
        } catch (Trouble t) {
            return t;
        }
        throw new AssertionError("it passed");
    }

    void declare(String key, String value) throws Exception {
        machine.declare(m -> m.put(key, value));
    }

    ProfileState profile() throws Trouble {
        return machine.nix.systemProfile().look();
    }

    int number() throws Trouble {
        return profile().current().orElseThrow();
    }

    StorePath activated() throws Trouble {
        return machine.running.activated().orElseThrow();
    }

    @Override
    public void close() throws Trouble {
        machine.close();
    }
}
