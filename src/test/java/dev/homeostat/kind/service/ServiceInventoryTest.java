package dev.homeostat.kind.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Inventory.Found;
import dev.homeostat.resource.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A unit of the owner's as an entry. */
class ServiceInventoryTest {
    private static final String BY_HAND = "[Service]\nExecStart=/usr/bin/true\n";

    private static Optional<Found> found(String text, String active, String unitFile) {
        return ServiceInventory.found(
                "web.service",
                text,
                new UnitState(
                        "web.service",
                        "loaded",
                        "",
                        active,
                        "",
                        unitFile,
                        "/etc/systemd/system/web.service",
                        List.of(),
                        false,
                        Instant.EPOCH,
                        Instant.EPOCH,
                        false,
                        "success",
                        false));
    }

    private static String entry(String active, String unitFile) {
        return found(BY_HAND, active, unitFile).map(f -> Json.write(f.entry())).orElse("none");
    }

    @Test
    void only_what_is_so_is_said() {
        assertThat(entry("active", "enabled")).isEqualTo("{\"state\":\"running\",\"startup\":\"enabled\"}");
        assertThat(entry("active", "disabled")).isEqualTo("{\"state\":\"running\"}");
        assertThat(entry("inactive", "enabled")).isEqualTo("{\"startup\":\"enabled\"}");
        assertThat(entry("inactive", "static")).isEqualTo("none");
        assertThat(entry("failed", "disabled")).isEqualTo("none");
    }

    @Test
    void a_unit_that_failed_is_told_and_not_started() {
        Found failed = found(BY_HAND, "failed", "enabled").orElseThrow();
        assertThat(Json.write(failed.entry())).isEqualTo("{\"startup\":\"enabled\"}");
        assertThat(failed.remarks())
                .containsExactly("It has failed: state is left out, so that it is not started again and again.");
    }

    @Test
    void a_file_of_ours_is_not_taken_for_the_owners() {
        String ours = UnitFile.of(Map.of("Service", Map.of("ExecStart", List.of("/usr/bin/true"))))
                .text();
        assertThat(found(ours, "active", "enabled").orElseThrow().unfit()).isPresent();
        assertThat(found(BY_HAND, "active", "enabled").orElseThrow().unfit()).isEmpty();
    }
}
