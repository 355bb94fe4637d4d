package dev.homeostat.kind.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.homeostat.host.Locations;
import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.Podman;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.witness.Witnesses;
import dev.homeostat.kind.network.NetworkKind;
import dev.homeostat.kind.volume.VolumeKind;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Observation;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Spec;
import dev.homeostat.resource.Trouble;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The doors to the machine the tests run on, and a loop as simple as can be. */
final class Machine implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TAR = "/usr/share/testhost/busybox.tar";

    final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    final Locations locations = Locations.system(Map.of());
    final NameService accounts = new NameService();
    final PosixFiles files = new PosixFiles();
    final Systemd systemd = new Systemd(locations, accounts, new ChildProcesses());
    final Podman podman = new Podman(vertx, accounts, locations, systemd);
    final Quadlets quadlets = new Quadlets(files, accounts, locations, new KeptFiles(locations, files));
    final Processes processes = new ChildProcesses();
    final Inotify inotify;
    final ContainerKind containers;
    final VolumeKind volumes;
    final NetworkKind networks;

    Machine() throws IOException {
        inotify = new Inotify();
        containers = new ContainerKind(
                podman,
                quadlets,
                systemd,
                files,
                inotify,
                Witnesses.seeingProcesses(accounts),
                new PortTable(accounts));
        volumes = new VolumeKind(podman, quadlets, systemd, inotify);
        networks = new NetworkKind(podman, quadlets, systemd, inotify);
    }

    @Override
    public void close() {
        vertx.close();
        inotify.close();
    }

    /** Runs podman as the owner of the scope. */
    String podman(Scope scope, String... arguments) throws Trouble {
        List<String> command = new ArrayList<>();
        if (!scope.isOwn()) {
            command.addAll(List.of(
                    "runuser",
                    "-u",
                    scope.user(),
                    "--",
                    "env",
                    "XDG_RUNTIME_DIR=/run/user/1000",
                    "HOME=/home/" + scope.user()));
        }
        command.add("podman");
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    String run(String... command) throws Trouble {
        Processes.Result result = processes.run(List.of(command), Map.of("HOME", "/root"), LIMIT);
        assertThat(result.exitCode())
                .as("%s: %s", String.join(" ", command), result.errors())
                .isZero();
        return result.output().strip();
    }

    void makeImage(Scope scope, String name, String... changes) throws Trouble {
        List<String> arguments = new ArrayList<>(List.of("import", "-q"));
        for (String change : changes) {
            arguments.addAll(List.of("--change", change));
        }
        arguments.addAll(List.of(TAR, name));
        podman(scope, arguments.toArray(String[]::new));
    }

    void openPodman(Scope scope) throws Trouble {
        if (scope.isOwn()) {
            run("systemctl", "start", "podman.socket");
        } else {
            run("systemctl", "--user", "-M", scope.user() + "@", "start", "podman.socket");
        }
    }

    Optional<Container> container(Scope scope, String name) throws Trouble {
        return podman.of(scope).containers().stream()
                .filter(c -> c.name().equals(name))
                .findFirst();
    }

    static <S extends Spec, O extends Observation> O seen(Kind<S, O> kind, Desired<S> desired) {
        return switch (kind.observe(List.of(desired)).get(desired.id())) {
            case Sighting.Seen<O> seen -> seen.observation();
            case Sighting.Unclear<O> unclear -> fail(unclear.trouble().sentence());
            case Sighting.Unsupported<O> unsupported -> fail(unsupported.reason());
        };
    }

    static <S extends Spec, O extends Observation> Assessment assess(Kind<S, O> kind, Desired<S> desired) {
        return kind.assess(desired, seen(kind, desired));
    }

    /** Looks, corrects and waits for events until nothing differs. Returns the verbs of what was done. */
    static <S extends Spec, O extends Observation> List<String> converge(Kind<S, O> kind, Desired<S> desired)
            throws Trouble {
        List<String> done = new ArrayList<>();
        Semaphore news = new Semaphore(0);
        kind.watch(List.of(desired), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                news.release();
            }

            @Override
            public void all(String name, String cause) {
                news.release();
            }
        });
        try {
            long end = System.nanoTime() + LIMIT.toNanos();
            Assessment assessment = assess(kind, desired);
            while (!assessment.inSync()) {
                if (System.nanoTime() > end) {
                    fail("after " + LIMIT + ": " + assessment + "; done: " + done);
                }
                if (assessment.actions().isEmpty()) {
                    assertThat(assessment.converging()).as("%s", assessment).isTrue();
                    // the loop's own resync, in case podman tells nothing more
                    if (news.tryAcquire(2, TimeUnit.SECONDS)) {
                        news.drainPermits();
                    }
                }
                for (Action action : assessment.actions()) {
                    kind.perform(desired, action);
                    done.add(action.verb());
                }
                assessment = assess(kind, desired);
            }
            return done;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            kind.watch(List.of(), new LookAgain() {
                @Override
                public void at(ResourceId id, String cause) {}

                @Override
                public void all(String name, String cause) {}
            });
        }
    }

    Path quadlet(ResourceId id) throws Trouble {
        return quadlets.path(id.scope(), id.name(), id.kind());
    }
}
