package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.content;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.system.LabSystem.Wanted;
import dev.homeostat.system.steps.Steps;
import dev.homeostat.system.steps.StepsAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A machine whose power is cut in the middle of a deployment, and that is booted again with the same disk: by itself it ends
 * with what was declared in force, or with exactly what was in force before. What NixOS does at boot (putting in force what
 * the boot loader starts) is done by a small unit.
 */
@Tag("system")
@Timeout(300)
class RebootSystemTest {
    /** With an agent the JVM starts without its cache: several seconds on a busy machine, and then the whole deployment. */
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private static final Path AGENT = Path.of("/usr/local/lib/homeostat-steps/agent.jar");
    private static final Path DROP_IN = Path.of("/etc/systemd/system/homeostat.service.d/50-steps.conf");
    private static final Path DEFAULT = Path.of("/boot/lab-default");
    private static final Path BOOT = Path.of("/etc/systemd/system/lab-boot.service");
    private static final Path STAGE_TWO = Path.of("/usr/local/lib/lab-boot");
    private static final String GENERATION = "generation/system";
    private static final Path PROFILE = Path.of("/nix/var/nix/profiles/system");
    private static final String SWITCH = "homeostat-switch.service";

    private static SecondMachine machine;

    /** When the power is cut. */
    enum Cut {
        BEFORE_THE_PROFILE_MOVED("before set", true),
        BETWEEN_PROFILE_AND_SWITCH("before start", true),
        IN_THE_SWITCH("", true),
        AFTER_THE_SWITCH("after start", true),
        AFTER_A_SWITCH_TO_WHAT_FAILS("after start", false),
        BEFORE_THE_PROFILE_MOVED_BACK("before switchTo", false),
        AFTER_THE_PROFILE_MOVED_BACK("after switchTo", false);

        /** What the daemon is about to do, or has just done; empty if it waits for a switch. */
        private final String step;

        private final boolean good;

        Cut(String step, boolean good) {
            this.step = step;
            this.good = good;
        }
    }

    @BeforeAll
    static void install() throws Exception {
        Machine.stop();
        LabSystem.set();
        Machine.run("systemctl", "stop", "nix-daemon.service"); // nobody writes below the disk that is made now
        machine = new SecondMachine();
        Machine.run("rm", "-rf", machine.disk(Path.of("/var/lib/homeostat")).toString());
        Path agent = machine.disk(AGENT);
        Files.createDirectories(agent.getParent());
        StepsAgent.writeJar(agent);
        write(DROP_IN, """
                [Service]
                ExecStartPre=
                ExecStart=
                ExecStart=/usr/lib/homeostat/java @/usr/lib/homeostat/daemon.args -javaagent:%s -jar /usr/lib/homeostat/app/quarkus-run.jar daemon
                """.formatted(AGENT));
        write(BOOT, """
                [Unit]
                Description=What NixOS does at boot: what the boot loader started is put in force
                DefaultDependencies=no
                After=local-fs.target
                Before=sysinit.target
                ConditionPathExists=%s
                [Service]
                Type=oneshot
                RemainAfterExit=yes
                ExecStart=%s
                """.formatted(DEFAULT, STAGE_TWO));
        Path wanted = machine.disk(BOOT.resolveSibling("sysinit.target.wants").resolve(BOOT.getFileName()));
        Files.createDirectories(wanted.getParent());
        Files.createSymbolicLink(wanted, BOOT);
        write(STAGE_TWO, """
                #!/bin/sh
                set -eu
                generation=$(cat %s)
                ln -s "$generation" /run/booted-system
                "$generation/activate"
                mkdir -p /run/systemd/system
                cp "$generation"/etc/systemd/system/* /run/systemd/system/
                systemctl daemon-reload
                for unit in "$generation"/etc/systemd/system/*; do systemctl start --no-block "${unit##*/}"; done
                """.formatted(DEFAULT));
        Files.setPosixFilePermissions(machine.disk(STAGE_TWO), PosixFilePermissions.fromString("rwxr-xr-x"));
        declare(Wanted.good("first"));
        machine.boot();
        awaitInForce("first");
    }

    @AfterAll
    static void throwAway() throws Exception {
        machine.close();
        LabSystem.clear();
    }

