package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.KernelBootClock;
import dev.homeostat.host.git.Git;
import dev.homeostat.host.git.GitSettings;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.process.Command;
import dev.homeostat.host.process.Processes;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.SystemOrders;
import dev.homeostat.resource.Trouble;
import dev.homeostat.system.NixMachine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** A machine whose system the kind deploys as the loop would, with a clock that can be set and every process written down. */
final class Deployed implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(60);
    /** More than enough: the loop stops after as many. */
    private static final int ROUNDS = 4;

    final NixMachine machine;
    final Path folder;
    /** Argument lists of all processes of Nix and git, in order. */
    final List<List<String>> processes = new CopyOnWriteArrayList<>();

    final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    final AtomicReference<List<String>> wrong = new AtomicReference<>(List.of());
    GenerationKind kind;
    private final Map<String, String> gitOptions;
    private Desired<GenerationSpec> desired;

    Deployed(Path folder, Map<String, String> gitOptions) throws Exception {
        this.folder = folder;
        this.gitOptions = gitOptions;
        machine = new NixMachine(folder.resolve("machine"));
        machine.build(); // a machine that never used Nix has no store yet
        restart();
    }

    /** As another daemon would begin, over the same state. */
    void restart() {
        Processes watched = (Processes) Proxy.newProxyInstance(
                Processes.class.getClassLoader(), new Class<?>[] {Processes.class}, (proxy, method, arguments) -> {
                    Object first = arguments[0];
                    processes.add(
                            first instanceof Command command
                                    ? command.arguments()
                                    : ((List<?>) first)
                                            .stream().map(Object::toString).toList());
                    try {
                        return method.invoke(machine.processes, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        kind = new GenerationKind(
                new Nix(machine.nix.settings(), watched, machine.files, machine.inotify),
                machine.running,
                machine.activation,
                machine.systemd,
                machine.files,
                machine.inotify,
                new Locations(false, folder.resolve("config"), folder.resolve("state"), folder.resolve("socket")),
                now::get,
                new KernelBootClock(),
                (title, text) -> {},
                deployment -> wrong.get(),
                () -> Samples.FACTS,
                except -> new TreeMap<>(),
                new Git(new GitSettings(Path.of("/root"), gitOptions), watched, machine.files),
                new Deployment.Requirements(1 << 20, 1 << 20, Path.of("/boot")));
        if (desired != null) {
            declare(desired.spec().source());
        }
    }

    void declare(SystemSource source) {
        DeploymentSettings settings = new DeploymentSettings(
                Duration.ofMillis(500), null, null, null, null, null, null, LIMIT, LIMIT, Map.of());
        desired = new Desired<>(
                GenerationKind.SYSTEM,
                new GenerationSpec(source, NixosSettings.Operation.SWITCH, settings),
                Set.of(),
                Place.NOWHERE);
        kind.watch(List.of(desired), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                // every test looks by itself
            }

            @Override
            public void all(String name, String cause) {
                // likewise
            }
        });
    }

    SystemOrders orders() {
        return kind.orders();
    }

    GenerationSeen seen() throws Trouble {
        return switch (kind.observe(List.of(desired)).get(desired.id())) {
            case Sighting.Seen<GenerationSeen>(GenerationSeen seen) -> seen;
            case Sighting.Unclear<GenerationSeen>(Trouble trouble) -> throw trouble;
            case Sighting.Unsupported<GenerationSeen>(String reason) -> throw new AssertionError(reason);
        };
    }

    Assessment look() throws Trouble {
        return kind.assess(desired, seen());
    }

    List<String> verbs() throws Trouble {
        return look().actions().stream().map(Action::verb).toList();
    }

    void perform(String verb) throws Trouble {
        kind.perform(
                desired,
                look().actions().stream()
                        .filter(a -> a.verb().equals(verb))
                        .findFirst()
                        .orElseThrow());
    }

    /** Looks and acts as the loop does, until a look shows no difference. */
    void deploy() throws Trouble {
        Assessment assessment = look();
        for (int round = 0; !assessment.inSync(); round++) {
            assertThat(round).as("rounds, then " + assessment).isLessThan(ROUNDS);
            for (Action action : assessment.actions()) {
                kind.perform(desired, action);
            }
            assessment = look();
        }
    }

    Trouble refused() {
        return refused(this::deploy);
    }

    interface Attempt {
        void make() throws Trouble;
    }

    static Trouble refused(Attempt attempt) {
        try {
            attempt.make();
        } catch (Trouble t) {
            return t;
        }
        throw new AssertionError("it passed");
    }

    void retry() {
        kind.retry(desired);
    }

    StorePath activated() throws Trouble {
        return machine.running.activated().orElseThrow();
    }

    String motd() throws Exception {
        return Files.readString(activated().path().resolve("etc/motd")).strip();
    }

    String run(Map<String, String> environment, String... arguments) throws Trouble {
        Processes.Result result = machine.processes.run(List.of(arguments), environment, LIMIT);
        assertThat(result.exitCode())
                .as(String.join(" ", arguments) + ": " + result.errors())
                .isZero();
        return result.output().strip();
    }

    /** How many processes were started since. */
    int started(List<List<String>> before) {
        return processes.size() - before.size();
    }

    List<List<String>> processesSoFar() {
        return new ArrayList<>(processes);
    }

    @Override
    public void close() throws Exception {
        kind.watch(List.of(), null);
        machine.close();
    }
}
