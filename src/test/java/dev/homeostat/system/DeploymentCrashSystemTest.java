package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.system.LabSystem.Wanted;
import dev.homeostat.system.steps.Deaths;
import dev.homeostat.system.steps.Steps;
import dev.homeostat.system.steps.StepsAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A generated system deployed through all phases, one that passes and one that is rolled back in turn, and the daemon killed
 * by SIGKILL at one step each time: of its journal, of its own state, of the profile, of the switch. systemd starts it again,
 * and the machine has to end as it would have, with one new generation and with each switch run once.
 *
 * <p>All steps: {@code deploy/check --only DeploymentCrashSystemTest --set deployment.crash.steps=all}, or those of a range
 * (88-110), or a number each way; in
 * a full check some of them, evenly spread from a place that is another each time.
 */
@Tag("system")
class DeploymentCrashSystemTest {
    /** Deaths each way in a full check. */
    private static final int SAMPLES = 4;
    /** With an agent the JVM starts without its cache: several seconds on a busy machine, and then the whole deployment. */
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private static final Path DROP_IN = Path.of("/run/systemd/system/homeostat.service.d/50-steps.conf");
    private static final Path AGENT = Path.of("/run/homeostat-steps/agent.jar");
    private static final Path PROFILE = Path.of("/nix/var/nix/profiles/system");
    private static final Path BESIDE = LabSystem.FOLDER.resolve("beside");
    private static final String GENERATION = "generation/system";

    private static NixStarts nix;
    /** The word of the generation that is in force. */
    private String inForce = "first";

    private int deployments;

    @BeforeAll
    static void withAgent() throws Exception {
        Machine.stop();
        LabSystem.set();
        nix = new NixStarts();
        Files.createDirectories(AGENT.getParent());
        StepsAgent.writeJar(AGENT);
        Files.createDirectories(DROP_IN.getParent());
        // dies more often than a service should: always the shortest pause
        Files.writeString(DROP_IN, """
                [Service]
                ExecStartPre=
                ExecStart=
                ExecStart=/usr/lib/homeostat/java @/usr/lib/homeostat/daemon.args -javaagent:%s -jar /usr/lib/homeostat/app/quarkus-run.jar daemon
                RestartSteps=0
                RestartMaxDelaySec=infinity
                """.formatted(AGENT));
        does("systemctl", "daemon-reload");
        Machine.startAnew(Wanted.good("first").yaml(""));
        await("deployed at first", LIMIT, () -> homeostat("status").exit() == 0);
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        nix.close();
        Files.deleteIfExists(Steps.ARM);
        Machine.stop();
        Files.delete(DROP_IN);
        does("systemctl", "daemon-reload");
        LabSystem.clear();
        run("rm", "-rf", "/var/lib/homeostat");
    }

    @Test
    void killed_at_any_step_of_a_deployment_it_ends_as_it_would_have_and_does_nothing_twice() throws Exception {
        List<String> passing = passes(0);
        List<String> failing = fails(0);
        assertThat(passing).contains("before intend", "after stepEnded", "before start", "after start", "after set");
        assertThat(failing).contains("before switchTo", "after switchTo");
        System.out.println("deployment crashes: " + passing.size() + " steps of one that passes, " + failing.size()
                + " of one that fails");
        List<Integer> passingSteps = Deaths.chosen("deployment.crash.steps", SAMPLES, passing.size());
        List<Integer> failingSteps = Deaths.chosen("deployment.crash.steps", SAMPLES, failing.size());
        int died = 0;
        for (int i = 0; i < Math.max(passingSteps.size(), failingSteps.size()); i++) {
            died += i < passingSteps.size() ? dead(passes(passingSteps.get(i)), passingSteps.get(i)) : 0;
            died += i < failingSteps.size() ? dead(fails(failingSteps.get(i)), failingSteps.get(i)) : 0;
        }
        System.out.println("deployment crashes: died at " + died + " of " + (passingSteps.size() + failingSteps.size())
                + " that were asked for");
        // the last steps are not there when things were put together in another order
        assertThat(died).isGreaterThan((passingSteps.size() + failingSteps.size()) * 3 / 4);
    }

