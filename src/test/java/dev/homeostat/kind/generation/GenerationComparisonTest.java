package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.git.CommitId;
import dev.homeostat.host.nix.ActivationRun;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.OtherSwitch;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings.OnManual;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is done about a generation, by what was seen. */
class GenerationComparisonTest {
    private static final Instant T = Instant.parse("2026-01-01T00:00:00Z");
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final StorePath OLD = path('1');
    private static final StorePath NEW = path('2');
    private static final StorePath FOREIGN = path('3');

    private static final String ALL_NEW = "check record validate build profile switch verify report";

    private static StorePath path(char digit) {
        return StorePath.parse("/nix/store/" + String.valueOf(digit).repeat(32) + "-nixos-system");
    }

    /** What is seen, one thing after the other changed. */
    private record Seen(
            Operation operation,
            OnManual onManual,
            boolean written,
            StorePath target,
            StorePath profile,
            StorePath activated,
            StorePath booted,
            ActivationRun run,
            boolean other,
            RollbackPoint.Stage stage,
            Quarantine.Rollback quarantine,
            boolean verified,
            boolean reported) {
        static final Seen START = new Seen(
                Operation.SWITCH,
                OnManual.ASK,
                true,
                null,
                OLD,
                OLD,
                OLD,
                null,
                false,
                RollbackPoint.Stage.CLOSED,
                null,
                false,
                false);
        static final Seen DONE = START.target(NEW).profile(NEW).activated(NEW).verified(true, true);

        Seen operation(Operation o) {
            return new Seen(
                    o,
                    onManual,
                    written,
                    target,
                    profile,
                    activated,
                    booted,
                    run,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen manual(OnManual m) {
            return new Seen(
                    operation,
                    m,
                    written,
                    target,
                    profile,
                    activated,
                    booted,
                    run,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen unwritten() {
            return new Seen(
                    operation,
                    onManual,
                    false,
                    target,
                    profile,
                    activated,
                    booted,
                    run,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen target(StorePath t) {
            return new Seen(
                    operation,
                    onManual,
                    written,
                    t,
                    profile,
                    activated,
                    booted,
                    run,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen profile(StorePath p) {
            return new Seen(
                    operation,
                    onManual,
                    written,
                    target,
                    p,
                    activated,
                    booted,
                    run,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen activated(StorePath a) {
            return new Seen(
                    operation,
                    onManual,
                    written,
                    target,
                    profile,
                    a,
                    booted,
                    run,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen booted(StorePath b) {
            return new Seen(
                    operation,
                    onManual,
                    written,
                    target,
                    profile,
                    activated,
                    b,
                    run,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen run(ServiceRun.State state, StorePath generation, int secondsLater) {
            ActivationRun r = new ActivationRun(
                    "homeostat-switch.service",
                    "1",
                    "switch",
                    generation,
                    state,
                    state == ServiceRun.State.FAILED ? "it exited with status 4" : "",
                    T.plusSeconds(secondsLater),
                    Optional.empty());
            return new Seen(
                    operation,
                    onManual,
                    written,
                    target,
                    profile,
                    activated,
                    booted,
                    r,
                    other,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen withOther() {
            return new Seen(
                    operation,
                    onManual,
                    written,
                    target,
                    profile,
                    activated,
                    booted,
                    run,
                    true,
                    stage,
                    quarantine,
                    verified,
                    reported);
        }

        Seen stage(RollbackPoint.Stage s) {
            return new Seen(
                    operation,
                    onManual,
                    written,
                    target,
                    profile,
                    activated,
                    booted,
                    run,
                    other,
                    s,
                    quarantine,
                    verified,
                    reported);
        }

        Seen quarantine(Quarantine.Rollback q) {
            return new Seen(
                    operation, onManual, written, target, profile, activated, booted, run, other, stage, q, verified,
                    reported);
        }

        Seen verified(boolean v, boolean r) {
            return new Seen(
                    operation,
                    onManual,
                    written,
                    target,
                    profile,
                    activated,
                    booted,
                    run,
                    other,
                    stage,
                    quarantine,
                    v,
                    r);
        }

        Desired<GenerationSpec> desired() {
            return new Desired<>(
                    GenerationKind.SYSTEM,
                    new GenerationSpec(
                            new SystemSource.Flake("/etc/nixos", "lab"),
                            operation,
                            new DeploymentSettings(null, null, null, null, onManual, null, null, null, null, null)),
                    Set.of(),
                    Place.NOWHERE);
        }

        GenerationSeen seen() {
            return seen(SourceSeen.PLAIN);
        }

        GenerationSeen seen(SourceSeen source) {
            return new GenerationSeen(
                    KEY,
                    written,
                    Optional.ofNullable(target),
                    profile == null
                            ? ProfileState.NONE
                            : new ProfileState(OptionalInt.of(7), List.of(new Generation(7, profile, T))),
                    Optional.ofNullable(activated),
                    Optional.ofNullable(booted),
                    Optional.ofNullable(run),
                    other ? List.of(new OtherSwitch("nixos-rebuild", T)) : List.of(),
                    Optional.of(new RollbackPoint(
                            T,
                            Optional.of(6),
                            Optional.of(OLD),
                            Optional.of(OLD),
                            new TreeSet<>(),
                            new TreeSet<>(),
                            stage,
                            T)),
                    Optional.empty(),
                    Optional.ofNullable(quarantine).map(q -> new Quarantine(KEY, T, "it failed", List.of(), q, "")),
                    Optional.empty(),
                    verified,
                    reported,
                    source);
        }

        Assessment assess() {
            return GenerationComparison.of(desired(), seen());
        }
    }

    @Test
    void what_its_source_brought_is_a_change_and_what_somebody_put_in_force_is_drift() {
        assertThat(Seen.START.assess().changed()).isTrue();
        assertThat(Seen.DONE.profile(FOREIGN).activated(FOREIGN).assess().changed())
                .isFalse();
        assertThat(Seen.DONE.assess().changed()).isFalse();
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
        Seen s = Seen.START;
        Seen d = Seen.DONE;
        Seen half = s.target(NEW).profile(NEW).stage(RollbackPoint.Stage.SWITCHED);
        return List.of(
                new Row("a new declaration", s, "to do", ALL_NEW),
                new Row("on a machine without a system", s.profile(null).activated(null), "to do", ALL_NEW),
                new Row(
                        "whose tree is not written",
                        s.unwritten(),
                        "to do",
                        "check record write validate build profile switch verify report"),
                new Row("that is built already", s.target(NEW), "to do", "check record profile switch verify report"),
                new Row(
                        "that is in force already",
                        s.target(NEW).profile(NEW).activated(NEW),
                        "to do",
                        "check record verify report"),
                new Row("all is done", d, "in sync", ""),
                new Row("only the report is missing", d.verified(true, false), "to do", "report"),
                new Row("somebody edited the tree", d.unwritten(), "to do", "write"),
                new Row(
                        "for the next boot",
                        s.operation(Operation.BOOT).target(NEW),
                        "to do",
                        "check record profile switch verify report"),
                new Row("for the next boot, done", d.operation(Operation.BOOT).activated(OLD), "in sync", ""),
                new Row(
                        "for a test",
                        s.operation(Operation.TEST).target(NEW),
                        "to do",
                        "check record switch verify report"),
                new Row("a test, done", d.operation(Operation.TEST).profile(OLD), "in sync", ""),
                new Row(
                        "a test, after the reboot that ends it",
                        d.operation(Operation.TEST).profile(OLD).activated(OLD),
                        "in sync",
                        ""),
                new Row("a switch of ours runs", half.run(ServiceRun.State.RUNNING, NEW, 1), "on its way", ""),
                new Row(
                        "a switch of ours to something else runs",
                        s.run(ServiceRun.State.RUNNING, FOREIGN, 1),
                        "on its way",
                        ""),
                new Row(
                        "a switch of ours ended well",
                        half.activated(NEW).run(ServiceRun.State.SUCCEEDED, NEW, 1),
                        "to do",
                        "verify report"),
                new Row("a switch of ours failed", half.run(ServiceRun.State.FAILED, NEW, 1), "to do", "verify report"),
                new Row(
                        "it was not begun",
                        half.run(ServiceRun.State.SUCCEEDED, NEW, -1),
                        "to do",
                        "switch verify report"),
                new Row("the machine was rebooted in the middle", half, "to do", "switch verify report"),
                new Row(
                        "the machine was rebooted in the middle, with what is new",
                        half.activated(NEW).booted(NEW),
                        "to do",
                        "verify report"),
                new Row(
                        "it is in force, and nothing is known of the switch any more",
                        half.activated(NEW),
                        "to do",
                        "switch verify report"),
                new Row(
                        "the profile was moved, and no more",
                        half.stage(RollbackPoint.Stage.PROFILE),
                        "to do",
                        "switch verify report"),
                new Row(
                        "another declaration in the middle keeps the rollback point",
                        half.target(null),
                        "to do",
                        "validate build profile switch verify report"),
                new Row(
                        "a rollback is to be gone on with",
                        half.quarantine(Quarantine.Rollback.PENDING),
                        "to do",
                        "roll-back"),
                new Row("what is quarantined rests", s.quarantine(Quarantine.Rollback.SETTLED), "waiting", ""),
                new Row(
                        "somebody switched by hand",
                        d.profile(FOREIGN).activated(FOREIGN),
                        "to do",
                        "check record profile switch verify report"),
                new Row(
                        "somebody switched by hand, and may",
                        d.profile(FOREIGN).activated(FOREIGN).manual(OnManual.ADOPT),
                        "in sync",
                        ""),
                new Row(
                        "somebody moved the profile",
                        d.profile(FOREIGN).manual(OnManual.REVERT),
                        "to do",
                        "check record profile switch verify report"),
                new Row("somebody else switches", s.withOther(), "on its way", ALL_NEW),
                new Row("somebody else switches to what is declared", d.withOther(), "in sync", ""));
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

    @Test
    void only_what_undoes_another_s_switch_is_asked_about_and_only_once() {
        Seen moved = Seen.DONE.profile(FOREIGN).activated(FOREIGN);
        assertThat(moved.assess().actions().stream().map(Action::impact).filter(Impact.CONTESTED::equals))
                .hasSize(1);
        assertThat(moved.manual(OnManual.REVERT).assess().actions())
                .extracting(Action::impact)
                .contains(Impact.DISRUPTIVE)
                .doesNotContain(Impact.CONTESTED);
        assertThat(Seen.DONE.profile(FOREIGN).assess().actions())
                .extracting(Action::impact)
                .contains(Impact.CONTESTED);
        assertThat(Seen.START.assess().actions())
                .extracting(Action::impact)
                .contains(Impact.DISRUPTIVE)
                .doesNotContain(Impact.CONTESTED);
    }

    @Test
    void another_tree_is_another_difference() {
        assertThat(Seen.START.assess().differences())
                .extracting(Difference::desired)
                .anySatisfy(d -> assertThat(d).contains(KEY.substring(0, 12)));
    }

    @Test
    void who_else_switches_is_named() {
        assertThat(Seen.START.withOther().assess().differences())
                .extracting(Difference::observed)
                .contains("nixos-rebuild, since 2026-01-01T00:00:00Z");
    }

    private static final CommitId COMMIT = new CommitId("a".repeat(40));
    private static final CommitId OTHER = new CommitId("b".repeat(40));

    private static SourceSeen repository(String missing, GitState.Refused refused) {
        return new SourceSeen(
                Optional.empty(),
                Optional.of("https://example.org/x"),
                Optional.of(COMMIT),
                Optional.ofNullable(missing),
                Optional.empty(),
                Optional.ofNullable(refused));
    }

    private static Assessment assess(Seen seen, SourceSeen source) {
        return GenerationComparison.of(seen.desired(), seen.seen(source));
    }

    @Test
    void what_is_to_be_fetched_comes_before_everything_but_a_switch_that_runs() {
        SourceSeen missing = repository("not fetched yet", null);
        assertThat(assess(Seen.DONE, missing).actions())
                .extracting(Action::verb)
                .containsExactly("fetch");
        assertThat(assess(Seen.START, missing).actions())
                .extracting(Action::verb)
                .containsExactly("fetch");
    }

    @Test
    void another_history_is_asked_about_when_nothing_else_is_to_be_done() {
        SourceSeen rewritten = repository(null, new GitState.Refused(OTHER, "", true, "another history", T));
        Assessment asked = assess(Seen.DONE, rewritten);
        assertThat(asked.actions()).extracting(Action::verb).containsExactly("accept");
        assertThat(asked.actions()).extracting(Action::impact).containsExactly(Impact.CONTESTED);
        assertThat(assess(Seen.START, rewritten).actions())
                .extracting(Action::verb)
                .contains("verify")
                .doesNotContain("accept");
        SourceSeen unsigned = repository(null, new GitState.Refused(OTHER, "", false, "not signed", T));
        assertThat(assess(Seen.DONE, unsigned).inSync()).isTrue();
    }
}
