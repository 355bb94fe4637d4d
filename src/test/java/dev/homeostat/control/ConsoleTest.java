package dev.homeostat.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.cli.Client;
import dev.homeostat.cli.Offline;
import dev.homeostat.reconcile.Event;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.Plan;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Client and console together: the client is a process of its own, as for people. */
@QuarkusTest
@TestProfile(ControlProfile.class)
class ConsoleTest {
    @Inject
    EngineDouble engine;

    @BeforeEach
    void drifted() {
        engine.right = false;
        engine.stuck = false;
        engine.resources = List.of();
        engine.machine = true;
        engine.above = List.of();
    }

    private record Ended(int code, String out, String err) {}

    private static Process start(Map<String, String> environment, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Path.of("target/classes").toAbsolutePath().toString(),
                Client.class.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("HOMEOSTAT_SOCKET", ControlProfile.SOCKET.toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Ended run(String... args) throws Exception {
        return run("", Map.of(), args);
    }

    private static Ended run(String in, Map<String, String> environment, String... args) throws Exception {
        Process process = start(environment, args);
        try (var stdin = process.getOutputStream()) {
            stdin.write(in.getBytes(StandardCharsets.UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), out, err);
    }

    /** picocli would read the file, here in the daemon and with its rights. */
    @Test
    void a_word_that_begins_with_an_at_sign_is_a_word_and_no_file() throws Exception {
        Path secret = Files.writeString(Files.createTempFile("secret", ".txt"), "swordfish");
        for (String command : List.of("explain", "history", "plan", "resume")) {
            Ended refused = run(command, "@" + secret);
            assertThat(refused.code()).as(command).isNotZero();
            assertThat(refused.out() + refused.err()).doesNotContain("swordfish");
        }
        assertThat(run("explain", "@" + secret).err()).contains("\"@\" is not a kind");
    }

    @Test
    void a_pause_says_what_is_paused_and_why_in_few_words() throws Exception {
        assertThat(run("pause", "--for", "1h"))
                .satisfies(e -> assertThat(e.code()).isEqualTo(64))
                .satisfies(e -> assertThat(e.err()).contains("say what is to be left alone"));
        assertThat(run("pause", "service/cron.service", "--reason", "x".repeat(501)))
                .satisfies(e -> assertThat(e.code()).isEqualTo(64))
                .satisfies(e -> assertThat(e.err()).contains("at most 500 characters"));
    }

    @Test
    void an_output_that_takes_nothing_is_told_apart_from_a_reader_that_left() throws Exception {
        assertThat(shell("status >/dev/full"))
                .satisfies(e -> assertThat(e.code()).isEqualTo(1))
                .satisfies(e -> assertThat(e.err()).contains("cannot be printed: No space left on device"));
        // the standard error of a command line that is wrong, where nobody reads it
        assertThat(shell("nosuch 2>&1 | true; exit ${PIPESTATUS[0]}").code()).isEqualTo(141);
        assertThat(run("--socket", "", "status").code()).isEqualTo(64);
        assertThat(run("help", "daemon").code()).isZero();
    }

    private static Ended shell(String line) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        ProcessBuilder builder = new ProcessBuilder(
                "bash",
                "-c",
                "trap '' PIPE; " + java + " -XX:TieredStopAtLevel=1 -cp "
                        + Path.of("target/classes").toAbsolutePath() + " " + Client.class.getName() + " " + line);
        builder.environment().put("HOMEOSTAT_SOCKET", ControlProfile.SOCKET.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), out, err);
    }

    @Test
    void status_answers_whether_the_machine_is_right() throws Exception {
        Ended drifted = run("status");
        assertThat(drifted.code()).isEqualTo(3);
        assertThat(drifted.out())
                .startsWith("This machine is not as declared: 1 drifted, of 2.")
                .contains("file//etc/motd")
                .doesNotContain("cron.service")
                .contains("homeostat explain file//etc/motd")
                .doesNotContain("\u001b");
        engine.right = true;
        Ended right = run("status");
        assertThat(right.code()).isZero();
        assertThat(right.out()).startsWith("This machine is as declared: all 2 resources in sync.");
        assertThat(run("status", "-v").out()).contains("service/cron.service");
    }

    @Test
    void programs_get_json_or_yaml() throws Exception {
        Ended json = run("status", "-o", "json");
        assertThat(json.code()).isEqualTo(3);
        assertThat(Json.MAPPER.readTree(json.out()).at("/resources/0/id").asText())
                .isEqualTo("file//etc/motd");
        assertThat(run("-o", "yaml", "status").out()).contains("right: false\n").contains("- id: file//etc/motd\n");
    }

    @Test
    void a_plan_shows_what_would_be_done_and_how_to_have_it() throws Exception {
        Ended plan = run("plan");
        assertThat(plan.code()).isEqualTo(2);
        assertThat(plan.out())
                .contains("Phase 5, deployment")
                .contains("~ file//etc/motd")
                .contains("mode: 0600 -> 0644")
                .contains("-TWO")
                .contains("+two")
                .contains("homeostat apply --plan " + EngineDouble.HASH);
        engine.right = true;
        Ended nothing = run("plan");
        assertThat(nothing.code()).isZero();
        assertThat(nothing.out()).contains("Nothing to do");
    }

    private static final ResourceId ENDPOINT = ResourceId.parse("endpoint/anna@model-server");

    /** Nothing can be done but wait, as for a server that loads its model. */
    private static Plan.Item waiting() {
        return new Plan.Item(
                ENDPOINT,
                Origin.DRIFT,
                List.of(new Difference("answers", "true", "false")),
                List.of(),
                List.of(),
                Optional.empty(),
                Layer.STACK);
    }

    @Test
    void what_is_to_do_for_the_stack_is_told_apart_and_is_nothing_to_do_for_the_machine() throws Exception {
        engine.right = true;
        engine.above = List.of(waiting());
        Ended above = run("plan");
        assertThat(above.code()).isZero();
        assertThat(above.out())
                .contains("AI stack: the machine is kept without it\n  ~ endpoint/anna@model-server")
                .contains("Nothing to do: the machine is as declared.\nAI stack: 0 to make, 1 to change, 0 to remove.")
                .contains("homeostat apply --plan " + EngineDouble.HASH)
                .doesNotContain("Phase", "\nPlan:");
        assertThat(Json.MAPPER
                        .readTree(run("plan", "-o", "json").out())
                        .at("/items/0/layer")
                        .asText())
                .isEqualTo("ai");
        assertThat(run("diff"))
                .satisfies(e -> assertThat(e.code()).isZero())
                .satisfies(e -> assertThat(e.out()).contains("endpoint/anna@model-server"));
        assertThat(run("diff", ENDPOINT.toString()).code())
                .as("who asks for it means it")
                .isEqualTo(2);

        engine.right = false;
        Ended both = run("plan");
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.out())
                .containsSubsequence("Phase 5, deployment", "file//etc/motd", "AI stack:", "endpoint/anna@model-server")
                .contains("Plan: 0 to make, 1 to change, 0 to remove.\nAI stack: 0 to make, 1 to change");
        assertThat(both.out().split("Phase", -1)).hasSize(2);
    }

