package dev.homeostat.control.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.control.AccountsDouble;
import dev.homeostat.control.EngineDouble;
import dev.homeostat.host.Locations;
import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Refusal;
import java.nio.file.Path;
import java.time.InstantSource;
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
}
