package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.kind.generation.settings.CheckSettings;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Units of a real systemd. */
@Tag("system")
@Timeout(60)
class DeclaredChecksSystemTest {
    private static final Path UNITS = Path.of("/run/systemd/system");
    private static final String RUNS = "check-runs.service";
    private static final String FAILS = "check-fails.service";

    private final Processes processes = new ChildProcesses();
    private final Systemd systemd = new Systemd(Locations.system(Map.of()), new NameService(), processes);
    private final DeclaredChecks checks = new DeclaredChecks(systemd, processes);

    @AfterEach
    void leaveNothing() throws Exception {
        systemctl("stop", RUNS);
        systemctl("reset-failed", FAILS);
        Files.deleteIfExists(UNITS.resolve(RUNS));
        Files.deleteIfExists(UNITS.resolve(FAILS));
        systemctl("daemon-reload");
        systemd.close();
    }

    private int systemctl(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("systemctl"));
        command.addAll(List.of(words));
        return processes.run(command, Map.of(), Duration.ofSeconds(20)).exitCode();
    }

    private List<String> failing() {
        Map<String, CheckSettings> declared = new TreeMap<>();
        for (String unit : List.of(RUNS, FAILS, "check-nowhere.service")) {
            declared.put(
                    unit.replaceAll("check-|\\.service", ""),
                    new CheckSettings(unit, null, null, null, null, null, null));
        }
        return checks.failing(new DeploymentSettings(null, null, null, null, null, null, null, null, null, declared));
    }

    @Test
    void units_are_as_systemd_says_now() throws Exception {
        Files.writeString(UNITS.resolve(RUNS), "[Service]\nExecStart=sleep infinity\n");
        Files.writeString(UNITS.resolve(FAILS), "[Service]\nType=oneshot\nExecStart=false\n");
        assertThat(systemctl("daemon-reload")).isZero();
        assertThat(systemctl("start", RUNS)).isZero();
        assertThat(systemctl("start", FAILS)).isNotZero();
        String fails = "check fails: unit " + FAILS + " is failed (exit-code), expected active";
        String nowhere = "check nowhere: unit check-nowhere.service is not there, expected active";
        assertThat(failing()).containsExactly(fails, nowhere);
        assertThat(systemctl("stop", RUNS)).isZero();
        assertThat(failing())
                .containsExactly(fails, nowhere, "check runs: unit " + RUNS + " is inactive, expected active");
    }
}