    @Test
    void a_status_of_the_stack_says_whose_it_is_and_counts_what_nobody_can_use() throws Exception {
        engine.right = true;
        engine.resources = List.of(
                EngineDouble.above("ai/anna@stack", Condition.IN_SYNC, "", true, false),
                EngineDouble.above("model/anna@a", Condition.IN_SYNC, "no room for a larger one", true, false),
                EngineDouble.above("mcp-client/anna@cursor", Condition.IN_SYNC, "is not used here", true, true),
                EngineDouble.above("mcp-client/anna@gemini", Condition.IN_SYNC, "is not used here", true, true));
        Ended status = run("status");
        assertThat(status.code()).isZero();
        assertThat(status.out())
                .contains("AI stack of anna: 4 in sync. 2 of them for what is not on this machine: status -v.")
                .contains("no room for a larger one")
                .doesNotContain("mcp-client");
        assertThat(run("status", "-v").out())
                .contains("mcp-client/anna@cursor", "mcp-client/anna@gemini", "is not used here");
    }

    @Test
    void a_machine_of_which_nothing_is_declared_is_not_told_as_resources() throws Exception {
        engine.right = true;
        engine.machine = false;
        assertThat(run("status").out()).startsWith("This machine is as declared: nothing is declared of it.");
        engine.resources = List.of(EngineDouble.above("ai/anna@stack", Condition.IN_SYNC, "", true, false));
        Ended status = run("status");
        assertThat(status.code()).isZero();
        assertThat(status.out())
                .startsWith("This machine is as declared: nothing is declared of it but the AI stack.")
                .doesNotContain("0 resources");
    }

