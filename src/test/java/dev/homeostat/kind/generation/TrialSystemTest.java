package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.facts.BootClock;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import dev.homeostat.system.NixMachine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Generations that have to be confirmed, under the real systemd with the real Nix; only the time since the boot is ours. */
@Tag("system")
@Timeout(180)
class TrialSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration CONFIRM = Duration.ofMinutes(5);
    private static final Path BOOTED = Path.of("/boot/lab-default");

    @TempDir
    private Path folder;

    private Deployments all;
    private StorePath first;

    private volatile String boot = "the first boot";
    private volatile Duration since = Duration.ofHours(1);

    @BeforeEach
    void begin() throws Exception {
        all = new Deployments(folder, () -> new BootClock.Reading(boot, since), settings(null));
        all.deploy();
        first = all.activated();
        all.settings = settings(CONFIRM);
        all.declare("motd", "second");
    }

    @AfterEach
    void end() throws Trouble {
        all.close();
    }

    private static DeploymentSettings settings(Duration confirm) {
        return new DeploymentSettings(
                Duration.ofMillis(500), null, confirm, null, null, 10, null, LIMIT, LIMIT, Map.of());
    }

    private void assertIsAsBefore() throws Exception {
        assertThat(all.activated()).isEqualTo(first);
        assertThat(all.number()).isEqualTo(1);
        assertThat(BOOTED).hasContent(first.toString());
    }

    private StorePath tried() throws Exception {
        Assessment waiting = all.deploy();
        assertThat(waiting.waits()).contains("homeostat confirm").contains("generation 1");
        StorePath second = all.activated();
        assertThat(second).isNotEqualTo(first);
        assertThat(all.number()).as("what is booted stays").isEqualTo(1);
        assertThat(BOOTED).hasContent(first.toString());
        return second;
    }

    @Test
    void what_is_confirmed_stays_and_only_then_is_it_what_is_booted() throws Exception {
        StorePath second = tried();
        since = since.plus(CONFIRM).minusSeconds(1);
        assertThat(all.look().waits()).contains("in 1s");
        assertThat(all.kind.confirm(all.desired(), "app")).contains(second + " stays");
        assertThat(all.kind.confirm(all.desired(), "app"))
                .as("a second word does no harm")
                .isPresent();
        since = since.plusSeconds(2);
        assertThat(all.deploy().inSync()).isTrue();
        assertThat(all.activated()).isEqualTo(second);
        assertThat(all.profile().currentGeneration().orElseThrow().target()).isEqualTo(second);
        assertThat(all.number()).isEqualTo(2);
        assertThat(BOOTED).hasContent(second.toString());
        assertThat(all.kind.confirm(all.desired(), "app"))
                .as("nothing waits any more")
                .isEmpty();
    }

    @Test
    void what_is_not_confirmed_in_time_is_undone_and_not_tried_again() throws Exception {
        StorePath second = tried();
        since = since.plus(CONFIRM);
        Trouble told = all.refused();
        assertThat(told.getMessage())
                .contains(second + " was not confirmed within 5m")
                .contains("rolled back to generation 1");
        assertIsAsBefore();
        assertThat(all.refused().getMessage()).isEqualTo(told.getMessage());
        assertThat(all.kind.confirm(all.desired(), "app")).as("it is over").isEmpty();

        all.kind.retry(all.desired());
        assertThat(tried()).as("when asked for, it is tried again").isEqualTo(second);
    }

    @Test
    void what_is_not_declared_any_more_is_undone_in_time_too() throws Exception {
        tried();
        all.kind.watch(List.of(), new LookAgain() {
            @Override
            public void at(ResourceId id, String cause) {
                // nothing is declared that could be looked at
            }

            @Override
            public void all(String name, String cause) {
                // likewise
            }
        });
        since = since.plus(CONFIRM);
        NixMachine.await("the first is back", () -> all.activated().equals(first));
        assertIsAsBefore();
    }

    @Test
    void a_word_that_comes_too_late_is_refused() throws Exception {
        tried();
        since = since.plus(CONFIRM);
        try {
            all.kind.confirm(all.desired(), "app");
            throw new AssertionError("it was taken");
        } catch (Trouble t) {
            assertThat(t.getMessage()).contains("too late");
        }
        all.refused();
        assertIsAsBefore();
    }

    @Test
    void a_reboot_brings_the_old_generation_back_and_ends_the_try() throws Exception {
        StorePath second = tried();
        // the machine boots what the profile and the boot loader say
        boot = "the second boot";
        since = Duration.ofSeconds(20);
        Files.delete(Path.of("/run/current-system"));
        Files.createSymbolicLink(
                Path.of("/run/current-system"), Path.of(Files.readString(BOOTED).strip()));
        all.restart();
        assertThat(all.refused().getMessage())
                .contains(second + " was not confirmed before the machine was booted again")
                .contains("in force is " + first);
        assertIsAsBefore();
    }

    @Test
    void a_daemon_that_dies_before_each_step_leaves_it_to_the_next() throws Exception {
        for (String verb : new String[] {"try", "verify"}) {
            all.restart();
            for (Action action : all.look().actions()) {
                if (action.verb().equals(verb)) {
                    break;
                }
                all.kind.perform(all.desired(), action);
            }
        }
        all.restart();
        StorePath second = tried();
        all.restart();
        assertThat(all.look().waits()).as("also for another daemon").contains("homeostat confirm");
        all.kind.confirm(all.desired(), "app");
        all.restart();
        assertThat(all.deploy().inSync()).isTrue();
        assertThat(BOOTED).hasContent(second.toString());
    }

    @Test
    void a_rollback_that_was_interrupted_is_gone_on_with() throws Exception {
        tried();
        since = since.plus(CONFIRM);
        DeploymentState state =
                new DeploymentState(folder.resolve("state").resolve("deployment"), all.machine.files, 0, 0);
        state.trial(state.trial().orElseThrow().with(Trial.Word.LAPSED, "")); // and then it died
        all.restart();
        assertThat(all.refused().getMessage()).contains("rolled back to generation 1");
        assertIsAsBefore();
    }

    @Test
    void another_change_waits_until_it_is_settled_and_does_not_prolong_it() throws Exception {
        StorePath second = tried();
        all.declare("motd", "third");
        assertThat(all.look().waits()).contains(second.toString());
        since = since.plus(CONFIRM);
        assertThat(all.refused().getMessage()).contains(second + " was not confirmed");
        assertIsAsBefore();
        assertThat(all.deploy().waits()).as("the change has its turn").contains("homeostat confirm");
        assertThat(all.activated()).isNotIn(first, second);
    }

    @Test
    void what_is_confirmed_while_another_change_waits_is_remembered_too() throws Exception {
        StorePath second = tried();
        all.declare("motd", "third");
        all.kind.confirm(all.desired(), "app");
        assertThat(all.deploy().waits()).as("the change has its turn").contains("homeostat confirm");
        assertThat(all.kind.deployments(all.desired(), 10))
                .extracting(d -> d.target().orElse(""), dev.homeostat.resource.Deployed::outcome)
                .contains(org.assertj.core.groups.Tuple.tuple(
                        second.toString(), dev.homeostat.resource.Deployed.Outcome.IN_FORCE));
        assertThat(BOOTED).hasContent(second.toString());
    }

    @Test
    void what_somebody_put_in_force_meanwhile_is_left() throws Exception {
        tried();
        all.declare("motd", "by hand");
        StorePath byHand = all.machine.build();
        all.declare("motd", "second");
        all.machine.activation.await(
                all.machine.activation.begin(dev.homeostat.host.nix.Activation.Operation.TEST, byHand, LIMIT, Map.of()),
                LIMIT);
        since = since.plus(CONFIRM);
        assertThat(all.refused().getMessage()).contains("in force is " + byHand + ", and that stays");
        assertThat(all.activated()).isEqualTo(byHand);
    }

    @Test
    void what_does_not_pass_its_verification_is_not_asked_about() throws Exception {
        all.wrong.set(java.util.List.of("the web does not answer"));
        assertThat(all.refused().getMessage())
                .contains("did not pass its verification")
                .contains("rolled back");
        assertIsAsBefore();
    }

    @Test
    void a_test_that_is_confirmed_lasts_until_the_next_boot() throws Exception {
        all.operation = Operation.TEST;
        StorePath second = tried();
        all.kind.confirm(all.desired(), "app");
        assertThat(all.deploy().inSync()).isTrue();
        assertThat(all.activated()).isEqualTo(second);
        assertThat(all.number()).isEqualTo(1);
        assertThat(BOOTED).hasContent(first.toString());
    }
}
