package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static dev.homeostat.system.Machine.startAnew;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.system.LabSystem.Wanted;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The installed daemon makes the system from its templates, and puts it in force. */
@Tag("system")
@Timeout(180)
class GeneratedSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path MOTD = Path.of("/etc/motd");
    private static final Path CURRENT = Path.of("/run/current-system");
    private static final String USER = "user: {name: app, description: Somebody}\n";
    private static final Path GREETING = Path.of("/home/app/.greeting");
    private static final Path PROFILE = Path.of("/nix/var/nix/profiles/system");

    @BeforeAll
    static void set() throws Exception {
        Machine.stop();
        LabSystem.set();
        does("usermod", "--append", "--groups", "nix-users", "app"); // who may use Nix; on NixOS everybody may
    }

    @AfterAll
    static void clear() throws Exception {
        Machine.stop();
        LabSystem.clear();
        run("rm", "-rf", "/var/lib/homeostat", "/home/app/.local/state", GREETING.toString());
        run("gpasswd", "--delete", "app", "nix-users");
    }

    @Test
    void what_is_declared_is_generated_built_and_in_force_and_an_edit_makes_another_generation() throws Exception {
        startAnew(Wanted.good("first").yaml(USER));
        awaitInForce("first C.UTF-8");
        assertThat(CURRENT.toRealPath()).isEqualTo(PROFILE.toRealPath());
        assertThat(CURRENT.resolve("sw").toRealPath().toFile().list())
                .anySatisfy(name -> assertThat(name).endsWith("-hello-1.0"));
        assertThat(runs("lab-web.service")).isTrue();
        assertThat(runs("lab-extra.service")).isTrue();
        assertThat(GREETING).hasContent("hello");
        assertThat(Files.getOwner(GREETING, LinkOption.NOFOLLOW_LINKS).getName())
                .isEqualTo("app");

        declare(Wanted.good("first").locale("POSIX").yaml(USER)); // of machine.yaml alone
        awaitInForce("first POSIX");
        assertThat(Files.readSymbolicLink(PROFILE)).hasToString("system-2-link");

        try (NixStarts nix = new NixStarts()) {
            assertThat(homeostat("apply").exit()).isZero();
            assertThat(nix.seen()).as("starts of Nix without a change").isEmpty();
            declare(Wanted.good("second").yaml(USER)); // of a module of the owner's too
            awaitInForce("second C.UTF-8");
            assertThat(nix.seen()).as("it is seen when Nix is started").isNotEmpty();
        }
        assertThat(Files.readSymbolicLink(PROFILE)).hasToString("system-3-link");
    }

    private static void awaitInForce(String motd) {
        await(
                motd + " is in force",
                LIMIT,
                () -> content(MOTD).equals(motd + "\n") && homeostat("status").exit() == 0);
    }
}