    @Test
    void what_nobody_has_looked_at_yet_is_not_told_as_drifted() throws Exception {
        engine.right = true;
        engine.resources = List.of(
                EngineDouble.above("ai/anna@stack", Condition.DRIFTED, "not looked at yet", false, false),
                EngineDouble.above("model/anna@a", Condition.DRIFTED, "not looked at yet", false, false));
        assertThat(run("status").out())
                .contains("AI stack of anna: 2 not looked at yet.")
                .doesNotContain("rifted", "kept without it", "model/anna@a", "Look closer");
        assertThat(run("status", "-v").out())
                .containsPattern("model/anna@a +Unknown")
                .doesNotContain("rifted");
        assertThat(run("explain", "ai").out())
                .contains("ai/anna@stack  Unknown for")
                .doesNotContain(", looked at ");
    }

    @Test
    void a_stack_that_is_not_declared_is_explained_by_how_to_have_one() throws Exception {
        Ended none = run("explain", "ai");
        assertThat(none.code()).isZero();
        assertThat(none.err()).isEmpty();
        assertThat(none.out().replace("\n", " "))
                .contains("no AI stack is declared; to have one, write into machine.yaml: ai: {enabled: true}");
        JsonNode json = Json.MAPPER.readTree(run("explain", "ai", "-o", "json").out());
        assertThat(json.path("declared").asBoolean(true)).isFalse();
        assertThat(json.path("reason").asText()).startsWith("no AI stack is declared");
        assertThat(run("explain", "model").code()).as("a mistake all the same").isEqualTo(64);
        OverSocket.given(ControlProfile.SOCKET)
                .get("/v1/resources/ai")
                .then()
                .statusCode(404)
                .body("detail", startsWith("no AI stack is declared"));
        engine.resources = List.of(EngineDouble.above("ai/anna@stack", Condition.IN_SYNC, "", true, false));
        assertThat(run("explain", "ai").out()).startsWith("ai/anna@stack  InSync");
        OverSocket.given(ControlProfile.SOCKET)
                .get("/v1/resources/ai")
                .then()
                .statusCode(200)
                .body("status.id", equalTo("ai/anna@stack"));
    }

    @Test
    void diff_shows_one_resource_in_full() throws Exception {
        Ended diff = run("diff", "file//etc/motd");
        assertThat(diff.code()).isEqualTo(2);
        assertThat(diff.out()).contains("@@ -1,3 +1,3 @@").contains("+two");
        assertThat(run("diff", "service/cron.service").code()).isEqualTo(1);
    }

