package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is done about a generation that has to be confirmed, by what was seen. */
class TrialComparisonTest {
    private static final Instant T = Instant.parse("2026-01-01T00:00:00Z");
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final StorePath OLD = path('1');
    private static final StorePath NEW = path('2');
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static StorePath path(char digit) {
        return StorePath.parse("/nix/store/" + String.valueOf(digit).repeat(32) + "-nixos-system");
    }

    private static TrialSeen trial(Trial.Word word, boolean rebooted, Duration left) {
        return new TrialSeen(
                new Trial(T, KEY, NEW, T, LIMIT, "a boot", Duration.ofHours(1), word, "app (uid 1000)"),
                rebooted,
                left);
    }

    private static Assessment assess(
            Operation operation, StorePath activated, RollbackPoint.Stage stage, boolean verified, TrialSeen trial) {
        Optional<ActivationRun> none = Optional.empty();
        GenerationSeen seen = new GenerationSeen(
                KEY,
                true,
                Optional.of(NEW),
                new ProfileState(OptionalInt.of(7), List.of(new Generation(7, OLD, T))),
                Optional.of(activated),
                Optional.of(OLD),
                none,
                List.of(),
                Optional.of(new RollbackPoint(
                        T,
                        Optional.of(7),
                        Optional.of(OLD),
                        Optional.of(OLD),
                        new TreeSet<>(),
                        new TreeSet<>(),
                        stage,
                        T)),
                Optional.ofNullable(trial),
                Optional.empty(),
                Optional.empty(),
                verified,
                false,
                SourceSeen.PLAIN);
        DeploymentSettings settings =
                new DeploymentSettings(null, null, LIMIT, null, null, null, null, null, null, null);
        GenerationSpec spec = new GenerationSpec(new SystemSource.Flake("/etc/nixos", "lab"), operation, settings);
        return GenerationComparison.of(new Desired<>(GenerationKind.SYSTEM, spec, Set.of(), Place.NOWHERE), seen);
    }

    private static List<String> verbs(Assessment assessment) {
        return assessment.actions().stream().map(Action::verb).toList();
    }

    @Test
    void what_is_new_is_tried_and_the_profile_stays() {
        Assessment plan = assess(Operation.SWITCH, OLD, RollbackPoint.Stage.CLOSED, false, null);
        assertThat(verbs(plan)).containsExactly("check", "record", "try", "verify");
        assertThat(plan.actions().get(2).impact()).isEqualTo(Impact.DISRUPTIVE);
        assertThat(plan.actions().getLast().summary()).contains("5m").contains("homeostat confirm");
    }

    @Test
    void half_a_try_is_gone_on_with() {
        assertThat(verbs(assess(Operation.SWITCH, NEW, RollbackPoint.Stage.TRIED, false, null)))
                .containsExactly("try", "verify");
    }

    @Test
    void what_passed_once_is_not_tried_again() {
        assertThat(verbs(assess(Operation.SWITCH, OLD, RollbackPoint.Stage.CLOSED, true, null)))
                .containsExactly("check", "record", "profile", "switch", "verify", "report");
    }

    @Test
    void the_owner_is_waited_for_and_told_for_how_long() {
        TrialSeen open = trial(Trial.Word.AWAITED, false, Duration.ofMillis(252_900));
        Assessment waiting = assess(Operation.SWITCH, NEW, RollbackPoint.Stage.TRIED, false, open);
        assertThat(waiting.actions()).isEmpty();
        assertThat(waiting.inSync()).isFalse();
        assertThat(waiting.waits())
                .isEqualTo("waits for confirmation of " + NEW + ": homeostat confirm; without it, generation 7 (" + OLD
                        + ") comes back in 4m12s");
    }

    @Test
    void without_a_word_in_time_it_is_over() {
        TrialSeen late = trial(Trial.Word.AWAITED, false, Duration.ZERO);
        Assessment over = assess(Operation.SWITCH, NEW, RollbackPoint.Stage.TRIED, false, late);
        assertThat(verbs(over)).containsExactly("lapse");
        assertThat(over.actions().getFirst().impact())
                .as("neither a window nor a pause holds it")
                .isEqualTo(Impact.PROMISED);
        assertThat(over.waits()).isEmpty();
    }

    @Test
    void a_reboot_ends_it_whatever_time_is_left() {
        TrialSeen rebooted = trial(Trial.Word.AWAITED, true, Duration.ofHours(20));
        assertThat(verbs(assess(Operation.SWITCH, OLD, RollbackPoint.Stage.TRIED, false, rebooted)))
                .containsExactly("lapse");
    }

    @Test
    void a_word_that_was_given_counts_after_the_deadline_too() {
        TrialSeen given = trial(Trial.Word.GIVEN, false, Duration.ZERO);
        Assessment kept = assess(Operation.SWITCH, NEW, RollbackPoint.Stage.TRIED, false, given);
        assertThat(verbs(kept)).containsExactly("keep");
        assertThat(kept.actions().getFirst().impact()).isEqualTo(Impact.NONE);
        assertThat(assess(Operation.SWITCH, OLD, RollbackPoint.Stage.TRIED, false, trial(Trial.Word.GIVEN, true, LIMIT))
                        .actions()
                        .getFirst()
                        .impact())
                .as("after a reboot it has to be activated again")
                .isEqualTo(Impact.DISRUPTIVE);
    }

    @Test
    void a_word_that_came_too_late_does_not_count() {
        TrialSeen lapsed = trial(Trial.Word.LAPSED, false, LIMIT);
        assertThat(verbs(assess(Operation.SWITCH, NEW, RollbackPoint.Stage.TRIED, false, lapsed)))
                .containsExactly("lapse");
    }
}
