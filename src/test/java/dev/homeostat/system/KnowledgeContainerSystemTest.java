package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.knowledge.KnowledgeClient;
import dev.homeostat.knowledge.KnowledgeContract;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The contract with a knowledge base in a container that is declared in the place of ours: here the same program, in an image
 * that is made of this machine's own files.
 */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KnowledgeContainerSystemTest implements KnowledgeContract {
    private static final String IMAGE = "localhost/aidb:1";
    private static final KnowledgeClient CLIENT = new KnowledgeClient(URI.create("http://localhost:8095"));
    private static final String YAML = """
            version: 1
            policy: {resync: 1d, backoff: {initial: 200ms, limit: 1s}}
            containers:
              aidb:
                image: localhost/aidb:1
                networks: [host]
                command: [/usr/lib/homeostat/java, "@/usr/lib/homeostat/knowledge.args", -Dorg.sqlite.lib.path=/usr/lib/homeostat, -cp, "%s", dev.homeostat.knowledge.Knowledge, serve, --listen, "127.0.0.1:8095", --state, /state]
            ai:
              enabled: true
              user: app
              profile: "off"
              server: {enabled: false}
              mcp: {enabled: false}
              skills: {enabled: false}
              knowledge: {container: aidb, port: 8095}
              documents: {aidbnotes: {folder: ~/aidbnotes}}
            """;
    /** What a JVM needs, and nothing else. */
    private static final String MAKE_IMAGE = """
            java=$(readlink -f /usr/lib/homeostat/java); home=${java%/bin/java}
            ldd "$java" "$home/lib/server/libjvm.so" "$home"/lib/lib{java,net,nio,zip,jimage,jli}.so \\
                    /usr/lib/homeostat/libsqlitejdbc.so |
                grep -o '/[^ ]* (0x' | cut -d ' ' -f 1 | grep -v jvm | sort -u >/tmp/aidb-libraries
            mkdir -p /tmp/aidb-root/state /tmp/aidb-root/tmp /tmp/aidb-root/etc
            cp /etc/passwd /tmp/aidb-root/etc/
            tar -chf /tmp/aidb.tar -T /tmp/aidb-libraries
            tar -C / -rf /tmp/aidb.tar --exclude=jmods --exclude='*.aot' "${home#/}" etc/java-25-openjdk \\
                usr/lib/homeostat/java usr/lib/homeostat/knowledge.args usr/lib/homeostat/app \\
                usr/lib/homeostat/libsqlitejdbc.so
            tar -C /tmp/aidb-root -rf /tmp/aidb.tar state tmp etc
            """;

    @BeforeAll
    static void start() throws Exception {
        run("systemctl", "stop", "homeostat-knowledge.service");
        if (run("podman", "image", "exists", IMAGE).exit() != 0) {
            does("bash", "-euc", MAKE_IMAGE);
            does("podman", "import", "--quiet", "/tmp/aidb.tar", IMAGE);
            does("rm", "-rf", "/tmp/aidb.tar", "/tmp/aidb-root", "/tmp/aidb-libraries");
        }
        assertThat(Machine.asApp("sh", "-c", "mkdir -p ~/aidbnotes; echo inthecontainer >~/aidbnotes/a.md")
                        .exit())
                .isZero();
        Machine.startAnew(YAML.formatted(jars()));
        awaitRight();
        await("it answers", () -> {
            try {
                return CLIENT.get("/readyz").status() == 200;
            } catch (IOException e) {
                return false; // it does not listen yet
            }
        });
    }

    /** As the launcher has it: what else lies there would be loaded, too. */
    private static String jars() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/usr/lib/homeostat/app/lib/main"))) {
            return Stream.concat(
                            Stream.of("/usr/lib/homeostat/app/app/homeostat.jar"),
                            files.map(Path::toString)
                                    .filter(
                                            file -> file.matches(
                                                    ".*/(org\\.apache\\.lucene|com\\.fasterxml\\.jackson|org\\.xerial\\.sqlite).*"))
                                    .sorted())
                    .collect(Collectors.joining(":"));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        declare("version: 1\n");
        await(
                "it is all gone",
                () -> Files.notExists(Path.of("/home/app/.config/ai-optimizer/documents.json"))
                        && homeostat("status").exit() == 0);
        Machine.stop();
        run("podman", "rmi", "--force", IMAGE);
        run("rm", "-rf", "/home/app/aidbnotes");
    }

    @Override
    public KnowledgeClient client() {
        return CLIENT;
    }

    @Test
    void documents_follow_into_it_and_ours_is_left_alone() throws Exception {
        await("found", () -> CLIENT.search("inthecontainer").json().get("hits").size() == 1);
        assertThat(Machine.runs("homeostat-knowledge.service")).isFalse();
        assertThat(homeostat("status", "-v").output()).doesNotContain("homeostat-knowledge");
    }
}
