package dev.homeostat.kind.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.ResourceId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceComparisonTest {
    private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant NOW = STARTED.plusSeconds(3600);

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // declared state, declared startup, active, result, unit file, actions, converging
                "RUNNING, -, active, success, disabled, '', false",
                "RUNNING, -, reloading, success, disabled, '', false",
                "RUNNING, -, inactive, success, disabled, start, false",
                "RUNNING, -, failed, exit-code, disabled, start, false",
                "RUNNING, -, activating, success, disabled, '', true",
                "RUNNING, -, deactivating, success, disabled, '', true",
                "RUNNING, -, inactive, success, masked, unmask reload start, false",
                "RUNNING, ENABLED, inactive, success, masked, unmask enable reload start, false",
                "RUNNING, ENABLED, inactive, success, masked-runtime, unmask enable reload start, false",
                "RUNNING, DISABLED, active, success, masked, unmask reload, false",
                "STOPPED, -, active, success, enabled, stop, false",
                "STOPPED, -, activating, success, enabled, stop, false",
                "STOPPED, -, deactivating, success, enabled, '', true",
                "STOPPED, -, failed, exit-code, enabled, '', false",
                "STOPPED, MASKED, active, success, enabled, mask reload stop, false",
                "STOPPED, MASKED, inactive, success, masked, '', false",
                "-, ENABLED, inactive, success, disabled, enable reload, false",
                "-, ENABLED, inactive, success, enabled-runtime, enable reload, false",
                "-, ENABLED, inactive, success, static, enable reload, false",
                "-, DISABLED, active, success, enabled, disable reload, false",
                "-, DISABLED, active, success, static, '', false",
                "-, DISABLED, active, success, generated, '', false",
                "-, DISABLED, active, success, linked, '', false",
            })
    void what_is_done_follows_from_what_is_seen(
            ServiceState state,
            ServiceStartup startup,
            String active,
            String result,
            String unitFile,
            String verbs,
            boolean converging) {
        Assessment a = assess(
                new ServiceSpec("x.service", state, startup, null, null, null, false),
                unit(active, result, unitFile, false),
                Map.of());
        assertThat(String.join(" ", a.actions().stream().map(Action::verb).toList()))
                .isEqualTo(verbs);
        assertThat(a.converging()).isEqualTo(converging);
        assertThat(a.inSync()).isEqualTo(verbs.isEmpty() && !converging);
    }

    @Test
    void a_oneshot_that_ended_well_needs_no_start_and_one_that_failed_does() {
        ServiceSpec spec = new ServiceSpec("x.service", ServiceState.RUNNING, null, null, null, null, false);
        assertThat(assess(spec, unit("inactive", "success", "static", true), Map.of())
                        .inSync())
                .isTrue();
        assertThat(assess(spec, unit("failed", "exit-code", "static", true), Map.of())
                        .actions())
                .hasSize(1);
    }

    @Test
    void only_a_file_between_start_and_now_restarts() {
        Path file = Path.of("/etc/x");
        ServiceSpec spec = new ServiceSpec("x.service", ServiceState.RUNNING, null, List.of(file), null, null, false);
        UnitState unit = unit("active", "success", "enabled", false);
        assertThat(assess(spec, unit, Map.of(file, STARTED.minusSeconds(1))).inSync())
                .isTrue();
        assertThat(assess(spec, unit, Map.of(file, STARTED.plusSeconds(1))).actions())
                .singleElement()
                .extracting(Action::summary)
                .isEqualTo("restart x.service (/etc/x changed)");
        assertThat(assess(spec, unit, Map.of(file, NOW.plusSeconds(1))).inSync())
                .isTrue();
    }

    private static Assessment assess(ServiceSpec spec, UnitState unit, Map<Path, Instant> modified) {
        ServiceSeen seen = new ServiceSeen(unit, null, Map.of(), List.of(), modified, 0, NOW);
        return new ServiceComparison(ResourceId.of("service", spec.name()), spec, seen).assess();
    }

    private static UnitState unit(String active, String result, String unitFile, boolean oneshot) {
        return new UnitState(
                "x.service",
                "loaded",
                "",
                active,
                "sub",
                unitFile,
                "/usr/lib/systemd/system/x.service",
                List.of(),
                false,
                STARTED,
                Instant.EPOCH,
                false,
                result,
                oneshot);
    }
}
