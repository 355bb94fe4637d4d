package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.control.Contract;
import dev.homeostat.control.Contract.Sample;
import dev.homeostat.resource.Json;
import dev.homeostat.system.Machine.Answer;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The installed daemon on a real machine answers as the OpenAPI document says: every success with real data, and every refusal
 * that depends on the machine or on who asks. What any request can do wrong is in dev.homeostat.control.ContractTest.
 */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ContractSystemTest {
    private static final Path SOCKET = Path.of("/run/homeostat/control.sock");
    private static final Path STATE = Path.of("/var/lib/homeostat");
    private static final Path OS_RELEASE = Path.of("/etc/os-release");
    /** Need a declared system: shown on the kind in OrdersSystemTest and GitSourceSystemTest, as answers in ContractTest. */
    private static final Set<String> OF_A_SYSTEM = Set.of(
            "POST /v1/poll 200",
            "POST /v1/poll 422",
            "POST /v1/deploy 202",
            "POST /v1/deploy 422",
            "DELETE /v1/deploy 409",
            "DELETE /v1/deploy 422",
            "GET /v1/inputs 409",
            "GET /v1/inputs 422",
            "POST /v1/inputs/update 200",
            "POST /v1/inputs/update 422",
            "POST /v1/inputs/restore 200",
            "POST /v1/inputs/restore 422");

    private static final String A = "file%2F%2Fetc%2Fcontract%2Fa";
    private static final String B = "file%2F%2Fetc%2Fcontract%2Fb";
    private static final String C = "file%2F%2Fetc%2Fcontract%2Fc";
    private static final String GHOST = "ghost";
    /** What the other test shows on a server without a machine: the request itself is wrong, or the daemon. */
    private static final Set<String> SHOWN_ELSEWHERE = Set.of("400", "406", "413", "415", "500", "503");

    private static final String FULL = """
            version: 1
            policy: {removal: ask, paused: {file//etc/contract/c: {reason: a test}}}
            files:
              /etc/contract/a: {content: x}
              /etc/contract/b: {content: x}
              /etc/contract/c: {content: x}
              /etc/contract/d: {content: x}
              /etc/contract/e: {content: x}
            services:
              systemd-journald.service: {state: running}
            """;
    private static final String LESS =
            FULL.replace("  /etc/contract/d: {content: x}\n", "").replace("  /etc/contract/e: {content: x}\n", "");

    private Contract contract;

    @AfterAll
    static void leaveNothing() {
        Machine.stop();
        run("umount", STATE.toString());
        run("rm", "-rf", "/etc/contract");
        run("userdel", "--remove", GHOST);
    }

    private Response sends(int status, String operation, Sample sample) {
        Response answer = contract.send(operation, sample, "");
        assertThat(answer.statusCode())
                .as("%s: %s", operation, answer.asString())
                .isEqualTo(status);
        return answer;
    }

    private void gets(int status, String path) {
        sends(status, "GET " + path.replaceAll("\\?.*", ""), Sample.of(path));
    }

    private void posts(int status, String path, String body) {
        sends(status, "POST " + path, body.isEmpty() ? Sample.of(path) : Sample.json(path, body));
    }

    @Test
    void every_answer_is_as_documented() throws Exception {
        Machine.stop();
        run("rm", "-rf", STATE.toString());
        Files.createDirectories(STATE);
        does("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", STATE.toString());
        does("useradd", "--create-home", GHOST);
        declare("version: 1\nusers: {" + GHOST + ": {files: {~/a: {content: x}}}}\n");
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        awaitRight();
        String haunted = revision();
        declare("version: 1\n");
        awaitRight();
        does("userdel", "--remove", GHOST);
        declare(FULL);
        awaitRight();
        contract = Contract.of(SOCKET);

        reads();
        refusals(haunted);
        strangers();
        changes();
        onAFullDisk();

        Set<String> missing = new TreeSet<>(contract.answers());
        missing.removeAll(
                Set.of("POST /v1/confirm 200", "POST /v1/confirm 409")); // needs a deployment: ConfirmSystemTest
        missing.removeIf(answer -> SHOWN_ELSEWHERE.contains(answer.substring(answer.lastIndexOf(' ') + 1)));
        missing.removeAll(contract.seen());
        missing.removeAll(OF_A_SYSTEM);
        assertThat(missing).as("documented and never seen").isEmpty();
    }

    private static String revision() {
        return does("bash", "-c", "homeostat status -o json | jq -r .revision.id");
    }

    private void reads() {
        for (String path : List.of(
                "/v1/status",
                "/v1/version",
                "/v1/facts",
                "/v1/checks",
                "/v1/inputs",
                "/v1/resources?condition=InSync",
                "/v1/history",
                "/v1/audit",
                "/v1/deployments",
                "/v1/plan",
                "/v1/revisions",
                "/v1/approvals",
                "/v1/proposals",
                "/v1/pauses",
                "/v1/schema",
                "/v1/openapi",
                "/q/metrics",
                "/q/health",
                "/q/health/live",
                "/q/health/ready",
                "/q/health/started")) {
            gets(200, path);
        }
        for (String id : List.of(A, "service%2Fsystemd-journald.service")) {
            sends(200, "GET /v1/resources/{id}", Sample.of("/v1/resources/" + id));
        }
        sends(200, "GET /v1/revisions/{id}", Sample.of("/v1/revisions/" + revision()));
        sends(200, "POST /v1/plan", Sample.yaml("/v1/plan", LESS));
        sends(200, "POST /v1/validate", Sample.yaml("/v1/validate", "fils: {}\n"));
        posts(200, "/v1/console", "{\"args\":[\"status\",\"-v\"],\"columns\":80,\"color\":false}");
        Answer events =
                run("curl", "-s", "-i", "-m", "1", "--unix-socket", SOCKET.toString(), "http://localhost/v1/events");
        assertThat(events.output()).startsWith("HTTP/1.1 200");
        contract.check("GET /v1/events", 200, header(events.output(), "content-type"), "a stream");
    }

    private static String header(String answer, String name) {
        return answer.lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    private void refusals(String haunted) throws Exception {
        sends(404, "GET /v1/resources/{id}", Sample.of("/v1/resources/file%2F%2Fetc%2Fnothing"));
        sends(404, "GET /v1/revisions/{id}", Sample.of("/v1/revisions/ffffffff"));
        posts(404, "/v1/rollback", "{\"revision\":\"ffffffff\"}");
        posts(404, "/v1/approve", "{\"token\":\"ffffffff\"}");
        posts(404, "/v1/decline", "{\"token\":\"ffffffff\"}");
        sends(404, "GET /v1/proposals/{hash}", Sample.of("/v1/proposals/ffffffff"));
        sends(404, "POST /v1/proposals/{hash}/approve", Sample.of("/v1/proposals/ffffffff/approve"));
        sends(404, "DELETE /v1/proposals/{hash}", Sample.of("/v1/proposals/ffffffff"));
        proposes(409, FULL);
        proposes(422, "fils: {}\n");
        posts(404, "/v1/confirm", "{}");
        sends(404, "POST /v1/retry/{id}", Sample.of("/v1/retry/file%2F%2Fetc%2Fnothing"));
        sends(404, "PUT /v1/pauses/{id}", Sample.json("/v1/pauses/file%2F%2Fetc%2Fnothing", "{\"reason\":\"a test\"}"));
        sends(404, "DELETE /v1/pauses/{id}", Sample.of("/v1/pauses/" + A));
        sends(409, "DELETE /v1/pauses/{id}", Sample.of("/v1/pauses/" + C));
        posts(404, "/v1/apply", "{\"only\":[\"file//etc/nothing\"]}");
        posts(412, "/v1/apply", "{\"plan\":\"00\"}");
        posts(409, "/v1/poll", "");
        posts(409, "/v1/deploy", "{\"path\":\"/nix/store/x\"}");
        posts(409, "/v1/inputs/update", "{}");
        posts(409, "/v1/inputs/restore", "");
        withoutAName();
        sends(422, "POST /v1/plan", Sample.yaml("/v1/plan", "fils: {}\n"));
        posts(422, "/v1/rollback", "{\"revision\":\"" + haunted + "\"}");
        declare("version: 1\nfils: {}\n");
        gets(422, "/v1/plan");
        posts(422, "/v1/apply", "{}");
        declare(FULL.replace("policy: {", "policy: {apply: ask, "));
        await("it is read", () -> run("homeostat", "status").output().contains("waits for"));
        posts(409, "/v1/apply", "{\"only\":[\"file//etc/contract/a\"]}");
        Files.delete(Machine.DECLARATION);
        gets(404, "/v1/plan");
        posts(404, "/v1/proposals", "{\"file\":\"more.yaml\",\"content\":\"version: 1\\n\",\"why\":\"a test\"}");
        declare(FULL);
        awaitRight();
    }

    /** What is always there is not what it should be. */
    private void withoutAName() throws IOException {
        Path kept = Files.move(OS_RELEASE, OS_RELEASE.resolveSibling("os-release.kept"));
        try {
            Files.writeString(OS_RELEASE, "no distribution\n");
            gets(409, "/v1/facts");
        } finally {
            Files.move(kept, OS_RELEASE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** As somebody whom the socket's mode lets in, and who may only read. */
    private void strangers() throws Exception {
        does("chmod", "o+rw", SOCKET.toString());
        Map<String, Sample> changes = new TreeMap<>(Map.of(
                "POST /v1/poll", Sample.of("/v1/poll"),
                "POST /v1/test", Sample.of("/v1/test"),
                "POST /v1/deploy", Sample.json("/v1/deploy", "{\"path\":\"/nix/store/x\"}"),
                "DELETE /v1/deploy", Sample.of("/v1/deploy"),
                "POST /v1/inputs/update", Sample.json("/v1/inputs/update", "{}"),
                "POST /v1/inputs/restore", Sample.of("/v1/inputs/restore")));
        changes.putAll(Map.of(
                "POST /v1/plan", Sample.yaml("/v1/plan", "version: 1\n"),
                "POST /v1/apply", Sample.json("/v1/apply", "{}"),
                "POST /v1/reload", Sample.of("/v1/reload"),
                "POST /v1/retry/{id}", Sample.of("/v1/retry/file%2F%2Fetc%2Fcontract%2Fnone"),
                "POST /v1/rollback", Sample.json("/v1/rollback", "{\"revision\":\"" + revision() + "\"}"),
                "POST /v1/approve", Sample.json("/v1/approve", "{\"token\":\"ffffffff\"}"),
                "POST /v1/decline", Sample.json("/v1/decline", "{\"token\":\"ffffffff\"}"),
                "POST /v1/confirm", Sample.json("/v1/confirm", "{}"),
                "PUT /v1/pauses/{id}", Sample.json("/v1/pauses/" + A, "{\"reason\":\"a test\"}"),
                "DELETE /v1/pauses/{id}", Sample.of("/v1/pauses/" + A)));
        changes.putAll(Map.of(
                "POST /v1/proposals", proposal("version: 1\n"),
                "GET /v1/proposals/{hash}", Sample.of("/v1/proposals/ffffffff"),
                "POST /v1/proposals/{hash}/approve", Sample.of("/v1/proposals/ffffffff/approve"),
                "DELETE /v1/proposals/{hash}", Sample.of("/v1/proposals/ffffffff")));
        for (Map.Entry<String, Sample> change : changes.entrySet()) {
            assertThat(asStranger(change.getKey(), change.getValue()))
                    .as(change.getKey())
                    .isEqualTo(403);
        }
        for (String operation : contract.operations()) { // and what may be read may be read by him too
            if (operation.startsWith("GET") && !operation.contains("{") && !operation.equals("GET /v1/events")) {
                assertThat(asStranger(operation, Sample.of(operation.substring("GET ".length()))))
                        .as(operation)
                        .isEqualTo(200);
            }
        }
        does("chmod", "o-rw", SOCKET.toString());
    }

    private int asStranger(String operation, Sample sample) {
        List<String> curl = new ArrayList<>(
                List.of("curl", "-s", "-m", "10", "-X", operation.split(" ")[0]));
        if (!sample.type().isEmpty()) {
            curl.addAll(List.of("-H", "content-type: " + sample.type(), "--data-binary", sample.body()));
        }
        curl.addAll(List.of("-w", "\n%{http_code} %{content_type}", "--unix-socket", SOCKET.toString()));
        curl.add("http://localhost" + sample.path());
        String output = asApp(curl.toArray(String[]::new)).output();
        int end = output.lastIndexOf('\n');
        String[] told = output.substring(end + 1).split(" ", 2);
        int status = Integer.parseInt(told[0]);
        contract.check(operation, status, told[1], output.substring(0, end));
        return status;
    }

    private static Sample proposal(String content) {
        return Sample.json("/v1/proposals", Json.write(Map.of("content", content, "why", "a test")));
    }

    private Response proposes(int status, String content) {
        return sends(status, "POST /v1/proposals", proposal(content));
    }

    private String proposed(String content) {
        return proposes(200, content).jsonPath().getString("proposal.hash");
    }

    /** One that is shown, declined, moved away from, no longer valid, not ours to write, and put in place. */
    private void proposals() throws Exception {
        String one = proposed(LESS);
        sends(200, "GET /v1/proposals/{hash}", Sample.of("/v1/proposals/" + one));
        gets(200, "/v1/proposals");
        sends(200, "DELETE /v1/proposals/{hash}", Sample.of("/v1/proposals/" + one));
        String moved = proposed(LESS + "# one\n");
        declare(FULL + "# edited\n");
        for (String operation : List.of("GET /v1/proposals/{hash}", "POST /v1/proposals/{hash}/approve")) {
            String end = operation.endsWith("approve") ? "/approve" : "";
            sends(412, operation, Sample.of("/v1/proposals/" + moved + end));
        }
        declare(FULL);
        awaitRight();
        String clash = proposed(
                FULL.replace("/etc/contract/e: {content: x}", "/etc/contract/e: {content: x, mode: \"0600\"}"));
        declare(Machine.DECLARATION_FOLDER.resolve("more.yaml"), "files: {/etc/contract/e: {mode: \"0640\"}}\n");
        for (String operation : List.of("GET /v1/proposals/{hash}", "POST /v1/proposals/{hash}/approve")) {
            String end = operation.endsWith("approve") ? "/approve" : "";
            sends(422, operation, Sample.of("/v1/proposals/" + clash + end));
        }
        Files.delete(Machine.DECLARATION_FOLDER.resolve("more.yaml"));
        Path elsewhere = Files.move(Machine.DECLARATION, Machine.DECLARATION.resolveSibling("machine.kept"));
        Files.createSymbolicLink(Machine.DECLARATION, elsewhere);
        sends(409, "POST /v1/proposals/{hash}/approve", Sample.of("/v1/proposals/" + clash + "/approve"));
        Files.delete(Machine.DECLARATION);
        Files.move(elsewhere, Machine.DECLARATION);
        sends(200, "POST /v1/proposals/{hash}/approve", Sample.of("/v1/proposals/" + clash + "/approve"));
        assertThat(Machine.content(Machine.DECLARATION)).contains("0600");
        declare(FULL);
        awaitRight();
    }

    private void changes() throws Exception {
        proposals();
        posts(200, "/v1/apply", "{\"wait\":\"10s\"}");
        posts(200, "/v1/test", "");
        posts(202, "/v1/reload", "");
        sends(204, "DELETE /v1/deploy", Sample.of("/v1/deploy"));
        sends(202, "POST /v1/retry/{id}", Sample.of("/v1/retry/" + A));
        sends(200, "PUT /v1/pauses/{id}", Sample.json("/v1/pauses/" + B, "{\"reason\":\"a test\",\"for\":\"1h\"}"));
        gets(200, "/v1/pauses");
        sends(204, "DELETE /v1/pauses/{id}", Sample.of("/v1/pauses/" + B));
        declare(LESS);
        await("removals wait", () -> run("homeostat", "approve").output().contains("/etc/contract/e"));
        gets(200, "/v1/approvals");
        gets(200, "/v1/status");
        gets(200, "/v1/plan");
        posts(200, "/v1/approve", "{\"token\":\"file//etc/contract/d\"}");
        posts(200, "/v1/decline", "{\"token\":\"file//etc/contract/e\"}");
        await("it is gone", () -> Files.notExists(Path.of("/etc/contract/d")));
        posts(200, "/v1/rollback", "{\"revision\":\"" + revision() + "\"}");
        gets(200, "/v1/history");
        gets(200, "/v1/audit");
        declare("version: 1\n");
        declare(FULL);
        awaitRight();
    }

    private void onAFullDisk() throws Exception {
        declare(LESS);
        await("removals wait", () -> run("homeostat", "approve").output().contains("/etc/contract/d"));
        run("dd", "if=/dev/zero", "of=" + STATE.resolve("filler"), "bs=4096");
        posts(409, "/v1/approve", "{\"token\":\"file//etc/contract/d\"}");
        posts(409, "/v1/decline", "{\"token\":\"file//etc/contract/d\"}");
        proposes(409, LESS + "# for a full disk\n");
        sends(409, "PUT /v1/pauses/{id}", Sample.json("/v1/pauses/" + B, "{\"reason\":\"a test\"}"));
        gets(200, "/q/metrics");
        Files.delete(STATE.resolve("filler"));
    }
}