    private static int dead(List<String> taken, int step) {
        return taken.size() == step ? 1 : 0;
    }

    // ---- one deployment

    private List<String> passes(int step) throws Exception {
        String word = "good-" + ++deployments + "-at-" + step;
        int newest = newest();
        Run run = deploy(Wanted.good(word), step, "\"InSync\"");
        assertThat(homeostat("status").exit()).as(run.at).isZero();
        assertThat(current()).as("the current generation, " + run.at).isEqualTo(newest + 1);
        assertThat(newest()).as("the newest generation, " + run.at).isEqualTo(newest + 1);
        assertThat(run.switches).as("switches, " + run.at).containsExactly("switch " + system());
        assertThat(activated()).as(run.at).isEqualTo(system());
        assertThat(starts(word)).as("starts of what changed, " + run.at).isEqualTo(1);
        assertServicesRun(word, run.at);
        inForce = word;
        return run.taken;
    }

    private List<String> fails(int step) throws Exception {
        String word = "bad-" + ++deployments + "-at-" + step;
        int generation = current();
        int newest = newest();
        String before = system();
        int starts = starts(inForce);
        Run run = deploy(Wanted.bad(word), step, "\"Failed\"");
        JsonNode told = generation();
        assertThat(homeostat("status").exit()).as(run.at).isNotZero();
        assertThat(told.path("reason").asText())
                .as(run.at)
                .contains("lab-extra.service", "rolled back to generation " + generation + " ", "homeostat retry");
        assertThat(current()).as("the current generation, " + run.at).isEqualTo(generation);
        assertThat(newest()).as("the newest generation, " + run.at).isEqualTo(newest + 1);
        String bad = link(PROFILE.resolveSibling("system-" + (newest + 1) + "-link"));
        assertThat(run.switches).as("switches, " + run.at).containsExactly("switch " + bad, "switch " + before);
        assertThat(activated()).as(run.at).isEqualTo(before);
        assertThat(starts(word)).as("starts of what is bad, " + run.at).isEqualTo(1);
        assertThat(starts(inForce) - starts).as("starts after it, " + run.at).isEqualTo(1);
        assertServicesRun(inForce, run.at);
        return run.taken;
    }

    private static void assertServicesRun(String word, String at) {
        await("lab-web runs, " + at, () -> runs("lab-web.service"));
        assertThat(unit("Description", "lab-web.service")).as(at).isEqualTo(word);
        assertThat(runs("lab-extra.service"))
                .as("what a switch stopped runs, " + at)
                .isTrue();
    }

    private record Run(List<String> taken, List<String> switches, String at) {}

    /** Until the generation is in that condition and rests there; then a second pass, which must do nothing. */
    private static Run deploy(Wanted wanted, int step, String condition) throws Exception {
        List<String> switches = lines(LabSystem.SWITCHES);
        String before = unit("MainPID", "homeostat");
        Files.deleteIfExists(Steps.TAKEN);
        Path next = Steps.ARM.resolveSibling("next");
        Files.writeString(next, step + " " + System.nanoTime() + "\n");
        Files.move(next, Steps.ARM, StandardCopyOption.ATOMIC_MOVE);
        declare(wanted.yaml(""));
        await(
                condition + " after " + wanted.word(),
                LIMIT,
                () -> content(BESIDE).equals(wanted.word() + "\n")
                        && generation().path("condition").toString().equals(condition)
                        && isAbout(wanted, generation()));
        boolean died = Files.notExists(Steps.ARM);
        Files.deleteIfExists(Steps.ARM);
        List<String> taken = lines(Steps.TAKEN);
        String at = "step " + step + (died ? " (" + taken.getLast() + ")" : "") + " of " + wanted.word();
        assertThat(unit("MainPID", "homeostat").equals(before))
                .as("killed at " + at)
                .isNotEqualTo(died);
        assertThat(Json.read(homeostat("status", "-o", "json").output(), JsonNode.class)
                        .path("resources"))
                .as(at)
                .filteredOn(r -> !r.path("id").asText().equals(GENERATION))
                .isNotEmpty()
                .allSatisfy(r -> assertThat(r.path("condition").asText()).isEqualTo("InSync"));
        assertSecondPassDoesNothing(at);
        List<String> after = lines(LabSystem.SWITCHES);
        return new Run(taken, after.subList(switches.size(), after.size()), at);
    }

