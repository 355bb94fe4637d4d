package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.knowledge.KnowledgeClient;
import dev.homeostat.knowledge.KnowledgeContract;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contract, with the installed unit. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KnowledgeSystemTest implements KnowledgeContract {
    private static final String UNIT = "homeostat-knowledge.service";
    private static final KnowledgeClient CLIENT = new KnowledgeClient(URI.create("http://localhost:8091"));

    @BeforeAll
    static void start() {
        does("systemctl", "start", UNIT);
        awaitReady();
    }

    @AfterAll
    static void stop() {
        does("systemctl", "stop", UNIT);
    }

    private static void awaitReady() {
        await("the knowledge base is ready", () -> {
            try {
                return CLIENT.get("/readyz").status() == 200;
            } catch (IOException e) {
                return false; // it does not listen yet
            }
        });
    }

    @Override
    public KnowledgeClient client() {
        return CLIENT;
    }

    @Test
    void it_runs_as_nobody_who_exists_and_its_folder_is_closed() {
        String pid = does("systemctl", "show", "-P", "MainPID", UNIT);
        assertThat(does("stat", "-c", "%u", "/proc/" + pid)).isNotEqualTo("0");
        assertThat(does("stat", "-L", "-c", "%a", "/var/lib/homeostat-knowledge"))
                .isEqualTo("700");
    }

    @Test
    void a_kill_loses_nothing_and_touches_nothing_else() throws Exception {
        String daemon = does("systemctl", "show", "-P", "NRestarts", "homeostat.service");
        assertThat(CLIENT.store("kept-by-system-test", "survivesakill").status())
                .isLessThan(300);
        String before = does("systemctl", "show", "-P", "MainPID", UNIT);
        does("systemctl", "kill", "--signal=KILL", UNIT);
        await("another process", () -> {
            String now = run("systemctl", "show", "-P", "MainPID", UNIT).line();
            return !now.equals("0") && !now.equals(before);
        });
        awaitReady();
        assertThat(CLIENT.search("survivesakill").json().get("hits")).hasSize(1);
        CLIENT.delete("/documents/kept-by-system-test");
        assertThat(does("systemctl", "show", "-P", "NRestarts", "homeostat.service"))
                .isEqualTo(daemon);
    }
}
