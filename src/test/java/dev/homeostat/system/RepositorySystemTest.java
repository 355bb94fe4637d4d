package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.startAnew;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.control.Contract;
import dev.homeostat.control.Contract.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The installed daemon follows a repository by its timetable, and takes orders through its socket. */
@Tag("system")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RepositorySystemTest {
    private static final Path NIX_CONFIG = Path.of("/etc/nix/nix.conf");
    private static final Path MOTD = Path.of("/run/current-system/etc/motd");
    private static final Path SOCKET = Path.of("/run/homeostat/control.sock");
    /** A deployment takes seconds; on a loaded machine many. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private NixMachine machine;
    private String nixConfig;

    @BeforeEach
    void begin() throws Exception {
        nixConfig = Files.readString(NIX_CONFIG);
        Files.writeString(
                NIX_CONFIG,
                "experimental-features = nix-command flakes\nsandbox = false\nsubstitute = false\nflake-registry =\n");
        run("systemctl", "stop", "nix-daemon.service"); // its socket starts it anew, with that
        machine = new NixMachine(folder.toRealPath().resolve("machine"));
        git("init", "--quiet", "--initial-branch=main");
        commit("first");
    }

    @AfterEach
    void end() throws Exception {
        Machine.stop();
        machine.close();
        run("rm", "-rf", "/var/lib/homeostat/git", "/var/lib/homeostat/deployment");
        Files.writeString(NIX_CONFIG, nixConfig);
        run("systemctl", "stop", "nix-daemon.service");
    }

    private void git(String... arguments) {
        String[] all = new String[arguments.length + 7];
        System.arraycopy(
                new String[] {"git", "-C", machine.folder().toString(), "-c", "user.name=Anna", "-c", "user.email=a@b"},
                0,
                all,
                0,
                7);
        System.arraycopy(arguments, 0, all, 7, arguments.length);
        does(all);
    }

    private void commit(String motd) throws Exception {
        machine.declare(m -> m.put("motd", motd));
        git("add", "--all");
        git("commit", "--quiet", "--message", motd);
    }

    private static void awaitMotd(String motd) {
        await(
                "the system of " + motd,
                PATIENCE,
                () -> Files.exists(MOTD) && Files.readString(MOTD).strip().equals(motd));
    }

    private String declaration(String poll) {
        return "version: 1\nnixos: {from: \"git+file://" + machine.folder() + "#machine\", git: {poll: " + poll
                + "}}\ndeployment: {settle: 1s}\n";
    }

    @Test
    void a_push_is_deployed_by_itself_and_orders_are_taken_through_the_socket() throws Exception {
        startAnew(declaration("10s"));
        awaitMotd("first");
        commit("by the timetable");
        awaitMotd("by the timetable");
        awaitRight();

        declare(declaration("1d"));
        Contract contract = Contract.of(SOCKET);
        commit("by a webhook");
        assertThat(contract.send("POST /v1/poll", Sample.of("/v1/poll"), "").statusCode())
                .isEqualTo(200);
        awaitMotd("by a webhook");
        awaitRight();
        assertThat(homeostat("poll").output()).contains("is still at");
        assertThat(homeostat("inputs").exit()).isEqualTo(1);

        String kept = Files.readString(machine.folder().resolve("machine.json"));
        String ready = machine.build("motd", "ordered").toString();
        Files.writeString(machine.folder().resolve("machine.json"), kept);
        assertThat(contract.send("POST /v1/deploy", Sample.json("/v1/deploy", "{\"path\":\"" + ready + "\"}"), "")
                        .statusCode())
                .isEqualTo(202);
        awaitMotd("ordered");
        awaitRight();
        assertThat(homeostat("status").output())
                .contains("instead of what is declared")
                .contains("--declared");
        assertThat(homeostat("explain", "generation/system").output()).contains("order");
        assertThat(homeostat("deploy", "/nix/store/nothing").exit()).isEqualTo(1);
        assertThat(homeostat("deploy", ready.toString(), "--operation", "frob"))
                .satisfies(r -> assertThat(r.exit()).isEqualTo(64))
                .satisfies(r -> assertThat(r.toString()).contains("switch, boot, test"));
        assertThat(homeostat("deploy", "--declared").exit()).isZero();
        awaitMotd("by a webhook");
        assertThat(homeostat("audit").output()).contains("poll").contains("deploy");

        git("reset", "--quiet", "--hard", "HEAD^");
        git("commit", "--quiet", "--allow-empty", "--message", "rewritten");
        awaitRight();
        assertThat(homeostat("poll").exit()).isEqualTo(1);
        await("it is asked", () -> homeostat("approve").output().contains("does not descend"));
        assertThat(homeostat("approve", "generation/system").exit()).isZero();
        awaitMotd("by the timetable");
        awaitRight();

        Files.move(machine.folder(), folder.resolve("gone"));
        assertThat(homeostat("poll").exit()).isEqualTo(1);
        await("it is told", () -> homeostat("status").output().contains("has not been reached since"));
        assertThat(homeostat("status").exit()).as("degraded, and right").isZero();
        Files.move(folder.resolve("gone"), machine.folder());
    }
}