    @Test
    void files_are_read_by_the_client_as_its_own_user() throws Exception {
        Path good = Files.writeString(ControlProfile.FOLDER.resolve("good.yaml"), "version: 1\n");
        Path bad = Files.writeString(ControlProfile.FOLDER.resolve("bad.yaml"), "verzion: 1\n");
        assertThat(run("validate", good.toString()).code()).isZero();
        Ended invalid = run("validate", bad.toString());
        assertThat(invalid.code()).isEqualTo(1);
        assertThat(invalid.out()).contains(bad + ":1:1: version: is missing");
        assertThat(run("version: 1\n", Map.of(), "plan", "-").code()).isEqualTo(2);
        Ended absent = run("plan", "/no/such/file.yaml");
        assertThat(absent.code()).isEqualTo(1);
        assertThat(absent.err()).contains("/no/such/file.yaml");
    }

    @Test
    void apply_tells_its_steps_and_ends_with_the_status() throws Exception {
        Ended applied = run("apply", "--plan", EngineDouble.HASH);
        assertThat(applied.code()).isZero();
        assertThat(applied.err()).contains("file//etc/motd  write /etc/motd");
        assertThat(applied.out()).contains("This machine is as declared");
        Ended moved = run("apply", "--plan", "other");
        assertThat(moved.code()).isEqualTo(4);
        assertThat(moved.err()).contains("the plan is another by now: file//etc/motd moved");
        assertThat(run("apply", "--no-wait").out()).contains("Accepted");
    }

    @Test
    void explain_tells_all_of_one() throws Exception {
        Ended explained = run("explain", "file//etc/motd");
        assertThat(explained.code()).isZero();
        assertThat(explained.out())
                .contains("declared at /etc/homeostat/machine.yaml:3:5")
                .contains("Declared\n  mode: \"0644\"")
                .contains("Observed\n  mode: \"0600\"")
                .contains("Waited for by service/cron.service");
        Ended unknown = run("explain", "file//etc/passwd");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("file//etc/passwd is not declared");
    }

    @Test
    void the_rest_of_the_words() throws Exception {
        assertThat(run("history").out()).contains("Nothing was done yet.");
        assertThat(run("revisions").out()).contains("abababababab *");
        assertThat(run("revisions", "show", "abababab").out()).isEqualTo("version: 1\n");
        assertThat(run("rollback", "abababab").out()).contains("is in force and held");
        assertThat(run("approve").out()).contains(EngineDouble.PROPOSED).doesNotContain("TOKEN");
        assertThat(run("decline", "x").code()).isEqualTo(1);
        assertThat(run("pause", "file//etc/motd", "--for", "2h", "--reason", "a b")
                        .out())
                .contains("is left alone until");
        assertThat(run("resume", "file//etc/motd").err()).contains("is not paused");
        assertThat(run("reload").code()).isZero();
        assertThat(run("retry", "file//etc/motd").out()).contains("is tried again");
        assertThat(run("retry", "file//etc/none").code()).isEqualTo(1);
        assertThat(run("confirm").out()).contains("generation/system: /nix/store/x stays.");
        assertThat(run("confirm", "file//etc/motd").err()).contains("nothing of file//etc/motd waits");
        assertThat(run("audit").out()).contains("reload");
        assertThat(run("schema").out()).contains("json-schema.org");
        assertThat(run("complete", "resources").out()).isEqualTo("file//etc/motd\nservice/cron.service\n");
        assertThat(run("doctor").out()).contains("loop").contains("goes round");
    }

    @Test
    void a_proposal_is_shown_whole_before_it_is_put_in_place() throws Exception {
        assertThat(run("status").out()).contains("An edit of /etc/homeostat/machine.yaml is proposed");
        Ended shown = run("approve", EngineDouble.PROPOSED);
        assertThat(shown.code()).isEqualTo(2);
        assertThat(shown.out())
                .contains("+files: {}", "write /etc/motd", "homeostat approve " + EngineDouble.PROPOSED + " --yes")
                .doesNotContain("This file is not in place");
        Ended placed = run("approve", EngineDouble.PROPOSED, "--yes");
        assertThat(placed.code()).isZero();
        assertThat(placed.out()).contains("is written", "The way back: homeostat rollback abababababab");
        assertThat(run("decline", EngineDouble.PROPOSED).out()).contains("Declined");
        assertThat(run("approve", "ffffffffffff", "--yes").code()).isEqualTo(1);
    }

