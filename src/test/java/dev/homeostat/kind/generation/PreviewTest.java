package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.nix.ClosureDifference;
import dev.homeostat.host.nix.ClosureDifference.Change;
import dev.homeostat.host.nix.ClosureDifference.PackageChange;
import dev.homeostat.host.nix.DryActivation;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.resource.Json;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PreviewTest {
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final StorePath OLD = StorePath.parse("/nix/store/00000000000000000000000000000000-nixos-system-a");
    private static final StorePath NEW = StorePath.parse("/nix/store/11111111111111111111111111111111-nixos-system-b");

    private static DryActivation units(
            List<String> stops, List<String> restarts, List<String> ofUsers, boolean systemd) {
        return new DryActivation(stops, restarts, List.of(), List.of(), List.of(), ofUsers, systemd, List.of());
    }

    private static Preview preview(DryActivation units, long beforeBytes, long afterBytes, List<String> reboot) {
        PackageChange change =
                new PackageChange("hello", Change.CHANGED, List.of("1"), List.of("2"), beforeBytes, afterBytes);
        return new Preview(
                KEY, OLD, NEW, units, new ClosureDifference(List.of(change), beforeBytes, afterBytes), reboot);
    }

    @Test
    void one_line_says_what_is_to_come() {
        assertThat(preview(units(List.of(), List.of(), List.of(), false), 0, 0, List.of())
                        .words())
                .isEqualTo("touches no unit; 1 package differs; needs no reboot");
        assertThat(preview(
                                units(
                                        List.of("a.service"),
                                        IntStream.range(0, 7)
                                                .mapToObj(n -> n + ".service")
                                                .toList(),
                                        List.of("restart b.service"),
                                        true),
                                3L << 20,
                                1L << 20,
                                List.of("the kernel will be x instead of y"))
                        .words())
                .isEqualTo("stops a.service; restarts 0.service, 1.service, 2.service, 3.service, 4.service and 2 more;"
                        + " of users: restart b.service; executes systemd anew; 1 package differs, 2 MiB less;"
                        + " needs a reboot: the kernel will be x instead of y");
    }

    @Test
    void only_what_runs_anew_may_end_soon_after() {
        assertThat(preview(units(List.of("a.service"), List.of(), List.of(), false), 0, 0, List.of())
                        .startsUnits())
                .isFalse();
        assertThat(preview(units(List.of(), List.of("a.service"), List.of(), false), 0, 0, List.of())
                        .startsUnits())
                .isTrue();
        assertThat(preview(units(List.of(), List.of(), List.of(), true), 0, 0, List.of())
                        .startsUnits())
                .isTrue();
    }

    @Test
    void it_holds_for_one_step_only_and_is_read_as_it_was_written() throws Exception {
        Preview preview = preview(units(List.of("a.service"), List.of(), List.of(), false), 1, 2, List.of("why"));
        assertThat(preview.isOf(KEY, Optional.of(NEW), Optional.of(OLD))).isTrue();
        assertThat(preview.isOf(KEY, Optional.of(NEW), Optional.of(NEW))).isFalse();
        assertThat(preview.isOf(KEY, Optional.empty(), Optional.of(OLD))).isFalse();
        assertThat(preview.isOf(KEY.replace('0', '1'), Optional.of(NEW), Optional.of(OLD)))
                .isFalse();
        assertThat(Json.MAPPER.readValue(Json.write(preview), Preview.class)).isEqualTo(preview);
    }
}
