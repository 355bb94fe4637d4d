package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.unit;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A secret is where it was declared to be, and nowhere else: everything there is gets searched. */
@Tag("system")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class SecretsSystemTest {
    private static final String SECRET = "hunter2-0f8b1c5d";
    private static final String FORMER = "former-5a1e77c3";
    private static final Path FILE = Path.of("/srv/secrets/token");
    private static final Path ENVIRONMENT = Path.of("/srv/secrets/app.env");
    private static final Path STATE = Path.of("/var/lib/homeostat");
    /** docs/reference/security.md says the same. */
    private static final Pattern DOCUMENTED = Pattern.compile("exposure level of ([0-9.]+)");

    private static final String YAML = """
            version: 1
            files:
              /srv/secrets: {type: folder, mode: "0711"}
              /srv/secrets/token: {content: "%s\\n", sensitive: true, mode: "0600"}
              /srv/secrets/app.env: {content: "PASSWORD=%s\\n", sensitive: true, mode: "0600"}
            containers:
              secret-app:
                image: localhost/busybox:1
                command: [sleep, "1000"]
                environmentFiles: [/srv/secrets/app.env]
            """.formatted(SECRET, SECRET);

    private static final Set<String> ARGUMENTS = new ConcurrentSkipListSet<>();
    /** Shorter than any process lives, and the machine has other things to do, too. */
    private static final Duration SAMPLE_EVERY = Duration.ofMillis(2);

    private static final AtomicBoolean SAMPLING = new AtomicBoolean(true);
    private static Thread sampler;

    @BeforeAll
    static void declareSecrets() throws Exception {
        Machine.images();
        sampler = Thread.ofPlatform().name("arguments").start(SecretsSystemTest::sample);
        Files.createDirectories(FILE.getParent());
        Files.writeString(FILE, FORMER + "\n"); // somebody's secret that is replaced, and kept
        Machine.startAnew(YAML);
        awaitRight();
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        SAMPLING.set(false);
        sampler.join();
        declare("version: 1\n");
        run("systemctl", "reset-failed", "homeostat.service");
        run("systemctl", "start", "homeostat.service");
        homeostat("apply");
        Machine.stop();
        run("rm", "-rf", FILE.getParent().toString());
    }

    /** Arguments and environment of every process there ever is, as far as they live longer than a look. */
    private static void sample() {
        while (SAMPLING.get()) {
            ProcessHandle.allProcesses().forEach(process -> {
                for (String what : List.of("cmdline", "environ")) {
                    try {
                        String text =
                                Files.readString(Path.of("/proc", Long.toString(process.pid()), what), ISO_8859_1);
                        boolean inContainer = what.equals("environ") && text.contains("container=podman");
                        if (!inContainer && (text.contains(SECRET) || text.contains(FORMER))) {
                            ARGUMENTS.add(what + " of " + text.replace('\0', ' '));
                        }
                    } catch (IOException gone) {
                        // it ended: nothing to look at
                    }
                }
            });
            LockSupport.parkNanos(SAMPLE_EVERY.toNanos());
        }
    }

    @Test
    void a_secret_is_nowhere_but_in_its_file() throws Exception {
        // drift, a failing edit, an edit, a roll back, plans: whatever writes messages
        for (String text : List.of("edited\n", SECRET + " and more\n")) {
            Files.writeString(FILE, text);
            await("put right", () -> Files.readString(FILE).equals(SECRET + "\n"));
        }
        homeostat("pause", "file//srv/secrets/token", "--for", "1h");
        Files.writeString(FILE, FORMER + "\n");
        List<String> said = new ArrayList<>();
        for (String command : List.of(
                "status",
                "status -v",
                "plan",
                "plan -o json",
                "diff",
                "history -o json",
                "revisions -o json",
                "explain file//srv/secrets/token",
                "explain container/secret-app",
                "explain -o json file//srv/secrets/app.env",
                "audit",
                "doctor",
                "approve")) {
            said.add(homeostat(command.split(" ")).output());
        }
        homeostat("resume", "file//srv/secrets/token");
        awaitRight();
        said.addAll(answers());
        assertThat(said).noneMatch(text -> text.contains(SECRET) || text.contains(FORMER));
        declare(YAML.replace("mode: \"0711\"", "mod: \"" + SECRET + "\"")
                .replace("sensitive: true", "sensitive: perhaps"));
        await("refused", () -> homeostat("status").output().contains("perhaps"));
        said.add(homeostat("status").output() + answers());
        declare(YAML);
        awaitRight();
        assertThat(said.getLast()).doesNotContain(FORMER);

        String journal = does("journalctl", "--no-pager", "-o", "export", "-a");
        assertThat(journal).doesNotContain(FORMER);
        assertThat(journal.lines().filter(line -> line.contains(SECRET)))
                .as("in the machine's journal")
                .isEmpty();
        assertThat(files(
                        "/tmp",
                        "/var/tmp",
                        "/run/homeostat",
                        "/run/systemd/generator",
                        "/run/systemd/transient",
                        "/etc/containers",
                        "/etc/systemd",
                        "/var/lib/homeostat",
                        "/var/log"))
                .allMatch(found -> found.startsWith(STATE.resolve("kept").toString()), "is a kept former content");
        assertThat(ARGUMENTS).as("arguments and environments of processes").isEmpty();
    }

    @Test
    void what_was_replaced_is_kept_for_root_only() throws Exception {
        List<Path> kept;
        try (var all = Files.walk(STATE)) {
            kept = all.toList();
        }
        assertThat(kept).hasSizeGreaterThan(4);
        for (Path path : kept) {
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
            assertThat(mode.substring(3)).as(path.toString()).isEqualTo("------");
        }
        assertThat(asApp("cat", STATE.resolve("journal.db").toString()).exit()).isNotZero();
        assertThat(files(STATE.resolve("kept").toString()))
                .as("the content that was there before is not lost")
                .isNotEmpty();
    }

    @Test
    void a_daemon_that_is_aborted_leaves_no_memory_behind() throws Exception {
        for (String signal : List.of("ABRT", "SEGV")) {
            awaitRight();
            String pid = unit("MainPID", "homeostat.service");
            assertThat(does("grep", "Max core file size", "/proc/" + pid + "/limits"))
                    .contains(" 0 ");
            assertThat(Files.getAttribute(Path.of("/proc", pid), "unix:uid")).isEqualTo(0);
            run("kill", "-" + signal, pid);
            await("another daemon", () -> {
                String now = unit("MainPID", "homeostat.service");
                return !now.equals(pid)
                        && !now.equals("0")
                        && homeostat("status").exit() == 0;
            });
            try (var top = Files.list(Path.of("/"))) {
                assertThat(top.map(p -> p.getFileName().toString()))
                        .noneMatch(name -> name.matches("core.*|hs_err.*|javacore.*|replay.*"));
            }
            assertThat(files("/tmp", "/var/tmp", "/var/crash", "/var/lib/systemd/coredump"))
                    .isEmpty();
            assertThat(run(
                                    "find",
                                    "/tmp",
                                    "/var/tmp",
                                    "/var/crash",
                                    "/var/lib/homeostat",
                                    "-name",
                                    "hs_err*",
                                    "-o",
                                    "-name",
                                    "core*")
                            .output()
                            .lines()
                            .filter(line -> !line.contains("No such file")))
                    .isEmpty();
        }
    }

    private static String unpackedInTmp() {
        return run("sh", "-c", "ls -d /tmp/*sqlite* /tmp/homeostat-verify* /tmp/*netty* 2>&- | sort")
                .line();
    }

    @Test
    void a_killed_daemon_leaves_nothing_in_tmp() throws Exception {
        String before = unpackedInTmp();
        String pid = unit("MainPID", "homeostat.service");
        Files.writeString(STATE.resolve("tmp/left-by-" + pid), "x");
        run("kill", "-KILL", pid);
        await("another daemon", () -> {
            String now = unit("MainPID", "homeostat.service");
            return !now.equals(pid) && !now.equals("0") && homeostat("status").exit() == 0;
        });
        assertThat(Files.exists(STATE.resolve("tmp/left-by-" + pid))).isFalse();
        try (var files = Files.list(STATE.resolve("tmp"))) {
            assertThat(files.count()).as("only what this daemon unpacked").isLessThanOrEqualTo(2);
        }
        assertThat(unpackedInTmp())
                .as("besides what the tests themselves have there")
                .isEqualTo(before);
    }

    @Test
    void the_unit_is_as_closed_as_the_documentation_says() throws Exception {
        String page = Files.readString(Path.of("docs/reference/security.md"));
        Matcher documented = DOCUMENTED.matcher(page);
        assertThat(documented.find())
                .as("docs/reference/security.md names the figure")
                .isTrue();
        String said = run("systemd-analyze", "security", "--no-pager", "homeostat.service")
                .output();
        Matcher measured = Pattern.compile("Overall exposure level for homeostat.service: ([0-9.]+)")
                .matcher(said);
        assertThat(measured.find()).as(said).isTrue();
        assertThat(Double.parseDouble(measured.group(1))).isLessThanOrEqualTo(Double.parseDouble(documented.group(1)));
    }

    /** What every GET of the API says. */
    private static List<String> answers() throws Exception {
        JsonNode api = Json.MAPPER.readTree(get("/v1/openapi?format=json"));
        List<String> answers = new ArrayList<>();
        String revision = Json.MAPPER.readTree(get("/v1/revisions")).at("/0/id").asText();
        for (Map.Entry<String, JsonNode> path : api.get("paths").properties()) {
            if (path.getValue().has("get") && !path.getKey().equals("/v1/events")) {
                for (String value : List.of(
                        "file//srv/secrets/token", "file//srv/secrets/app.env", "container/secret-app", revision)) {
                    answers.add(get(path.getKey().replaceAll("\\{[^}]*}", value)));
                }
            }
        }
        answers.add(get("/q/metrics") + get("/q/health"));
        assertThat(answers).hasSizeGreaterThan(40).anyMatch(a -> a.contains("/srv/secrets/token"));
        return answers;
    }

    private static String get(String path) {
        return does("curl", "-s", "--unix-socket", "/run/homeostat/control.sock", "http://localhost" + path);
    }

    /** Regular files with one of the secrets in them. */
    private static Set<String> files(String... folders) throws IOException {
        Set<String> found = new TreeSet<>();
        for (String folder : folders) {
            if (!Files.isDirectory(Path.of(folder))) {
                continue;
            }
            Files.walkFileTree(Path.of(folder), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (attributes.isRegularFile() && attributes.size() < 256L << 20) {
                        String text = Files.readString(file, ISO_8859_1);
                        if (text.contains(SECRET) || text.contains(FORMER)) {
                            found.add(file.toString());
                        }
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE; // it was taken away meanwhile
                }
            });
        }
        return found;
    }
}