    @Test
    void a_wrong_command_line_says_what_would_be_right() throws Exception {
        Ended wrong = run("statsu");
        assertThat(wrong.code()).isEqualTo(64);
        assertThat(wrong.err()).contains("statsu").contains("status").contains("--help");
        assertThat(run().code()).isEqualTo(64);
        assertThat(run("explain", "nonsense").err()).contains("expected kind/name");
        assertThat(run("explain").code()).isEqualTo(64);
        assertThat(run("status", "--timeout", "soon").code()).isEqualTo(64);
    }

    @Test
    void facts_are_a_table_for_people_and_data_for_programs() throws Exception {
        Ended table = run("facts");
        assertThat(table.code()).isZero();
        assertThat(table.out().lines())
                .containsExactly(
                        "FACT                  FOUND",
                        "system                nixos 25.11, x86_64-linux",
                        "processors            8, GenuineIntel",
                        "memory                16.0 GiB",
                        "firmware              uefi",
                        "boot loader           systemd-boot",
                        "room in /nix          20.0 GiB free of 100.0 GiB",
                        "display 0000:00:02.0  8086:9a49, driver i915",
                        "display 0000:01:00.0  10de:1f91, no driver",
                        "microcode             0xa6",
                        "module 0000:00:02.0   i915",
                        "module 0000:01:00.0   nvidia 570.86.16",
                        "nvidia driver         the kernel module is old: reboot",
                        "zswap                 on, zstd, at most 20 % of memory",
                        "zram0                 4.0 GiB, zstd",
                        "zram1                 not set up",
                        "swap /swapfile        1.0 GiB used of 8.0 GiB",
                        "hibernation           needs a swap of 16.0 GiB, 20.0 GiB are better",
                        "nix                   2.26.3, flakes, nix-command");
        String json = run("facts", "-o", "json").out();
        String api = OverSocket.given(ControlProfile.SOCKET).get("/v1/facts").asString();
        assertThat(Json.read(json, JsonNode.class)).isEqualTo(Json.read(api, JsonNode.class));
        assertThat(Json.read(json, JsonNode.class).at("/machine/gpus/0/driver").asText())
                .isEqualTo("i915");
    }

    @Test
    void checks_of_the_machine_are_a_table_for_people_and_data_for_programs() throws Exception {
        Ended table = run("doctor", "--machine");
        assertThat(table.code()).isEqualTo(1);
        assertThat(table.out().lines())
                .containsExactly(
                        "CHECK                         VERDICT  FOUND",
                        "storage: room in /nix         warning  3072 MiB free; collect garbage",
                        "port 80/tcp of container/web  failed   taken by <nginx> & \"others\" #1; stop that",
                        "file, 1                       passed   as declared",
                        "",
                        "1 passed, 1 failed, 1 warning, in 12 ms");
        String json = run("doctor", "--machine", "-o", "json").out();
        String api = OverSocket.given(ControlProfile.SOCKET).get("/v1/checks").asString();
        assertThat(Json.read(json, JsonNode.class)).isEqualTo(Json.read(api, JsonNode.class));
        engine.right = true;
        assertThat(run("doctor", "--machine").code()).isZero();
        assertThat(run("test").code()).isZero();
    }

