package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.nix.Installable;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was evaluated to be checked is what is built, with the real Nix. */
@Tag("system")
@Timeout(180)
class EvaluationsSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Deployed deployed;

    @BeforeEach
    void begin() throws Exception {
        folder = folder.toRealPath();
        deployed = new Deployed(folder, Map.of());
        deployed.declare(new SystemSource.Flake(deployed.machine.folder().toString(), "machine"));
    }

    @AfterEach
    void end() throws Exception {
        deployed.close();
    }

    private void untilItIsEvaluated() throws Exception {
        for (String verb :
                List.of(GenerationComparison.CHECK, GenerationComparison.RECORD, GenerationComparison.VALIDATE)) {
            deployed.perform(verb);
        }
    }

    /** What was to be built, the last time first. */
    private List<String> builds() {
        return deployed.processesSoFar().stream()
                .filter(p -> p.size() > 1 && p.get(0).equals("nix") && p.get(1).equals("build"))
                .map(p -> p.stream()
                        .filter(a -> a.contains("^") || a.contains("#"))
                        .findFirst()
                        .orElseThrow())
                .toList()
                .reversed();
    }

    @Test
    void a_system_is_evaluated_once() throws Exception {
        deployed.deploy();
        assertThat(builds()).hasSize(1).first().asString().endsWith(".drv^out");
        assertThat(deployed.look().inSync()).isTrue();
    }

    @Test
    void what_was_evaluated_and_is_gone_is_evaluated_again() throws Exception {
        deployed.machine.declare(m -> m.put("motd", "collected"));
        untilItIsEvaluated();
        StorePath derivation = deployed.machine.nix.derivation(
                Installable.of(
                        "path:" + deployed.machine.folder(),
                        "nixosConfigurations.\"machine\".config.system.build.toplevel"),
                Work.within(LIMIT));
        deployed.run(Map.of(), "nix-store", "--delete", derivation.toString());
        assertThat(derivation.path()).doesNotExist();
        deployed.perform(GenerationComparison.BUILD);
        assertThat(builds()).first().asString().contains("#");
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("collected");
    }

    @Test
    void what_changed_since_it_was_evaluated_is_not_what_is_built() throws Exception {
        deployed.machine.declare(m -> m.put("motd", "evaluated"));
        untilItIsEvaluated();
        deployed.machine.declare(m -> m.put("motd", "edited"));
        deployed.perform(GenerationComparison.BUILD);
        assertThat(builds()).first().asString().contains("#");
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("edited");
    }

    @Test
    void another_daemon_evaluates_for_itself() throws Exception {
        deployed.machine.declare(m -> m.put("motd", "restarted"));
        untilItIsEvaluated();
        deployed.restart();
        deployed.perform(GenerationComparison.BUILD);
        assertThat(builds()).first().asString().contains("#");
        deployed.deploy();
        assertThat(Files.exists(deployed.activated().path())).isTrue();
        assertThat(deployed.motd()).isEqualTo("restarted");
    }
}
