package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnManual;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Place;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is done about a home, by what was seen. */
class HomeComparisonTest {
    private static final Instant T = Instant.parse("2026-01-01T00:00:00Z");
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final StorePath OLD = path('1');
    private static final StorePath NEW = path('2');
    private static final StorePath FOREIGN = path('3');
    private static final String ALL_NEW = "check record validate build profile activate verify report";

    private static StorePath path(char digit) {
        return StorePath.parse("/nix/store/" + String.valueOf(digit).repeat(32) + "-home-manager-generation");
    }

    /** What is seen of a home whose new generation is not built yet, but for what is changed. */
    private static final class Seen {
        private OnManual onManual = OnManual.ASK;
        private StorePath target;
        private StorePath profile = OLD;
        private StorePath activated = OLD;
        private ActivationRun run;
        private RollbackPoint.Stage stage = RollbackPoint.Stage.CLOSED;
        private Quarantine.Rollback quarantine;
        private boolean verified;
        private boolean reported;

        void run(ServiceRun.State state, StorePath generation, int secondsLater) {
            run = new ActivationRun(
                    "homeostat-home-1000.service",
                    "1",
                    "home",
                    generation,
                    state,
                    state == ServiceRun.State.FAILED ? "it exited with status 1" : "",
                    T.plusSeconds(secondsLater),
                    Optional.empty());
        }

        Assessment assess() {
            Desired<HomeSpec> desired = new Desired<>(
                    HomeKind.id("anna"),
                    new HomeSpec(
                            "anna",
                            new HomeSource.Flake("/etc/nixos", "anna"),
                            new DeploymentSettings(null, null, null, null, onManual, null, null, null, null, null)),
                    Set.of(),
                    Place.NOWHERE);
            ProfileState links = profile == null
                    ? ProfileState.NONE
                    : new ProfileState(OptionalInt.of(7), List.of(new Generation(7, profile, T)));
            HomeSeen seen = new HomeSeen(
                    KEY,
                    Optional.ofNullable(target),
                    links,
                    Optional.ofNullable(activated),
                    Optional.ofNullable(run),
                    Optional.of(new RollbackPoint(
                            T,
                            Optional.of(6),
                            Optional.of(OLD),
                            Optional.of(OLD),
                            new TreeSet<>(),
                            new TreeSet<>(),
                            stage,
                            T)),
                    Optional.ofNullable(quarantine).map(q -> new Quarantine(KEY, T, "it failed", List.of(), q, "")),
                    verified,
                    reported);
            return HomeComparison.of(desired, seen);
        }
    }

    private static Seen fresh(Consumer<Seen> change) {
        Seen seen = new Seen();
        change.accept(seen);
        return seen;
    }

    private static Seen done(Consumer<Seen> change) {
        return fresh(s -> {
            s.target = NEW;
            s.profile = NEW;
            s.activated = NEW;
            s.verified = true;
            s.reported = true;
            change.accept(s);
        });
    }

    private static Seen half(Consumer<Seen> change) {
        return fresh(s -> {
            s.target = NEW;
            s.profile = NEW;
            s.stage = RollbackPoint.Stage.SWITCHED;
            change.accept(s);
        });
    }

    /**
     * @param steps verbs in order; empty if nothing is done
     * @param state in sync, to do, on its way or waiting
     */
    private record Row(String what, Seen seen, String state, String steps) {
        @Override
        public String toString() {
            return what;
        }
    }

