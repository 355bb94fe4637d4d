package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.facts.KernelBootClock;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings.Tell;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Deployed.Outcome;
import dev.homeostat.resource.Phase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is put down of deployments and told to people, under the real systemd with the real Nix. */
@Tag("system")
@Timeout(180)
class ChronicleSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path BOOTED = Path.of("/run/booted-system");

    @TempDir
    private Path folder;

    private Deployments all;

    @BeforeEach
    void begin() throws Exception {
        all = new Deployments(folder, new KernelBootClock(), settings(null));
    }

    @AfterEach
    void end() throws Exception {
        Files.deleteIfExists(BOOTED);
        all.close();
    }

    private static DeploymentSettings settings(Tell tell) {
        return new DeploymentSettings(Duration.ofMillis(500), null, null, tell, null, 10, null, LIMIT, LIMIT, Map.of());
    }

    private List<Deployed> chronicle() {
        return all.kind.deployments(all.desired(), 10);
    }

    @Test
    void each_deployment_is_listed_with_how_it_ended_and_what_was_before() throws Exception {
        assertThat(chronicle()).isEmpty();
        all.deploy();
        StorePath first = all.activated();
        all.declare("motd", "second");
        all.deploy();
        StorePath second = all.activated();
        all.declare("motd", "third");
        all.wrong.set(List.of("the web does not answer"));
        all.refused();
        all.wrong.set(List.of());
        all.declare("build", "fail");
        all.refused();
        all.restart();

        List<Deployed> seen = chronicle();
        assertThat(seen)
                .extracting(Deployed::outcome)
                .containsExactly(Outcome.REFUSED, Outcome.ROLLED_BACK, Outcome.IN_FORCE, Outcome.IN_FORCE);
        assertThat(seen.get(2)).satisfies(d -> {
            assertThat(d.number()).contains(2);
            assertThat(d.target()).contains(second.toString());
            assertThat(d.beforeNumber()).contains(1);
            assertThat(d.before()).contains(first.toString());
            assertThat(d.took()).containsKey(Phase.DEPLOYMENT);
            assertThat(d.changed()).isPositive();
        });
        assertThat(seen.get(1)).satisfies(d -> {
            assertThat(d.reason()).contains("the web does not answer").contains("rolled back to generation 2");
            assertThat(d.beforeNumber()).contains(2);
            assertThat(d.number()).isEmpty();
        });
        assertThat(seen.get(0).reason()).contains("nothing on the machine was changed");
        assertThat(all.kind.deployments(all.desired(), 1)).hasSize(1);
    }

    @Test
    void people_are_told_of_what_needs_them_and_never_why() throws Exception {
        all.deploy();
        assertThat(all.told).as("all went well").isEmpty();
        Files.createSymbolicLink(BOOTED, all.activated().path());
        all.declare("kernel", "another");
        all.deploy();
        assertThat(all.told).singleElement().asString().contains("a reboot is needed");
        all.declare("motd", "third");
        all.wrong.set(List.of("the password secret is not accepted"));
        all.refused();
        assertThat(all.told).hasSize(2);
        assertThat(all.told.get(1)).contains("the one before is in force again").doesNotContain("secret");
        all.refused();
        assertThat(all.told).as("once").hasSize(2);
    }

    @Test
    void who_wants_to_hear_of_all_or_of_nothing_does() throws Exception {
        all.settings = settings(Tell.ALWAYS);
        all.deploy();
        assertThat(all.told).singleElement().asString().contains("a new system is in force");
        all.settings = settings(Tell.NEVER);
        all.declare("motd", "second");
        all.wrong.set(List.of("the web does not answer"));
        all.refused();
        assertThat(all.told).hasSize(1);
    }

    @Test
    void a_report_that_is_written_again_is_no_second_deployment() throws Exception {
        all.deploy();
        Files.delete(folder.resolve("state/deployment/report.json"));
        all.deploy();
        assertThat(chronicle()).hasSize(1);
    }

    @Test
    void old_entries_go_and_what_is_no_entry_is_left() throws Exception {
        DeploymentState state =
                new DeploymentState(folder.resolve("state").resolve("deployment"), all.machine.files, 0, 0);
        all.deploy();
        Deployed one = chronicle().getFirst();
        for (int i = 1; i <= DeploymentState.CHRONICLE_LIMIT; i++) {
            state.chronicle(
                    "0".repeat(32),
                    new Deployed(
                            one.resource(),
                            one.began().plusSeconds(i),
                            one.ended(),
                            Outcome.REFUSED,
                            "number " + i,
                            "switch",
                            one.number(),
                            one.target(),
                            one.beforeNumber(),
                            one.before(),
                            Map.of(),
                            List.of(),
                            0,
                            0,
                            0,
                            List.of(),
                            List.of()));
        }
        Files.writeString(folder.resolve("state/deployment/chronicle/notes"), "mine");
        List<Deployed> seen = all.kind.deployments(all.desired(), 1000);
        assertThat(seen).hasSize(DeploymentState.CHRONICLE_LIMIT);
        assertThat(seen.getFirst().reason()).isEqualTo("number " + DeploymentState.CHRONICLE_LIMIT);
        assertThat(seen).extracting(Deployed::outcome).doesNotContain(Outcome.IN_FORCE);
        assertThat(folder.resolve("state/deployment/chronicle/notes")).exists();
    }

    @Test
    void a_build_tells_how_far_it_is() throws Exception {
        all.declare("motd", "never built before");
        List<Advance> seen = new CopyOnWriteArrayList<>();
        for (Action action : all.look().actions()) {
            all.kind.perform(all.desired(), action, seen::add);
        }
        assertThat(seen)
                .anySatisfy(advance -> assertThat(advance.counts())
                        .anySatisfy(count -> assertThat(count.what()).isEqualTo("built"))
                        .allSatisfy(count -> assertThat(count.done()).isLessThanOrEqualTo(count.expected())));
    }

    @Test
    void what_cannot_be_read_spoils_no_deployment() throws Exception {
        all.deploy();
        Path entries = folder.resolve("state/deployment/chronicle");
        try (var files = Files.list(entries)) {
            Files.writeString(files.findFirst().orElseThrow(), "{");
        }
        assertThat(chronicle()).isEmpty();
        all.declare("motd", "second");
        assertThat(all.deploy().inSync()).isTrue();
    }
}