    /** What was there before a deployment begins is in sync, or failed, as well. */
    private static boolean isAbout(Wanted wanted, JsonNode generation) {
        String reason = generation.path("reason").asText();
        return reason.isEmpty()
                ? content(Path.of("/etc/motd")).startsWith(wanted.word() + " ")
                : reason.contains("rolled back") && content(LabSystem.STARTS).contains(wanted.word() + "\n");
    }

    private static void assertSecondPassDoesNothing(String at) throws Exception {
        String untouched = settled();
        nix.forget();
        String pass = lastPass();
        does("systemctl", "reload", "homeostat");
        await("a second pass", () -> !lastPass().equals(pass));
        assertThat(settled()).as("a second pass writes nothing, " + at).isEqualTo(untouched);
        assertThat(nix.seen()).as("starts of Nix in a second pass, " + at).isEmpty();
    }

    // ---- the machine

    private static JsonNode generation() {
        Machine.Answer answer = homeostat("status", "-o", "json");
        if (!answer.output().startsWith("{")) {
            return Json.MAPPER.createObjectNode(); // between two lives
        }
        for (JsonNode resource : Json.read(answer.output(), JsonNode.class).path("resources")) {
            if (resource.path("id").asText().equals(GENERATION)) {
                return resource;
            }
        }
        return Json.MAPPER.createObjectNode();
    }

    /** What is there, once nothing moves any more. */
    private static String settled() throws Exception {
        String[] last = {""};
        await("nothing moves", LIMIT, () -> {
            String now = snapshot();
            boolean same = now.equals(last[0]);
            last[0] = now;
            return same;
        });
        return last[0];
    }

    private static String snapshot() throws Exception {
        List<String> parts = new ArrayList<>();
        parts.add(does(
                "bash",
                "-c",
                "find \"$@\" || true",
                "find",
                LabSystem.FOLDER.toString(),
                LabSystem.SWITCHES.toString(),
                "/nix/var/nix/profiles",
                "/nix/var/nix/gcroots/homeostat",
                "/run/systemd/system",
                "/run/current-system",
                "/boot",
                "/etc/motd",
                "/var/lib/homeostat/deployment",
                "/var/lib/homeostat/flake",
                "-ignore_readdir_race",
                "-printf",
                "%p %y %i %T@ %C@\n"));
        for (String unit : List.of("lab-web", "lab-extra", "homeostat-switch")) {
            parts.add(unit("InvocationID", unit + ".service"));
        }
        parts.add(
                CrashSystemTest.sql("SELECT max(id) || ' runs, ' || (SELECT max(id) FROM step) || ' steps' FROM run"));
        return String.join("\n", parts);
    }

    private static String lastPass() {
        return Json.read(homeostat("status", "-o", "json").output(), JsonNode.class)
                .path("lastPass")
                .asText();
    }

    private static int current() throws Exception {
        return Integer.parseInt(link(PROFILE).replaceAll("[^0-9]", ""));
    }

    private static int newest() throws Exception {
        try (Stream<Path> links = Files.list(PROFILE.getParent())) {
            return links.map(p -> p.getFileName().toString())
                    .filter(name -> name.matches("system-\\d+-link"))
                    .mapToInt(name -> Integer.parseInt(name.replaceAll("[^0-9]", "")))
                    .max()
                    .orElseThrow();
        }
    }

    private static String system() throws Exception {
        return PROFILE.toRealPath().toString();
    }

    private static String activated() throws Exception {
        return Path.of("/run/current-system").toRealPath().toString();
    }

    private static String link(Path link) throws Exception {
        return Files.readSymbolicLink(link).toString();
    }

    private static int starts(String word) throws Exception {
        return (int) lines(LabSystem.STARTS).stream().filter(word::equals).count();
    }

    private static List<String> lines(Path file) throws Exception {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }
}
