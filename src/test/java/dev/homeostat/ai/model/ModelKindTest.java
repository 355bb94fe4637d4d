package dev.homeostat.ai.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.program.Programs;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of models, by a user's daemon that starts the real program. */
@Timeout(120)
class ModelKindTest {
    private static final Inotify WATCH = new Inotify();
    private static final String ETAG = "\"one\"";
    private static final byte[] CONTENT = new byte[200_000];
    private static final String SHA;

    static {
        new Random(7).nextBytes(CONTENT);
        SHA = Sha256.hex(CONTENT);
    }

    @TempDir
    private Path home;

    private Path folder;
    private Path file;
    private ModelKind kind;
    /** By how much the clock was set. */
    private Duration clockSet = Duration.ZERO;

    private final List<Advance> advances = new ArrayList<>();

    @BeforeEach
    void begin() {
        folder = home.resolve("models");
        file = folder.resolve("m.gguf");
        Locations user = Locations.user(Map.of("HOME", home.toString()));
        NameService accounts = new NameService();
        ChildProcesses processes = new ChildProcesses();
        kind = new ModelKind(
                new Programs(user, accounts, processes, new Systemd(user, accounts, processes)),
                new PosixFiles(),
                WATCH,
                () -> Instant.now().plus(clockSet),
                List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Fetch.class.getName()));
    }

    private Desired<ModelSpec> model(ModelSource source) {
        return new Desired<>(
                ResourceId.of(ModelKind.NAME, "m"),
                new ModelSpec(folder, "m.gguf", source, 0),
                Set.of(),
                Place.NOWHERE);
    }

    private Desired<ModelSpec> from(Unreliable server, String sha256) {
        return model(new ModelSource(server.url("/m"), null, sha256, null, null));
    }

    private Assessment look(Desired<ModelSpec> desired) {
        Sighting<ModelSeen> sighting = kind.observe(List.of(desired)).get(desired.id());
        assertThat(sighting).isInstanceOf(Sighting.Seen.class);
        return kind.assess(desired, ((Sighting.Seen<ModelSeen>) sighting).observation());
    }

    private Trouble trouble(Desired<ModelSpec> desired) {
        Sighting<ModelSeen> sighting = kind.observe(List.of(desired)).get(desired.id());
        assertThat(sighting).isInstanceOf(Sighting.Unclear.class);
        return ((Sighting.Unclear<ModelSeen>) sighting).trouble();
    }

    private String act(Desired<ModelSpec> desired) throws Trouble {
        Assessment assessment = look(desired);
        assertThat(assessment.actions()).hasSize(1);
        Action action = assessment.actions().getFirst();
        assertThat(action.phase()).isEqualTo(Phase.AI);
        kind.perform(desired, action, advances::add);
        return action.verb();
    }

    @Test
    void what_is_absent_is_fetched_and_then_right_without_being_read_again() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.slow(CONTENT, ETAG, 50_000, 300))) {
            Desired<ModelSpec> desired = from(server, SHA);
            assertThat(look(desired).actions().getFirst().summary()).isEqualTo("download m.gguf from 127.0.0.1");
            assertThat(act(desired)).isEqualTo("fetch");
            assertThat(look(desired)).isEqualTo(Assessment.IN_SYNC);
            assertThat(file).hasBinaryContent(CONTENT);
            assertThat(advances).anyMatch(a -> a.toString().contains("MiB downloaded"));
        }
    }

    @Test
    void a_file_that_changed_is_checked_and_one_that_is_another_is_fetched_again() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.good(CONTENT, ETAG))) {
            Desired<ModelSpec> desired = from(server, SHA);
            act(desired);

            Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
            assertThat(act(desired)).isEqualTo("check");
            assertThat(look(desired).inSync()).isTrue();
            assertThat(server.asked()).hasSize(1);

            Files.writeString(file, "damaged");
            Trouble named = catchThrowableOfType(Trouble.class, () -> act(desired));
            assertThat(named.getMessage())
                    .contains("sha256 " + Sha256.hex("damaged") + " instead of sha256 " + SHA)
                    .contains("is set aside as m.gguf.wrong-");
            assertThat(act(desired)).isEqualTo("fetch");
            assertThat(look(desired).inSync()).isTrue();
            assertThat(file).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void without_a_declared_hash_the_first_one_counts_from_then_on() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.good(CONTENT, ETAG))) {
            Desired<ModelSpec> desired = from(server, null);
            act(desired);
            assertThat(look(desired).note()).contains("no sha256 is declared; it was " + SHA);
            Files.writeString(file, "damaged");
            assertThat(catchThrowableOfType(Trouble.class, () -> act(desired)).getMessage())
                    .contains(SHA);
            act(desired);
            assertThat(look(desired).inSync()).isTrue();
        }
        byte[] other = CONTENT.clone();
        other[0]++;
        try (Unreliable server = new Unreliable(Unreliable.good(other, ETAG))) {
            assertThat(look(from(server, null)).differences())
                    .as("another address, and no hash that says it is the same")
                    .anyMatch(d -> d.path().equals("from"));
            act(from(server, null));
            assertThat(file).hasBinaryContent(other);
            assertThat(look(from(server, null)).inSync()).isTrue();
        }
    }

    @Test
    void what_was_served_wrong_is_named_and_not_asked_for_again_until_somebody_says_so() throws Exception {
        byte[] other = CONTENT.clone();
        other[0]++;
        try (Unreliable server = new Unreliable(Unreliable.good(other, ETAG), Unreliable.good(CONTENT, "\"two\""))) {
            Desired<ModelSpec> desired = from(server, SHA);
            assertThat(catchThrowableOfType(Trouble.class, () -> act(desired)).getMessage())
                    .contains("127.0.0.1 served sha256 " + Sha256.hex(other));
            assertThat(trouble(desired).sentence())
                    .contains("127.0.0.1 served sha256 " + Sha256.hex(other) + " (200000 bytes) instead of " + SHA)
                    .contains(folder + "/m.gguf.wrong-" + Sha256.hex(other).substring(0, 12));
            assertThat(look(from(server, Sha256.hex(other))).actions())
                    .as("another hash is declared")
                    .isNotEmpty();
            assertThat(server.asked()).hasSize(1);

            kind.retry(desired);
            act(desired);
            assertThat(look(desired).inSync()).isTrue();
            assertThat(new UnusedModels(new PosixFiles()).look(List.of(desired)))
                    .singleElement()
                    .satisfies(f -> assertThat(f.verdict()).isEqualTo(Finding.Verdict.PASSED))
                    .satisfies(f -> assertThat(f.evidence())
                            .startsWith("200 kB that nothing declares, and nobody removes but you: m.gguf.wrong-"));
        }
    }

    @Test
    void a_declared_length_that_the_server_does_not_have_is_told_and_not_asked_for_again_for_long() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.good(CONTENT, ETAG))) {
            Desired<ModelSpec> desired = model(new ModelSource(server.url("/m"), null, SHA, 1000L, null));
            String words = "127.0.0.1 has 200000 bytes, declared are 1000";
            assertThat(catchThrowableOfType(Trouble.class, () -> act(desired)).sentence())
                    .contains(words);
            assertThat(folder.resolve("m.gguf.part")).doesNotExist();
            for (int i = 0; i < 3; i++) {
                assertThat(trouble(desired).sort()).isEqualTo(Trouble.Sort.CONFLICT);
                assertThat(trouble(desired).sentence()).contains(words, "declare its length", "6h", "homeostat retry");
            }
            assertThat(server.asked()).hasSize(1);

            clockSet = Duration.ofHours(-1);
            assertThat(look(desired).actions())
                    .as("the clock is not to be trusted")
                    .isNotEmpty();
            clockSet = Duration.ofHours(7);
            assertThat(look(desired).actions())
                    .as("the server may have changed")
                    .isNotEmpty();
            clockSet = Duration.ZERO;
            kind.retry(desired);
            assertThat(catchThrowableOfType(Trouble.class, () -> act(desired)).getMessage())
                    .contains(words);
            assertThat(server.asked()).hasSize(2);
            assertThat(trouble(desired).getMessage()).contains(words);

            Desired<ModelSpec> corrected =
                    model(new ModelSource(server.url("/m"), null, SHA, (long) CONTENT.length, null));
            act(corrected);
            assertThat(look(corrected).inSync()).isTrue();
            assertThat(folder.resolve("m.gguf.part.json")).doesNotExist();
        }
    }

    @Test
    void more_than_is_declared_is_asked_for_again_when_another_length_is_declared() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.chunked(CONTENT, true))) {
            Desired<ModelSpec> desired = model(new ModelSource(server.url("/m"), null, null, 1000L, null));
            assertThat(catchThrowableOfType(Trouble.class, () -> act(desired)).getMessage())
                    .contains("sends more than the 1000 bytes");
            assertThat(trouble(desired).sentence()).contains("set aside");
            Desired<ModelSpec> corrected =
                    model(new ModelSource(server.url("/m"), null, null, (long) CONTENT.length, null));
            act(corrected);
            assertThat(look(corrected).inSync()).isTrue();
        }
    }

    @Test
    void a_declared_hash_that_changes_is_a_difference() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.good(CONTENT, ETAG))) {
            act(from(server, null));
            Assessment assessment = look(from(server, Sha256.hex("another")));
            assertThat(assessment.differences()).anyMatch(d -> d.observed().equals(SHA));
            assertThat(look(from(server, SHA)).inSync()).isTrue();
        }
    }

    @Test
    void a_killed_program_is_gone_on_with() throws Exception {
        try (Unreliable server =
                new Unreliable(Unreliable.slow(CONTENT, ETAG, 20_000, 200), Unreliable.good(CONTENT, ETAG))) {
            Desired<ModelSpec> desired = from(server, SHA);
            Path part = folder.resolve("m.gguf.part");
            Thread kills = Thread.ofVirtual().start(() -> {
                long end = System.nanoTime() + 30_000_000_000L;
                while (size(part) < 40_000 && System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                ProcessHandle.current()
                        .descendants()
                        .filter(p -> commandLine(p.pid()).contains(folder.toString()))
                        .forEach(ProcessHandle::destroyForcibly);
            });
            assertThat(catchThrowableOfType(Trouble.class, () -> act(desired)).sort())
                    .isEqualTo(Trouble.Sort.TRANSIENT);
            kills.join();
            assertThat(look(desired).actions().getFirst().summary()).startsWith("go on to download m.gguf");
            act(desired);
            assertThat(look(desired).inSync()).isTrue();
            assertThat(server.asked().get(1).from()).isGreaterThanOrEqualTo(40_000);
        }
    }

    /** ProcessHandle does not tell long ones. */
    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"));
        } catch (java.io.IOException e) { // it has ended
            return "";
        }
    }

    private static long size(Path path) {
        try {
            return Files.exists(path) ? Files.size(path) : 0;
        } catch (java.io.IOException e) {
            return 0;
        }
    }

    @Test
    void something_else_in_its_place_is_left_and_told() throws Exception {
        Files.createDirectories(file);
        assertThat(trouble(model(new ModelSource(null, "/x", null, null, null))).sentence())
                .contains(file + " is no regular file");
    }

    @Test
    void it_stays_when_it_is_no_longer_declared() {
        Desired<ModelSpec> desired = model(new ModelSource(null, "/x", null, null, null));
        assertThat(kind.whenUndeclared(desired, ModelSeen.NONE, true)).isEmpty();
    }
}
