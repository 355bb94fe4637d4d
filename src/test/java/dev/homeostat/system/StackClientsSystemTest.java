package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.seen;
import static dev.homeostat.system.Machine.startAnew;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What programs of a real user are told of servers, and which skills that user's agents find. */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class StackClientsSystemTest {
    private static final Path HOME = Path.of("/home/app");
    private static final Path CURSOR = HOME.resolve(".cursor/mcp.json");
    private static final Path COMMON = HOME.resolve(".mcp/config.json");
    private static final Path CLAUDE_SKILLS = HOME.resolve(".claude/skills");
    private static final Path AGENT_SKILLS = HOME.resolve(".agent/skills");
    private static final Path SKILL = HOME.resolve(".local/share/ai-optimizer/skills/aidb-knowledge/SKILL.md");
    private static final String SECRET = "hunter2-of-the-system-test";
    /** An edit is followed within a second; on a loaded machine later. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String THEIRS = """
            {
              // mine
              "mcpServers": {
                "own": {"command": "mine"}
              },
              "size": 1.10
            }
            """;

    @BeforeEach
    void home() throws Exception {
        clear();
        as(
                "mkdir",
                "-p",
                CURSOR.getParent().toString(),
                AGENT_SKILLS.toString(),
                CLAUDE_SKILLS.getParent().toString());
        write(CURSOR, THEIRS);
        write(HOME.resolve("token"), SECRET + "\n");
        as("ln", "-s", "/home/hyperd/deploy/.agent/skills", CLAUDE_SKILLS.toString());
        as(
                "ln",
                "-s",
                "/home/hyperd/deploy/skills/old",
                AGENT_SKILLS.resolve("old").toString());
        as(
                "ln",
                "-s",
                "/home/hyperd/deploy/skills/aidb",
                AGENT_SKILLS.resolve("aidb-knowledge").toString());
        as("mkdir", AGENT_SKILLS.resolve("mine").toString());
    }

    @AfterEach
    void end() {
        Machine.stop();
        clear();
    }

    private static void clear() {
        does(
                "rm",
                "-rf",
                HOME.resolve(".cursor").toString(),
                HOME.resolve(".mcp").toString(),
                HOME.resolve(".claude").toString(),
                HOME.resolve(".agent").toString(),
                HOME.resolve(".local/share/ai-optimizer").toString(),
                HOME.resolve(".config/ai-optimizer").toString(),
                HOME.resolve("token").toString());
    }

    private static void as(String... command) {
        assertThat(asApp(command).exit()).as("%s", (Object) command).isZero();
    }

    private static void write(Path file, String text) throws Exception {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        does("chown", "app:", file.toString());
    }

    private static String declaration(String servers) {
        return """
                version: 1
                ai:
                  enabled: true
                  user: app
                  profile: off
                  server: {enabled: false}
                  knowledge: {enabled: false}
                  mcp: {servers: {%s}}
                  skills: {exclude: [webapp-testing]}
                """.formatted(servers);
    }

    private static String server(Path file, String name) throws Exception {
        JsonNode servers = Json.MAPPER
                .reader()
                .withFeatures(com.fasterxml.jackson.core.json.JsonReadFeature.ALLOW_JAVA_COMMENTS)
                .readTree(Files.readAllBytes(file))
                .path("mcpServers");
        return servers.path(name).toString();
    }

    private static void awaitServer(Path file, String name, String words) {
        await(name + " in " + file, PATIENCE, () -> server(file, name).contains(words));
    }

    @Test
    void programs_and_agents_follow_the_declaration_and_keep_what_is_the_users() throws Exception {
        startAnew(declaration(
                "lab: {command: sh, args: [-c, 'echo \"$LAB_TOKEN\"'], secrets: {LAB_TOKEN: {file: ~/token}}}"));
        awaitRight();

        // programs
        assertThat(server(CURSOR, "own")).isEqualTo("{\"command\":\"mine\"}");
        assertThat(server(CURSOR, "homeostat")).contains("\"command\":\"homeostat\"");
        assertThat(server(CURSOR, "lab")).isEqualTo("{\"command\":\"homeostat\",\"args\":[\"mcp\",\"run\",\"lab\"]}");
        assertThat(content(CURSOR)).contains("  // mine", "\"own\": {\"command\": \"mine\"}", "\"size\": 1.10");
        assertThat(server(COMMON, "nixos")).contains("github:utensils/mcp-nixos");
        assertThat(run("stat", "-c", "%U %a", COMMON.toString()).line()).isEqualTo("app 600");
        assertThat(HOME.resolve(".gemini")).as("a program that nobody uses").doesNotExist();
        assertThat(asApp("homeostat", "mcp", "run", "lab").output().strip()).isEqualTo(SECRET);
        assertThat(run("grep", "-rl", SECRET, "/home/app", "/var/lib/homeostat")
                        .output()
                        .strip())
                .isEqualTo(HOME.resolve("token").toString());

        // skills
        assertThat(Files.readSymbolicLink(CLAUDE_SKILLS.resolve("aidb-knowledge")))
                .isEqualTo(Path.of("../../.local/share/ai-optimizer/skills/aidb-knowledge"));
        assertThat(Files.readString(AGENT_SKILLS.resolve("aidb-knowledge/SKILL.md")))
                .startsWith("---\nname: aidb-knowledge\n");
        assertThat(Files.exists(AGENT_SKILLS.resolve("old"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(AGENT_SKILLS.resolve("mine")).isDirectory();
        assertThat(AGENT_SKILLS.resolve("webapp-testing")).doesNotExist();
        assertThat(run("stat", "-c", "%U", SKILL.toString()).line()).isEqualTo("app");
        assertThat(homeostat("history", "-n", "40").output()).contains("old -> /home/hyperd/deploy/skills/old");

        // an edit
        long start = System.nanoTime();
        declare(declaration("lab: {command: lab}, docs: {url: 'https://docs.example.org/mcp'}"));
        awaitServer(CURSOR, "docs", "https://docs.example.org/mcp");
        awaitServer(COMMON, "lab", "\"lab\"");
        seen("an edit of the declaration is in the files of programs", start);
        awaitRight();

        // drift
        start = System.nanoTime();
        as(
                "sh",
                "-c",
                "grep -v '\"url\"' ~/.cursor/mcp.json >~/.cursor/next; sed -i 's/\"docs\"/\"mine\"/' ~/.cursor/next; mv ~/.cursor/next ~/.cursor/mcp.json");
        awaitServer(CURSOR, "docs", "https://docs.example.org/mcp");
        seen("a server that its user took out is back", start);
        assertThat(server(CURSOR, "mine")).isEqualTo("{}");
        start = System.nanoTime();
        as(
                "sh",
                "-c",
                "echo no >>" + SKILL + "; rm " + CLAUDE_SKILLS.resolve("aidb-knowledge") + "; ln -s nowhere "
                        + CLAUDE_SKILLS.resolve("stray"));
        await(
                "the skill is as it was, its link is back, and the stray one is gone",
                PATIENCE,
                () -> !content(SKILL).endsWith("no\n")
                        && Files.exists(CLAUDE_SKILLS.resolve("aidb-knowledge/SKILL.md"))
                        && !Files.exists(CLAUDE_SKILLS.resolve("stray"), LinkOption.NOFOLLOW_LINKS));
        seen("skills are as declared again", start);
        awaitRight();

        // somebody else's of the same name
        as("sed", "-i", "s/\"mine\"/\"other\"/", CURSOR.toString());
        declare(
                declaration(
                        "lab: {command: lab}, docs: {url: 'https://docs.example.org/mcp'}, other: {command: ours}, own: {command: ours}"));
        await("it is told", PATIENCE, () -> homeostat("status").output().contains("somebody else wrote it"));
        assertThat(server(CURSOR, "own")).contains("other");
        awaitServer(COMMON, "own", "ours");

        // half a file
        declare(declaration("docs: {url: 'https://docs.example.org/mcp'}"));
        awaitRight();
        String whole = content(CURSOR);
        as("sh", "-c", "printf '{\\n  \"mcpServers\": {' >~/.cursor/mcp.json");
        await("it is told where", PATIENCE, () -> homeostat("status").output().contains("line 2, column"));
        assertThat(content(CURSOR)).isEqualTo("{\n  \"mcpServers\": {");
        write(CURSOR, whole);
        awaitRight();

        // and away
        declare("version: 1\n");
        await(
                "what is ours is gone",
                PATIENCE,
                () -> Files.notExists(COMMON)
                        && !content(CURSOR).contains("homeostat")
                        && Files.notExists(SKILL.getParent(), LinkOption.NOFOLLOW_LINKS)
                        && Files.notExists(CLAUDE_SKILLS, LinkOption.NOFOLLOW_LINKS));
        awaitRight();
        assertThat(content(CURSOR)).contains("  // mine", "\"size\": 1.10").doesNotContain("docs");
        assertThat(AGENT_SKILLS.resolve("mine")).isDirectory();
        try (var left = Files.list(AGENT_SKILLS)) {
            assertThat(left).containsExactly(AGENT_SKILLS.resolve("mine"));
        }
    }
}
