package dev.homeostat.kind.generation;

import static dev.homeostat.system.NixMachine.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.facts.KernelBootClock;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.host.systemd.TransientService;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.GcSettings;
import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Garbage that Nix itself collects after a deployment. */
@Tag("system")
@Timeout(180)
class GarbageCollectionSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path BOOTED = Path.of("/run/booted-system");
    /** No disk has so much: space is short. */
    private static final GcSettings SHORT = new GcSettings(DataSize.parse("900T"));
    /** Every disk has as much. */
    private static final GcSettings ENOUGH = new GcSettings(DataSize.parse("1K"));

    @TempDir
    private Path folder;

    private Deployments all;
    private ServiceManager systemd;

    @BeforeEach
    void begin() throws Exception {
        all = new Deployments(folder, new KernelBootClock(), settings(null));
        systemd = all.machine.systemd.of(Scope.OWN);
        systemd.forget(GarbageCollection.UNIT, LIMIT);
    }

    @AfterEach
    void end() throws Exception {
        systemd.forget(GarbageCollection.UNIT, LIMIT);
        Files.deleteIfExists(BOOTED);
        all.close();
    }

    private static DeploymentSettings settings(GcSettings gc) {
        return new DeploymentSettings(Duration.ofMillis(500), null, null, null, null, 1, gc, LIMIT, LIMIT, Map.of());
    }

    private StorePath deployed(String motd) throws Exception {
        all.declare("motd", motd);
        all.deploy();
        return all.activated();
    }

    private Optional<ServiceRun> run() throws Exception {
        return systemd.lastRun(GarbageCollection.UNIT);
    }

    @Test
    void what_nothing_needs_goes_and_booted_current_and_rollback_stay() throws Exception {
        StorePath booted = deployed("booted");
        Files.createSymbolicLink(BOOTED, booted.path());
        StorePath second = deployed("second");
        StorePath third = deployed("third");
        StorePath before = deployed("before");
        all.declare("motd", "garbage");
        StorePath garbage = all.machine.build();
        assertThat(run()).as("off unless declared").isEmpty();

        all.settings = settings(SHORT);
        StorePath last = deployed("last");
        await(
                "it has ended",
                () -> run().filter(r -> r.state() != ServiceRun.State.RUNNING).isPresent());
        ServiceRun collection = run().orElseThrow();
        assertThat(collection.state())
                .as(collection.how()
                        + systemd.written(GarbageCollection.UNIT, collection.invocation(), collection.began(), 20))
                .isEqualTo(ServiceRun.State.SUCCEEDED);
        assertThat(List.of(booted, before, last))
                .allSatisfy(path -> assertThat(path.path()).exists());
        assertThat(third.path()).as("deployment.keep is 1").exists();
        assertThat(garbage.path()).doesNotExist();
        assertThat(second.path()).as("its generation was deleted").doesNotExist();
        assertThat(all.look().inSync()).isTrue();

        all.machine.nix.systemProfile().delete(List.of(1, 2, 3)); // then only our roots keep what is booted
        assertThat(all.machine.nix.roots().list())
                .containsEntry(GarbageCollection.BOOTED_ROOT, booted)
                .containsEntry(GarbageCollection.ACTIVATED_ROOT, last);
    }

    @Test
    void a_system_for_which_there_is_no_room_has_room_made() throws Exception {
        all.requirements = new Deployment.Requirements(1L << 60, 1 << 20, Path.of("/boot"));
        all.restart();
        all.declare("motd", "large");
        assertThat(all.refused()).message().doesNotContain("garbage is collected");
        assertThat(run()).as("off unless declared").isEmpty();
        all.settings = settings(SHORT);
        assertThat(all.refused()).message().contains("a new generation needs").contains("garbage is collected now");
        assertThat(run()).isPresent();
        all.requirements = new Deployment.Requirements(1 << 20, 1 << 20, Path.of("/boot"));
        all.restart();
        all.deploy();
        assertThat(all.look().inSync()).isTrue();
    }

    @Test
    void with_enough_space_nothing_is_collected() throws Exception {
        all.settings = settings(ENOUGH);
        all.declare("motd", "garbage");
        StorePath garbage = all.machine.build();
        deployed("last");
        assertThat(run()).isEmpty();
        assertThat(garbage.path()).exists();
    }

    @Test
    void a_build_ends_a_collection_and_that_is_no_failure() throws Exception {
        deployed("first");
        systemd.startTransient(
                new TransientService(
                                GarbageCollection.UNIT,
                                "a collection that takes long",
                                List.of("/bin/sleep", "1000"),
                                Map.of(),
                                Optional.empty(),
                                "/",
                                LIMIT,
                                Duration.ofSeconds(5))
                        .inTheBackground(),
                LIMIT);
        ServiceRun running = run().orElseThrow();
        assertThat(Files.readString(Path.of("/proc", String.valueOf(running.mainPid()), "stat"))
                        .split(" ")[18])
                .as("it has the least of the processor")
                .isEqualTo("19");
        deployed("second");
        assertThat(run()).isEmpty();
        assertThat(all.look().inSync()).isTrue();
    }
}