    @Test
    void checks_are_printed_for_those_who_read_results_of_tests() throws Exception {
        Ended tap = run("test", "--tap");
        assertThat(tap.code()).isEqualTo(1);
        assertThat(tap.out().lines())
                .startsWith("TAP version 14", "1..4", "ok 1 - resource: file//etc/motd")
                .contains(
                        "not ok 3 - port: 80/tcp of container/web",
                        "  evidence: \"taken by <nginx> & \\\"others\\\" #1\"",
                        "ok 4 - check: web");
        Ended junit = run("test", "--junit", "-");
        assertThat(junit.code()).isEqualTo(1);
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        Document document = factory.newDocumentBuilder()
                .parse(new ByteArrayInputStream(junit.out().getBytes(UTF_8)));
        assertThat(document.getDocumentElement().getAttribute("tests")).isEqualTo("4");
        assertThat(document.getDocumentElement().getAttribute("failures")).isEqualTo("1");
        assertThat(((Element) document.getElementsByTagName("failure").item(0)).getAttribute("message"))
                .isEqualTo("taken by <nginx> & \"others\" #1");
        assertThat(run("test", "--tap", "--junit", "-").code()).isEqualTo(64);
    }

    @Test
    void the_last_report_is_a_page_for_people_and_data_for_programs() throws Exception {
        Ended page = run("report");
        assertThat(page.code()).isZero();
        assertThat(page.out())
                .contains("generation/system  in force")
                .contains("switch to /nix/store/b-nixos-system, generation 42")
                .contains("before: /nix/store/a-nixos-system, generation 41")
                .contains("a reboot is needed")
                .contains("the kernel will be 6.12 instead of 6.6")
                .contains("Packages 3 differ, +12.0 MiB")
                .contains("~ firefox 140.0 → 141.0")
                .contains("+ hello 2.12")
                .contains("~ glibc 2.40, built anew")
                .contains("5 deployment")
                .contains("Old generations deleted 12, 13");
        assertThat(Json.read(run("report", "-o", "json").out(), JsonNode.class)
                        .get("number")
                        .asInt())
                .isEqualTo(42);
    }

    @Test
    void deployments_are_listed_with_what_they_would_have_gone_back_to() throws Exception {
        Ended list = run("history", "--deployments");
        assertThat(list.code()).isZero();
        assertThat(list.out().lines().map(l -> l.replaceAll("\\s+", " ")))
                .anySatisfy(l -> assertThat(l).contains("generation/system in force 42 41 /nix/store/b-nixos-system"))
                .anySatisfy(
                        l -> assertThat(l).contains("generation/system rolled back - 41 /nix/store/c-nixos-system"));
        assertThat(run("history", "--deployments", "-n", "1").out()).doesNotContain("rolled back");
        assertThat(run("history", "--deployments", "file//etc/motd").out()).contains("Nothing was deployed yet.");
    }