    static List<Row> rows() {
        return List.of(
                new Row("a new declaration", fresh(s -> {}), "to do", ALL_NEW),
                new Row(
                        "for a user who has no home of Home Manager's",
                        fresh(s -> s.profile = s.activated = null),
                        "to do",
                        ALL_NEW),
                new Row(
                        "that is built already",
                        fresh(s -> s.target = NEW),
                        "to do",
                        "check record profile activate verify report"),
                new Row(
                        "that is in force already",
                        fresh(s -> s.target = s.profile = s.activated = NEW),
                        "to do",
                        "check record verify report"),
                new Row("all is done", done(s -> {}), "in sync", ""),
                new Row("only the report is missing", done(s -> s.reported = false), "to do", "report"),
                new Row(
                        "an activation of ours runs",
                        half(s -> s.run(ServiceRun.State.RUNNING, NEW, 1)),
                        "on its way",
                        ""),
                new Row(
                        "one of ours to something else runs",
                        fresh(s -> s.run(ServiceRun.State.RUNNING, FOREIGN, 1)),
                        "on its way",
                        ""),
                new Row(
                        "one of ours ended well",
                        half(s -> {
                            s.activated = NEW;
                            s.run(ServiceRun.State.SUCCEEDED, NEW, 1);
                        }),
                        "to do",
                        "verify report"),
                new Row(
                        "one of ours failed",
                        half(s -> s.run(ServiceRun.State.FAILED, NEW, 1)),
                        "to do",
                        "verify report"),
                new Row(
                        "it was not begun since",
                        half(s -> s.run(ServiceRun.State.SUCCEEDED, NEW, -1)),
                        "to do",
                        "activate verify report"),
                new Row("the machine was rebooted in the middle", half(s -> {}), "to do", "activate verify report"),
                new Row(
                        "the profile was moved, and no more",
                        half(s -> s.stage = RollbackPoint.Stage.PROFILE),
                        "to do",
                        "activate verify report"),
                new Row(
                        "another declaration in the middle keeps the rollback point",
                        half(s -> s.target = null),
                        "to do",
                        "validate build profile activate verify report"),
                new Row(
                        "a rollback is to be gone on with",
                        half(s -> s.quarantine = Quarantine.Rollback.PENDING),
                        "to do",
                        "roll-back"),
                new Row(
                        "what is quarantined rests",
                        fresh(s -> s.quarantine = Quarantine.Rollback.SETTLED),
                        "waiting",
                        ""),
                new Row(
                        "the user activated something by hand",
                        done(s -> s.profile = s.activated = FOREIGN),
                        "to do",
                        "check record profile activate verify report"),
                new Row(
                        "the user activated something by hand, and may",
                        done(s -> {
                            s.profile = s.activated = FOREIGN;
                            s.onManual = OnManual.ADOPT;
                        }),
                        "in sync",
                        ""),
                new Row(
                        "the user moved the profile",
                        done(s -> {
                            s.profile = FOREIGN;
                            s.onManual = OnManual.REVERT;
                        }),
                        "to do",
                        "check record profile verify report"),
                new Row(
                        "the profile is gone",
                        done(s -> {
                            s.profile = null;
                            s.onManual = OnManual.REVERT;
                        }),
                        "to do",
                        "check record profile verify report"),
                new Row(
                        "what was built was collected",
                        done(s -> {
                            s.target = null;
                            s.verified = false;
                        }),
                        "to do",
                        ALL_NEW));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void each_state_has_its_steps(Row row) {
        Assessment assessment = row.seen.assess();
        assertThat(String.join(
                        " ", assessment.actions().stream().map(Action::verb).toList()))
                .isEqualTo(row.steps);
        String state = assessment.inSync()
                ? "in sync"
                : assessment.converging() ? "on its way" : assessment.actions().isEmpty() ? "waiting" : "to do";
        assertThat(state).isEqualTo(row.state);
        assertThat(assessment.actions()).extracting(Action::phase).isSorted();
    }

    private static List<Impact> impacts(Seen seen) {
        return seen.assess().actions().stream()
                .map(Action::impact)
                .filter(i -> i != Impact.NONE)
                .toList();
    }

    @Test
    void only_what_undoes_the_user_s_own_activation_is_asked_about_and_only_once() {
        assertThat(impacts(done(s -> s.profile = s.activated = FOREIGN))).containsExactly(Impact.CONTESTED);
        assertThat(impacts(done(s -> s.profile = FOREIGN))).containsExactly(Impact.CONTESTED);
        assertThat(impacts(done(s -> {
                    s.profile = s.activated = FOREIGN;
                    s.onManual = OnManual.REVERT;
                })))
                .containsExactly(Impact.DISRUPTIVE);
        assertThat(impacts(fresh(s -> {}))).containsExactly(Impact.DISRUPTIVE);
    }

    @Test
    void another_tree_is_another_difference_and_the_plan_says_whose_home_it_is() {
        Assessment assessment = new Seen().assess();
        assertThat(assessment.differences())
                .extracting(Difference::desired)
                .anySatisfy(d -> assertThat(d).contains(KEY.substring(0, 12)));
        assertThat(assessment.actions())
                .extracting(Action::summary)
                .anySatisfy(s -> assertThat(s)
                        .isEqualTo("record generation 7 of the home of anna as the point to roll back to"));
    }
}
