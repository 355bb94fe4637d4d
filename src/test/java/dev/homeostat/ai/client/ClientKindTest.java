package dev.homeostat.ai.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ClientKindTest {
    /** Between two writes of a program that is very busy. */
    private static final long THINKS_NANOS = 500_000;
    /** What is not there for a second does not come back. */
    private static final long LOST_NANOS = 1_000_000_000;

    private static final ResourceId ID = ResourceId.of(ClientKind.NAME, "cursor");

    @TempDir
    Path temporary;

    private Path home;
    private Path file;
    private Path state;
    private ClientKind kind;
    private final Map<String, Server> servers = new TreeMap<>();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

    /** Nobody changes anything behind the test's back. */
    private static final class NoWatch implements FolderWatch {
        @Override
        public AutoCloseable watch(Set<Path> paths, Consumer<Path> changed, Runnable overflow) {
            return () -> {};
        }

        @Override
        public AutoCloseable watchFolder(Path folder, Runnable changed) {
            return () -> {};
        }
    }

    @BeforeEach
    void make() throws Exception {
        home = Files.createDirectory(temporary.toRealPath().resolve("home"));
        state = temporary.toRealPath().resolve("state");
        Locations locations = new Locations(true, state, state, state.resolve("socket"));
        PosixFiles files = new PosixFiles();
        kind = new ClientKind(
                files, new NameService(), new NoWatch(), new KeptFiles(locations, files), locations, () -> now.get());
        file = ClientName.CURSOR.file(home);
        servers.put("homeostat", Server.local("homeostat", List.of("mcp"), Map.of()));
        servers.put("nixos", Server.local("nix", List.of("run", "github:utensils/mcp-nixos", "--"), Map.of()));
    }

    private Desired<ClientSpec> desired(boolean named) {
        TreeMap<String, ObjectNode> entries = new TreeMap<>();
        servers.forEach((name, server) -> ClientName.CURSOR.entry(server).ifPresent(entry -> entries.put(name, entry)));
        return new Desired<>(
                ID,
                new ClientSpec(
                        file,
                        named ? null : ClientName.CURSOR.sign(home).orElseThrow(),
                        ClientName.CURSOR.key(),
                        entries,
                        false),
                Set.of(),
                Place.NOWHERE);
    }

    private Desired<ClientSpec> retired() {
        ClientSpec spec = Json.read(Json.write(desired(true).spec().asRetired()), ClientSpec.class);
        return new Desired<>(ID, spec, Set.of(), Place.NOWHERE, true);
    }

    private Sighting<ClientSeen> look(Desired<ClientSpec> desired) {
        return kind.observe(List.of(desired)).get(ID);
    }

    private Assessment assess(Desired<ClientSpec> desired) {
        return kind.assess(desired, ((Sighting.Seen<ClientSeen>) look(desired)).observation());
    }

    private Trouble trouble(Desired<ClientSpec> desired) {
        return ((Sighting.Unclear<ClientSeen>) look(desired)).trouble();
    }

    private void converge(Desired<ClientSpec> desired) throws Trouble {
        for (Action action : assess(desired).actions()) {
            kind.perform(desired, action);
        }
    }

    private void write(String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private JsonNode read() throws IOException {
        return Json.MAPPER.readTree(file.toFile());
    }

    // ---- what is written

    @Test
    void servers_are_merged_and_the_rest_of_the_file_stays() throws Exception {
        write("{\n  \"theme\": \"dark\",\n  \"mcpServers\": {\n    \"own\": {\"command\": \"mine\"}\n  }\n}\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        converge(desired(false));
        assertThat(read().at("/mcpServers/homeostat/command").asText()).isEqualTo("homeostat");
        assertThat(read().at("/mcpServers/nixos/args/1").asText()).isEqualTo("github:utensils/mcp-nixos");
        assertThat(read().at("/mcpServers/own/command").asText()).isEqualTo("mine");
        assertThat(Files.readString(file))
                .startsWith("{\n  \"theme\": \"dark\",\n  \"mcpServers\": {\n    \"own\": {\"command\": \"mine\"}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(assess(desired(false)).inSync()).isTrue();
        try (Stream<Path> kept = Files.walk(state.resolve("kept"))) {
            assertThat(kept.filter(Files::isRegularFile)).hasSize(1);
        }
    }

    @Test
    void a_program_that_nobody_uses_is_left_alone_and_one_that_is_asked_for_is_told() throws Exception {
        assertThat(assess(desired(false)).inSync()).isTrue();
        assertThat(assess(desired(false)).note()).contains(".cursor");
        assertThat(assess(desired(false)).idle()).isTrue();
        converge(desired(false));
        assertThat(home).isEmptyDirectory();
        converge(desired(true));
        assertThat(read().get("mcpServers").size()).isEqualTo(2);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void what_the_user_sets_of_a_server_stays_and_what_is_changed_of_it_comes_back() throws Exception {
        converge(desired(true));
        ObjectNode theirs = (ObjectNode) read();
        ((ObjectNode) theirs.at("/mcpServers/homeostat")).put("disabled", true);
        write(theirs.toPrettyString());
        assertThat(assess(desired(true))).isEqualTo(Assessment.IN_SYNC);
        ((ObjectNode) theirs.at("/mcpServers/homeostat")).put("command", "sh").put("url", "http://elsewhere/");
        write(theirs.toPrettyString());
        assertThat(assess(desired(true)).differences())
                .singleElement()
                .satisfies(d -> assertThat(d.path()).isEqualTo("mcpServers.homeostat"));
        converge(desired(true));
        assertThat(read().at("/mcpServers/homeostat").toString())
                .isEqualTo("{\"command\":\"homeostat\",\"args\":[\"mcp\"],\"disabled\":true}");
    }

    @Test
    void another_of_the_same_name_is_somebody_elses_and_named() throws Exception {
        write("{\"mcpServers\": {\"nixos\": {\"command\": \"mine\", \"env\": {\"TOKEN\": \"hunter2\"}}}}");
        Trouble trouble = catchThrowableOfType(Trouble.class, () -> converge(desired(false)));
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.CONFLICT);
        assertThat(trouble).hasMessageContaining("nixos").hasMessageNotContaining("hunter2");
        assertThat(read().at("/mcpServers/nixos/command").asText()).isEqualTo("mine");
        assertThat(read().at("/mcpServers/homeostat/command").asText()).isEqualTo("homeostat");
        assertThat(Json.write(((Sighting.Seen<ClientSeen>) look(desired(false))).observation()))
                .doesNotContain("hunter2");
        assertThat(assess(desired(false)).differences()).hasSize(1);
    }

    @Test
    void one_that_is_equal_is_taken_as_it_is_and_stays() throws Exception {
        write("{\"mcpServers\":{\"homeostat\":{\"args\":[\"mcp\"],\"command\":\"homeostat\"}}}");
        servers.remove("nixos");
        assertThat(assess(desired(false)).inSync()).isTrue();
        servers.put("nixos", Server.local("nix", List.of(), Map.of()));
        converge(desired(false));
        converge(retired());
        assertThat(Files.readString(file))
                .isEqualTo("{\"mcpServers\":{\"homeostat\":{\"args\":[\"mcp\"],\"command\":\"homeostat\"}}}");
    }

    // ---- what goes

    @Test
    void what_leaves_the_declaration_goes_and_the_rest_stays() throws Exception {
        String theirs = "{\n    \"mcpServers\": {\n        \"own\": {}\n    },\n    \"x\": 1.10\n}";
        write(theirs);
        converge(desired(false));
        servers.remove("nixos");
        assertThat(assess(desired(false)).differences())
                .singleElement()
                .satisfies(d -> assertThat(d.observed()).contains("no longer declared"));
        converge(desired(false));
        assertThat(read().get("mcpServers").size()).isEqualTo(2);
        converge(retired());
        assertThat(Files.readString(file)).isEqualTo(theirs);
        assertThat(assess(retired()).inSync()).isTrue();
    }

    @Test
    void a_file_that_was_made_goes_if_nothing_of_others_is_in_it() throws Exception {
        converge(desired(true));
        converge(retired());
        assertThat(file).doesNotExist();
        converge(desired(true));
        ObjectNode theirs = (ObjectNode) read();
        theirs.put("theirs", true);
        write(theirs.toPrettyString());
        converge(retired());
        assertThat(read().toString()).isEqualTo("{\"theirs\":true}");
    }

    @Test
    void one_that_somebody_changed_is_not_taken_away() throws Exception {
        converge(desired(true));
        ObjectNode theirs = (ObjectNode) read();
        ((ObjectNode) theirs.at("/mcpServers/nixos")).put("command", "mine");
        write(theirs.toPrettyString());
        converge(retired());
        assertThat(read().toString()).contains("\"mine\"").doesNotContain("homeostat");
        assertThat(assess(retired()).inSync()).isTrue();
    }

    @Test
    void nothing_goes_that_is_not_on_record() throws Exception {
        converge(desired(true));
        try (Stream<Path> records = Files.list(state.resolve("mcp-clients"))) {
            Files.delete(records.findFirst().orElseThrow());
        }
        String before = Files.readString(file);
        converge(retired());
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    // ---- hostile contents

    @Test
    @Timeout(20)
    void what_is_no_settings_file_is_named_and_untouched() throws Exception {
        write("{\"mcpServers\": {\n  oops");
        assertThat(trouble(desired(true))).hasMessageContaining("line 2, column");
        assertThat(Files.readString(file)).contains("oops");

        write(" ".repeat(9 * 1024 * 1024));
        assertThat(trouble(desired(true))).hasMessageContaining("more than the 8388608 that are read");

        Files.delete(file);
        Files.createDirectory(file);
        assertThat(trouble(desired(true))).hasMessageContaining("no regular file");

        Files.delete(file);
        Path elsewhere = Files.writeString(temporary.resolve("elsewhere.json"), "{}");
        Files.createSymbolicLink(file, elsewhere);
        assertThat(trouble(desired(true))).hasMessageContaining("symbolic link to " + elsewhere);
        assertThat(elsewhere).hasContent("{}");

        Files.delete(file);
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        assertThat(trouble(desired(true))).hasMessageContaining("no regular file");
    }

    @Test
    void a_file_of_somebody_else_is_left_alone() throws Exception {
        write("{}");
        assumeTrue((int) Files.getAttribute(file, "unix:uid") == 0, "only root can give files away");
        Files.setAttribute(file, "unix:uid", 12345);
        assertThat(trouble(desired(true))).hasMessageContaining("belongs to uid 12345");
    }

    // ---- others at work

    /** Whoever writes in place empties the file first, and what comes then must not be lost. */
    @Test
    void an_empty_file_is_written_only_when_nobody_is_about_to_write_it() throws Exception {
        write("\n");
        assertThat(trouble(desired(true)).sort()).isEqualTo(Trouble.Sort.TRANSIENT);
        assertThat(catchThrowableOfType(
                        Trouble.class,
                        () -> kind.perform(desired(true), new Action(ID, "write", Phase.AI, Impact.NONE, "write", ""))))
                .hasMessageContaining("emptied a moment ago");
        assertThat(file).hasContent("\n");
        now.set(Instant.now().plusSeconds(3));
        converge(desired(true));
        assertThat(read().get("mcpServers").size()).isEqualTo(2);
    }

    /** A program that reads its settings, changes them and replaces the file, as most do: none of what it wrote may be lost. */
    @Test
    @Timeout(120)
    void a_program_that_writes_at_the_same_time_loses_nothing() throws Exception {
        write("{\"count\": 0}");
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        Thread program = Thread.ofPlatform().start(() -> {
            Path next = file.resolveSibling("theirs.tmp");
            while (!stop.get()) {
                try {
                    ObjectNode mine = (ObjectNode) read();
                    long end = System.nanoTime() + LOST_NANOS;
                    // for microseconds it may see what was before its own write; what is lost stays away
                    while (mine.get("count").asInt() < written.get()) {
                        if (System.nanoTime() > end) {
                            failed.incrementAndGet();
                            return;
                        }
                        mine = (ObjectNode) read();
                    }
                    mine.put("count", written.get() + 1);
                    Files.writeString(next, mine.toString());
                    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                    written.incrementAndGet();
                    LockSupport.parkNanos(THINKS_NANOS);
                } catch (IOException e) {
                    failed.incrementAndGet();
                    return;
                }
            }
        });
        int merges = 0;
        for (int i = 0; i < 300; i++) {
            servers.put("round", Server.local("round" + i, List.of(), Map.of()));
            try {
                converge(desired(true));
                merges++;
            } catch (Trouble t) { // it writes without end: said, and tried again later
                assertThat(t).hasMessageContaining("being written by somebody else all the time");
            }
        }
        stop.set(true);
        program.join();
        assertThat(failed).hasValue(0);
        assertThat(read().get("count").asInt()).isEqualTo(written.get());
        assertThat(merges).isPositive();
        converge(desired(true));
        assertThat(read().at("/mcpServers/round/command").asText()).isEqualTo("round299");
        System.out.println("seen: " + merges + " of 300 merges beside " + written.get() + " writes, none lost");
        try (Stream<Path> left = Files.list(file.getParent())) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void specs_survive_the_journal() {
        ClientSpec spec = desired(false).spec();
        assertThat(Json.read(Json.write(spec), ClientSpec.class)).isEqualTo(spec);
        assertThat(Json.write(spec).getBytes(UTF_8)).hasSizeLessThan(4096);
    }
}