    @Test
    void the_catalogue_is_a_table_for_people_and_data_for_programs() throws Exception {
        Ended table = run("catalog");
        assertThat(table.code()).isZero();
        assertThat(table.out()).contains("ENTRY").contains("redis").contains("container or service");
        assertThat(Json.MAPPER
                        .readTree(run("catalog", "redis", "-o", "json").out())
                        .at("/ports/0/number")
                        .intValue())
                .isEqualTo(6379);
        assertThat(run("catalog", "redis").out()).contains("services.redis.servers.main.port = 6379");
        Ended unknown = run("catalog", "redit");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("\"redit\" is not in the catalogue: there are automatic-upgrades, ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "plan",
                "diff",
                "apply",
                "validate",
                "watch",
                "explain",
                "history",
                "audit",
                "revisions",
                "rollback",
                "approve",
                "decline",
                "pause",
                "resume",
                "reload",
                "retry",
                "confirm",
                "report",
                "facts",
                "catalog",
                "doctor",
                "test",
                "schema",
                "completion"
            })
    void every_command_explains_itself_with_an_example(String command) throws Exception {
        Ended help = run(command, "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("Usage: homeostat " + command).contains("Example: homeostat " + command);
        assertThat(run("--help").out()).contains("  " + command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void completion_scripts_know_all_commands(String shell) throws Exception {
        Ended script = run("completion", shell);
        assertThat(script.code()).isZero();
        assertThat(script.out()).contains("explain").contains("homeostat complete resources");
    }

    @Test
    void the_bash_script_is_bash_and_completes() throws Exception {
        assertThat(completed("expl")).containsExactly("explain");
        assertThat(completed("knowledge", "")).contains("serve", "follow", "--listen", "--documentation");
        assertThat(completed("mcp", "")).contains("new", "run", "--http");
        assertThat(completed("suggest", "--t")).containsExactly("--timeout");
        assertThat(completed("help", "know")).containsExactly("knowledge");
    }

    /** What bash offers for the last of these words. */
    private static List<String> completed(String... words) throws Exception {
        Path script = Files.writeString(
                ControlProfile.FOLDER.resolve("completion.bash"),
                run("completion", "bash").out());
        List<String> command = new ArrayList<>(List.of(
                "bash",
                "-c",
                "source \"$1\"; shift; COMP_WORDS=(homeostat \"$@\"); COMP_CWORD=$#; _homeostat; echo \"${COMPREPLY[*]}\"",
                "bash",
                script.toString()));
        command.addAll(List.of(words));
        Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return List.of(out.strip().split(" "));
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map(m -> m.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Those of the console, those that the launcher starts by itself, and those of the reference are the same. */
    @Test
    void no_command_is_forgotten_by_completion_help_reference_or_launcher() throws Exception {
        String launcher = Files.readString(Path.of("deploy/root/usr/bin/homeostat"));
        Set<String> apart = found("^([a-z]+)\\)", launcher.substring(launcher.indexOf("case ${1-} in")));
        apart.addAll(found("^case \\$\\{1-} in\n([a-z]+)\\)", launcher));
        String main = Files.readString(Path.of("src/main/java/dev/homeostat/Main.java"));
        assertThat(found("args\\[0]\\.equals\\(\"([a-z]+)\"\\)", main))
                .as("the program does without the launcher")
                .isEqualTo(apart)
                .contains("suggest", "mcp", "knowledge");
        Set<String> all = found("^  ([a-z]+)  ", run("--help").out());
        assertThat(all).contains("status", "help");
        all.addAll(apart);

        Set<String> offered = new TreeSet<>(completed(""));
        offered.removeIf(word -> word.startsWith("-"));
        assertThat(offered).as("bash").isEqualTo(all);
        assertThat(found(
                        "^        ([a-z]+)\\) compadd", run("completion", "zsh").out()))
                .as("zsh")
                .isEqualTo(all);
        String fish = run("completion", "fish").out();
        assertThat(found("-n __fish_use_subcommand -a ([a-z]+) ", fish))
                .as("fish")
                .isEqualTo(all);
        String page = Files.readString(Path.of("docs/reference/cli.md"));
        String table = page.substring(page.indexOf("| command |"), page.indexOf("## Options of all commands"));
        assertThat(found("`([a-z]+)[` ]", table)).as("the reference").isEqualTo(all);
        for (String command : apart) {
            assertThat(run("help", command).out()).startsWith("Usage: homeostat " + command);
        }

        // words that follow one of them; those of the console are taken from its own commands
        Pattern second = Pattern.compile("`(" + String.join("|", apart) + ") ([a-z]+)[` ]");
        second.matcher(page).results().forEach(m -> {
            String command = m.group(1);
            String word = m.group(2);
            assertThat(found("-n '__fish_seen_subcommand_from " + command + "' -a '(.*)'", fish))
                    .as(command + " " + word)
                    .anySatisfy(words -> assertThat(words.split(" ")).contains(word));
        });
        assertThat(found("subcommand_from (?:knowledge|mcp|model|inputs|revisions)' -a '(.*)'", fish))
                .containsExactlyInAnyOrder("follow serve", "new run", "check fetch", "restore update", "show");
    }

    @Test
    void watch_shows_events_and_ends_when_interrupted() throws Exception {
        int before = engine.listening();
        Process watch = start(Map.of(), "watch");
        ApiTest.await(() -> engine.listening() == before + 1);
        engine.tell(
                new Event(1, Instant.now(), "noticed", Optional.of(EngineDouble.MOTD), "IN_MODIFY \u001b[31m evil"));
        BufferedReader out = watch.inputReader();
        assertThat(out.readLine())
                .contains("noticed")
                .contains("file//etc/motd")
                .contains("\\u001b[31m evil");
        watch.destroy();
        assertThat(watch.waitFor()).isEqualTo(143);
        engine.tell(new Event(2, Instant.now(), "noticed", Optional.empty(), "to nobody"));
        engine.tell(new Event(3, Instant.now(), "noticed", Optional.empty(), "to nobody"));
        ApiTest.await(() -> {
            engine.tell(new Event(4, Instant.now(), "noticed", Optional.empty(), "to nobody"));
            return engine.listening() == before;
        });
    }

    @Test
    void a_reader_that_leaves_ends_the_client_quietly() throws Exception {
        Process watch = start(Map.of(), "watch");
        int before = engine.listening();
        ApiTest.await(() -> engine.listening() >= Math.max(1, before));
        watch.getInputStream().close();
        ApiTest.await(() -> {
            engine.tell(new Event(1, Instant.now(), "noticed", Optional.empty(), "x"));
            return !watch.isAlive();
        });
        assertThat(watch.exitValue()).isEqualTo(141);
    }

    @Test
    void a_time_out_is_told_by_its_exit_code() throws Exception {
        Ended late = run("watch", "--timeout", "300ms");
        assertThat(late.code()).isEqualTo(124);
        assertThat(late.err()).contains("not done within 300ms");
    }

    @Test
    void without_a_daemon_it_says_what_was_tried_and_what_to_do() throws Exception {
        Map<String, String> nowhere = Map.of("HOMEOSTAT_SOCKET", "/nowhere/control.sock");
        Ended alone = run("", nowhere, "status");
        assertThat(alone.code()).isEqualTo(69);
        assertThat(alone.err()).contains("/nowhere/control.sock").contains("systemctl start homeostat");
        for (String command : List.of("schema", "facts", "catalog", "doctor", "--version", "help")) {
            Ended offline = run("", nowhere, command);
            assertThat(offline.code()).isEqualTo(125);
            assertThat(offline.err()).isEmpty();
            assertThat(Offline.can(command)).isTrue();
        }
    }

    /** The daemon opens nothing that a client names; these commands read and write files as whoever gives them. */
    @Test
    void what_reads_and_writes_files_is_never_sent_to_the_daemon() throws Exception {
        for (List<String> command : List.of(List.of("init", "-"), List.of("import", "--vars", "/etc/shadow"))) {
            Ended alone = run(command.toArray(new String[0]));
            assertThat(alone.code()).isEqualTo(125);
            assertThat(alone.out() + alone.err()).isEmpty();
            String answer = OverSocket.given(ControlProfile.SOCKET)
                    .contentType("application/json")
                    .body(Json.write(Map.of("args", command, "columns", 0, "color", false, "files", Map.of())))
                    .post("/v1/console")
                    .asString();
            assertThat(answer)
                    .contains("e homeostat: " + command.getFirst() + " is not done by the daemon")
                    .contains("x 1");
        }
    }

    @Test
    void colours_only_on_a_terminal() throws Exception {
        String body = Json.write(Map.of("args", List.of("status"), "columns", 60, "color", true, "files", Map.of()));
        String answer = OverSocket.given(ControlProfile.SOCKET)
                .contentType("application/json")
                .body(body)
                .post("/v1/console")
                .asString();
        assertThat(answer).contains("\u001b[31mThis machine is not as declared").endsWith("x 3\n");
    }
}