    @ParameterizedTest
    @EnumSource
    void a_machine_that_is_booted_again_in_the_middle_ends_the_deployment_by_itself(Cut cut) throws Exception {
        String word = cut.name().toLowerCase(Locale.ROOT).replace('_', '-');
        if (generation().path("condition").asText().equals("Failed")) { // by the one before this
            declare(Wanted.good("before-" + word));
            awaitInForce("before-" + word);
        }
        String wordBefore = content(machine.disk(Path.of("/etc/motd"))).split(" ")[0];
        String before = profile();
        int newest = newest();
        List<String> switches = switches();

        Wanted wanted = cut.good ? Wanted.good(word) : Wanted.bad(word);
        if (cut.step.isEmpty()) {
            declare(wanted.behaviour("wait"));
            await(
                    "the switch is in its middle",
                    LIMIT,
                    () -> machine.inside("test", "-p", "/run/lab-go").exit() == 0);
        } else {
            arm(cut.step);
            declare(wanted);
            await(
                    "it is as far",
                    LIMIT,
                    () -> machine.inside("test", "-e", Steps.ARM.toString()).exit() != 0);
        }
        if (cut.step.equals("after start")) {
            await(
                    "the switch has ended",
                    LIMIT,
                    () -> machine.inside("systemctl", "show", "-P", "SubState", SWITCH)
                            .line()
                            .equals("exited"));
        }
        machine.cutPower();
        assertThat(profile().equals(before))
                .as("the profile is where it was when the power is cut")
                .isEqualTo(cut == Cut.BEFORE_THE_PROFILE_MOVED || cut == Cut.AFTER_THE_PROFILE_MOVED_BACK);
        machine.boot();

        String now;
        if (cut.good) {
            awaitInForce(word);
            now = profile();
            assertThat(switches().subList(switches.size(), switches().size())).containsExactly("switch " + now);
            assertThat(newest()).isEqualTo(newest + 1);
        } else {
            awaitRolledBack();
            now = before;
            assertThat(profile()).isEqualTo(before);
            assertThat(switches().subList(switches.size(), switches().size()))
                    .containsExactly(
                            "switch " + link(PROFILE.resolveSibling("system-" + (newest + 1) + "-link")),
                            "switch " + before);
        }
        assertIsInForce(now, cut.good ? word : wordBefore);

        // and stays so
        List<String> ended = switches();
        machine.cutPower();
        machine.boot();
        if (cut.good) {
            awaitInForce(word);
        } else {
            awaitRolledBack();
        }
        assertIsInForce(now, cut.good ? word : wordBefore);
        assertThat(switches()).isEqualTo(ended);
    }

    private static void assertIsInForce(String system, String word) throws Exception {
        assertThat(machine.inside("readlink", "/run/current-system").line()).isEqualTo(system);
        assertThat(content(machine.disk(DEFAULT)).strip())
                .as("what is booted next")
                .isEqualTo(system);
        assertThat(content(machine.disk(Path.of("/etc/motd")))).startsWith(word + " ");
        for (String unit : List.of("lab-web.service", "lab-extra.service")) {
            await(
                    unit + " runs",
                    () -> machine.inside("systemctl", "is-active", unit).exit() == 0);
        }
        assertThat(machine.inside("systemctl", "show", "-P", "Description", "lab-web.service")
                        .line())
                .isEqualTo(word);
    }

    private static void awaitInForce(String word) {
        awaitIn(
                "in force: " + word,
                () -> content(machine.disk(Path.of("/etc/motd"))).startsWith(word + " ")
                        && machine.inside("homeostat", "status").exit() == 0
                        && generation().path("condition").asText().equals("InSync"));
    }

    private static void awaitRolledBack() {
        awaitIn(
                "rolled back",
                () -> generation().path("condition").asText().equals("Failed")
                        && generation().path("reason").asText().contains("rolled back to generation"));
    }

    private static void awaitIn(String what, Machine.Check check) {
        try {
            await(what, LIMIT, check);
        } catch (AssertionError e) {
            throw new AssertionError(what + "\n" + machine.story(), e);
        }
    }

    private static JsonNode generation() {
        Machine.Answer answer = machine.inside("homeostat", "status", "-o", "json");
        if (answer.output().startsWith("{")) {
            for (JsonNode resource : Json.read(answer.output(), JsonNode.class).path("resources")) {
                if (resource.path("id").asText().equals(GENERATION)) {
                    return resource;
                }
            }
        }
        return Json.MAPPER.createObjectNode(); // it is not up yet
    }

    private static void arm(String step) {
        Machine.Answer armed = machine.inside(
                "sh",
                "-c",
                "mkdir -p \"${1%/*}\" && echo \"$2 $(date +%s%N) stay\" >\"$1.next\" && mv \"$1.next\" \"$1\"",
                "sh",
                Steps.ARM.toString(),
                step.replace(' ', '_'));
        assertThat(armed.exit()).as(armed.output()).isZero();
    }

    private static void declare(Wanted wanted) throws Exception {
        Machine.declare(machine.disk(Machine.DECLARATION), wanted.yaml(""));
    }

    private static void write(Path path, String text) throws Exception {
        Files.createDirectories(machine.disk(path).getParent());
        Files.writeString(machine.disk(path), text);
    }

    private static List<String> switches() throws Exception {
        Path file = machine.disk(LabSystem.SWITCHES);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** What the profile points to. */
    private static String profile() throws Exception {
        return link(PROFILE.resolveSibling(link(PROFILE)));
    }

    private static int newest() throws Exception {
        try (var links = Files.list(machine.disk(PROFILE).getParent())) {
            return links.map(p -> p.getFileName().toString())
                    .filter(name -> name.matches("system-\\d+-link"))
                    .mapToInt(name -> Integer.parseInt(name.replaceAll("[^0-9]", "")))
                    .max()
                    .orElseThrow();
        }
    }

    private static String link(Path link) throws Exception {
        return Files.readSymbolicLink(machine.disk(link)).toString();
    }
}
