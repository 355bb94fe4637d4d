package dev.homeostat.control.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.control.AccountsDouble;
import dev.homeostat.control.EngineDouble;
import dev.homeostat.host.Locations;
import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.Via;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessTest {
    private static final Peer ROOT = new Peer(0, 0, 10);
    private static final Peer FRIEND = new Peer(1001, 1001, 11);
    private static final Peer STRANGER = new Peer(1002, 1002, 12);

    private final EngineDouble engine = new EngineDouble();

    private Access access(boolean unprivileged) {
        Path nowhere = Path.of("/nowhere");
        return new Access(
                new AccountsDouble(),
                new Locations(unprivileged, nowhere, nowhere, nowhere),
                engine,
                InstantSource.system());
    }

    @Test
    void root_and_the_daemons_own_user_may_change_things() {
        Access access = access(false);
        assertThat(access.mayChange(ROOT)).isTrue();
        assertThat(access.mayChange(access.self())).isTrue();
    }

    @Test
    void members_of_the_group_may_also_if_it_is_a_supplementary_group_or_the_one_they_run_with() {
        assertThat(access(false).mayChange(FRIEND)).isTrue();
        assertThat(access(false).mayChange(new Peer(1002, AccountsDouble.GROUP, 12)))
                .isTrue();
    }

    @Test
    void others_may_not() {
        assertThat(access(false).mayChange(STRANGER)).isFalse();
        assertThat(access(false).mayChange(new Peer(4711, 4711, 13))).isFalse();
    }

    @Test
    void the_group_has_no_say_over_a_users_own_daemon() {
        assertThat(access(true).mayChange(FRIEND)).isFalse();
        assertThat(access(true).mayChange(ROOT)).isTrue();
    }

    @Test
    void what_is_not_permitted_is_not_done_and_audited() {
        assertThatThrownBy(() -> access(false).change(STRANGER, "reload", "everything", actor -> {
                    throw new AssertionError("was done");
                }))
                .isInstanceOf(NotPermitted.class)
                .hasMessageContaining("stranger may not reload")
                .hasMessageContaining("homeostat");
        AuditEntry entry = engine.audit(1).getFirst();
        assertThat(entry.actor().uid()).isEqualTo(1002);
        assertThat(entry.actor().pid()).isEqualTo(12);
        assertThat(entry.outcome()).isEqualTo("refused: not permitted");
    }

    @Test
    void what_is_refused_and_what_fails_is_audited_too() throws Exception {
        assertThatThrownBy(() -> access(false).change(FRIEND, "apply", "plan x", actor -> {
                    throw new Refusal(Refusal.Sort.MOVED, "moved");
                }))
                .isInstanceOf(Refusal.class);
        assertThat(engine.audit(1).getFirst().outcome()).isEqualTo("refused: moved");
        assertThatThrownBy(() -> access(false).change(FRIEND, "apply", "plan x", actor -> {
                    throw new IllegalStateException("a bug");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(engine.audit(1).getFirst().outcome()).isEqualTo("failed");
        assertThat(access(false).<Integer>change(FRIEND, "apply", "plan x", actor -> actor.uid()))
                .isEqualTo(1001);
        assertThat(engine.audit(1).getFirst().outcome()).isEqualTo("accepted");
    }

    // ---- through programs

    private static Peer through(Peer peer, String client) {
        return peer.through(new Via("mcp", "homeostat_status", client));
    }

    @Test
    void a_program_may_look_and_propose_and_nothing_else_whoever_it_belongs_to() throws Exception {
        Access access = access(false);
        for (Peer peer : List.of(ROOT, FRIEND)) {
            Peer program = through(peer, "an-agent");
            for (String verb :
                    List.of("apply", "approve", "decline", "pause", "rollback", "confirm", "reload", "anew")) {
                assertThatThrownBy(() -> access.change(program, verb, "x", actor -> {
                            throw new AssertionError("was done");
                        }))
                        .isInstanceOf(NotPermitted.class)
                        .hasMessageContaining("through mcp one may look and propose");
            }
            assertThat(access.<Integer>change(program, "propose", "machine.yaml", actor -> actor.uid()))
                    .isEqualTo(peer.uid());
        }
        assertThat(engine.audit(1).getFirst().actor().toString()).endsWith("via mcp (an-agent)");
        assertThatThrownBy(() -> access.change(through(STRANGER, "x"), "propose", "machine.yaml", actor -> null))
                .isInstanceOf(NotPermitted.class);
    }

    @Test
    void of_a_flood_of_looks_the_log_has_few_lines_and_the_number() {
        Access access = access(false);
        int before = engine.audit(100_000).size();
        for (int i = 0; i < 1000; i++) {
            access.looked(through(FRIEND, "an-agent"), "GET /v1/status");
        }
        assertThat(engine.audit(100_000).size() - before).isEqualTo(1);
        for (int i = 0; i < 1000; i++) {
            access.looked(through(FRIEND, "name-" + i), "GET /v1/status");
        }
        assertThat(engine.audit(100_000).size() - before).isEqualTo(ToldReads.PER_HOUR);
        assertThat(engine.audit(100_000))
                .anySatisfy(entry -> assertThat(entry.outcome()).contains("and 999 times before that"));
        access.looked(FRIEND, "GET /v1/status"); // no program
        assertThat(engine.audit(100_000).size() - before).isEqualTo(ToldReads.PER_HOUR);
    }

    @Test
    void a_program_that_proposes_without_end_is_stopped_and_fills_no_log() throws Exception {
        Access access = access(false);
        Peer program = through(FRIEND, "an-agent");
        int before = engine.audit(100_000).size();
        int taken = 0;
        for (int i = 0; i < 1000; i++) {
            try {
                access.change(program, "propose", "machine.yaml", actor -> null);
                taken++;
            } catch (NotPermitted e) {
                assertThat(e).hasMessageContaining("times an hour");
            }
        }
        assertThat(taken).isEqualTo(Allowance.PER_HOUR);
        assertThat(engine.audit(100_000).size() - before)
                .isEqualTo(Allowance.PER_HOUR + RefusedAttempts.TOLD_ONE_BY_ONE);
    }

    @Test
    void whatever_the_header_says_somebody_asks_through_a_program() {
        assertThat(Via.parse("")).isEqualTo(new Via("unknown", "unknown", "unknown"));
        assertThat(Via.parse("mcp homeostat_status claude-code"))
                .isEqualTo(new Via("mcp", "homeostat_status", "claude-code"));
        assertThat(Via.parse("  mcp  a\u001b[2Jb  two words ")).isEqualTo(new Via("mcp", "a__2Jb", "two_words"));
        assertThat(Via.parse("x".repeat(10_000)).program()).hasSize(64);
    }
}
