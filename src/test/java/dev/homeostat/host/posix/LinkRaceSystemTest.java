package dev.homeostat.host.posix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Trouble;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A user exchanges a folder of his for a link to one of root's, tens of thousands of times a second, while root writes,
 * makes, changes and removes through that very path. Runs as root where there is a user app.
 */
@Tag("system")
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class LinkRaceSystemTest {
    private static final Path FOLDER = Path.of("/home/app/race");
    private static final Path VICTIM = Path.of("/srv/race-victim");
    private static final Path PROGRAM = Path.of("/srv/race-program");
    private static final Duration AT_IT = Duration.ofSeconds(6);
    private static final int FLIPS_LEAST = 20_000;
    private static final int HITS_LEAST = 200;
    private static final int APP = 1000;

    private final PosixFiles files = new PosixFiles();

    @BeforeEach
    void aFolderOfTheUsersAndOneOfRoots() throws Exception {
        leaveNothing();
        Path classes = PROGRAM.resolve("dev/homeostat/host/posix");
        Files.createDirectories(classes);
        Files.copy(Path.of("target/test-classes/dev/homeostat/host/posix/Flip.class"), classes.resolve("Flip.class"));
        Files.createDirectories(VICTIM.resolve("sub"));
        for (String name : List.of("f", "link", "sub/f")) {
            Files.writeString(VICTIM.resolve(name), "of root\n");
            Files.setPosixFilePermissions(VICTIM.resolve(name), PosixFilePermissions.fromString("rw-------"));
        }
        app("mkdir", "-p", FOLDER + "/dir/sub");
        app("ln", "-s", VICTIM.toString(), FOLDER + "/other");
    }

    @AfterEach
    void leaveNothing() throws Exception {
        run("rm", "-rf", FOLDER.toString(), VICTIM.toString(), PROGRAM.toString());
    }

    @Test
    void a_folder_on_the_way_that_becomes_a_link_leads_nowhere() throws Exception {
        assertThat(race(FOLDER.resolve("dir"), FOLDER.resolve("other")))
                .as("attempts that met the link")
                .isPositive();
    }

    @Test
    void the_file_itself_that_becomes_a_link_is_not_followed() throws Exception {
        app("ln", "-s", VICTIM + "/f", FOLDER + "/dir/f");
        app("touch", FOLDER + "/dir/g");
        race(FOLDER.resolve("dir/f"), FOLDER.resolve("dir/g")); // replaced by rename: neither is opened
    }

    /** @return how many attempts were refused */
    private int race(Path one, Path two) throws Exception {
        String before = state();
        List<String> command = new ArrayList<>(List.of("setpriv", "--reuid=app", "--regid=app", "--init-groups"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Xmx32m",
                "-cp",
                PROGRAM.toString(),
                Flip.class.getName(),
                one.toString(),
                two.toString()));
        Process flipper = new ProcessBuilder(command).redirectErrorStream(true).start();
        int done = 0;
        int refused = 0;
        long flips;
        try (BufferedReader out = new BufferedReader(new InputStreamReader(flipper.getInputStream(), UTF_8))) {
            assertThat(out.readLine()).isEqualTo("flipping");
            long end = System.nanoTime() + AT_IT.toNanos();
            Path dir = FOLDER.resolve("dir");
            List<Attempt> attempts = List.of(
                    () -> files.write(dir.resolve("f"), "declared\n".getBytes(UTF_8), 0644, APP, APP),
                    () -> files.write(dir.resolve("sub/f"), "declared\n".getBytes(UTF_8), 0644, 0, 0),
                    () -> files.attributes(dir.resolve("f"), 0666, APP, APP),
                    () -> files.attributes(dir.resolve("sub"), 0777, APP, APP),
                    () -> files.makeFolder(dir.resolve("made"), 0777, APP, APP),
                    () -> files.makeLink(dir.resolve("link"), "/etc/shadow", APP, APP),
                    () -> {
                        byte[] read = files.read(dir.resolve("f"), 1 << 20);
                        assertThat(new String(read, UTF_8)).isNotEqualTo("of root\n");
                    },
                    () -> files.remove(dir.resolve("sub/f")),
                    () -> files.remove(dir.resolve("made")));
            while (System.nanoTime() < end) {
                for (Attempt attempt : attempts) {
                    try {
                        attempt.make();
                        done++;
                    } catch (Trouble e) {
                        refused++;
                    }
                }
            }
            flipper.getOutputStream().write('\n');
            flipper.getOutputStream().flush();
            flips = Long.parseLong(out.readLine());
        } finally {
            flipper.destroyForcibly();
        }
        System.out.printf("link race: %d flips, %d attempts went through, %d were refused%n", flips, done, refused);
        assertThat(flips).isGreaterThan(FLIPS_LEAST);
        assertThat(done).as("attempts that met the folder").isGreaterThan(HITS_LEAST);
        assertThat(state()).isEqualTo(before);
        return refused;
    }

    private interface Attempt {
        void make() throws Trouble;
    }

    /** All of root's folder: names, owners, modes, times of change, contents. */
    private static String state() throws IOException {
        TreeMap<String, Object> state = new TreeMap<>();
        try (Stream<Path> all = Files.walk(VICTIM)) {
            for (Path path : all.toList()) {
                state.put(
                        path.toString(),
                        Files.readAttributes(path, "unix:ino,mode,uid,gid,ctime,size,nlink")
                                + (Files.isRegularFile(path) ? Files.readString(path) : ""));
            }
        }
        state.put("shadow", Files.readAttributes(Path.of("/etc/shadow"), "unix:ino,mode,uid,gid,ctime"));
        return state.toString();
    }

    private static void app(String... command) throws Exception {
        List<String> whole = new ArrayList<>(List.of("setpriv", "--reuid=app", "--regid=app", "--init-groups"));
        whole.addAll(List.of(command));
        run(whole.toArray(new String[0]));
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }
}
