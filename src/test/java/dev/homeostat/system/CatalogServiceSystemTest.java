package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static dev.homeostat.system.Machine.startAnew;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Json;
import dev.homeostat.system.LabSystem.Wanted;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An entry of the catalogue as a service: options of the generated system, and the unit that then runs. */
@Tag("system")
@Timeout(240)
class CatalogServiceSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String UNIT = "ollama.service";
    private static final String CATALOG = "catalog: {ollama: {as: service, port: %d}}\n";

    @BeforeAll
    static void set() throws Exception {
        Machine.stop();
        LabSystem.set();
    }

    @AfterAll
    static void clear() throws Exception {
        Machine.stop();
        run("systemctl", "stop", UNIT);
        run("rm", "-f", "/run/systemd/system/" + UNIT);
        LabSystem.clear();
        run("rm", "-rf", "/var/lib/homeostat");
    }

    private static void awaitPort(int port) {
        await(
                UNIT + " listens on " + port,
                LIMIT,
                () -> runs(UNIT)
                        && unit("Environment", UNIT).equals("OLLAMA_HOST=127.0.0.1:" + port)
                        && homeostat("status").exit() == 0);
    }

    @Test
    void one_line_is_a_service_of_the_next_generation_and_its_unit_is_kept() throws Exception {
        startAnew(Wanted.good("with").yaml(CATALOG.formatted(11434)));
        awaitPort(11434);
        assertThat(homeostat("explain", "service/" + UNIT).output()).contains("from the catalogue entry ollama");
        assertThat(Json.MAPPER
                        .readTree(
                                Path.of("/var/lib/homeostat/flake/machine.json").toFile())
                        .at("/catalog/options/ollama/services.ollama.port")
                        .intValue())
                .isEqualTo(11434);

        does("systemctl", "stop", UNIT);
        awaitPort(11434);

        declare(Wanted.good("with").yaml(CATALOG.formatted(11500)));
        awaitPort(11500);

        declare(Wanted.good("without").yaml(""));
        await(
                "the generation without it is in force",
                LIMIT,
                () -> !runs(UNIT) && homeostat("status").exit() == 0);
    }
}
