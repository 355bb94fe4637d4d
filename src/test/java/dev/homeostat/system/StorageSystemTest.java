package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is wrong with real storage of a real Podman is found, told, and left to a person. */
@Tag("system")
class StorageSystemTest {
    private static final Path OWN = Path.of("/home/app/.config/containers/storage.conf");
    private static final Path DATA = Path.of("/srv/f11-data");
    private static final String POLICY = "policy: {resync: 1d, backoff: {initial: 200ms, limit: 500ms}}\n";
    private static final String NOTHING = "version: 1\n" + POLICY;
    private static final String OF_APP = NOTHING + """
            users:
              app:
                volumes: {keep: {}}
            """;

    @BeforeAll
    static void begin() {
        Machine.images();
        does("systemctl", "start", "network-online.target"); // users' containers wait for it
    }

    @AfterEach
    void clean() throws IOException {
        Files.deleteIfExists(OWN);
        declare(NOTHING);
        awaitRight();
    }

    @AfterAll
    static void leaveNothing() {
        Machine.stop();
        run("podman", "rm", "-f", "-t", "0", "left");
        run("podman", "volume", "rm", "f11");
        asApp("podman", "volume", "rm", "keep");
        run("rm", "-rf", DATA.toString());
    }

    private static String doctor() {
        return homeostat("doctor", "--machine").output().replaceAll("\\s+", " ");
    }

    @Test
    void f15_a_driver_other_than_the_databases_is_found_and_told_with_what_to_do() throws IOException {
        assertThat(asApp("podman", "info").exit()).isZero(); // there is a database
        String driver = asApp("podman", "info", "--format", "{{.Store.GraphDriverName}}")
                .line();
        String other = driver.equals("vfs") ? "overlay" : "vfs";
        Machine.startAnew(OF_APP);
        awaitRight();
        assertThat(doctor()).contains("driver of the containers of app passed " + driver);
        Files.createDirectories(OWN.getParent());
        Files.writeString(OWN, "[storage]\ndriver = \"" + other + "\"\n");
        assertThat(doctor())
                .contains("driver of the containers of app failed " + OWN + " says " + other)
                .contains("db.sql was made with " + driver)
                .contains("set driver = \"" + driver + "\" in " + OWN);
        assertThat(homeostat("doctor", "--machine").exit()).isEqualTo(1);
    }

    @Test
    void f16_an_overlay_that_a_killed_container_left_is_found() throws IOException {
        Machine.startAnew(NOTHING + "volumes: {f11: {}}\n");
        awaitRight();
        assertThat(doctor()).contains("overlays left over passed none");
        String driver = does("podman", "info", "--format", "{{.Store.GraphDriverName}}");
        assertThat(driver).isEqualTo("overlay");
        does("podman", "run", "-d", "--name", "left", "localhost/busybox:1", "sleep", "1000");
        assertThat(doctor()).as("it runs").contains("overlays left over passed none");
        String merged = does("podman", "inspect", "--format", "{{.GraphDriver.Data.MergedDir}}", "left");
        String id = does("podman", "inspect", "--format", "{{.Id}}", "left");
        String pid = does("podman", "inspect", "--format", "{{.State.Pid}}", "left");
        String conmon = does("podman", "inspect", "--format", "{{.State.ConmonPid}}", "left");
        does("kill", "-9", conmon, pid);
        await(
                "both are gone",
                () -> Files.notExists(Path.of("/proc", conmon)) && Files.notExists(Path.of("/proc", pid)));
        assertThat(run("grep", "-c", merged, "/proc/self/mountinfo").line())
                .as("%s", id)
                .isEqualTo("1");
        assertThat(doctor())
                .contains(merged + " is mounted, and container left, whose it is, does not run")
                .contains("podman umount left");
        if (run("podman", "umount", "left").exit() != 0 || doctor().contains(merged)) {
            does("umount", merged); // the other remedy
        }
        assertThat(doctor()).contains("overlays left over passed none");
    }

    @Test
    void f11_converging_again_and_again_moves_no_data_and_leaving_the_declaration_leaves_it() throws IOException {
        Files.createDirectories(DATA);
        Files.writeString(DATA.resolve("precious"), "mine\n");
        Object inode = Files.getAttribute(DATA, "unix:ino");
        String declared = NOTHING + """
                volumes: {f11: {}}
                containers:
                  keeper:
                    image: localhost/busybox:1
                    mounts: [{volume: f11, path: /data}, {host: /srv/f11-data, path: /host}]
                    environment: {ROUND: "%d"}
                    command: [sh, -c, "echo $ROUND >>/data/rounds; trap 'exit 0' TERM; sleep 1000 & wait"]
                """;
        Machine.startAnew(String.format(declared, 1));
        awaitRight();
        Path volume = Path.of(does("podman", "volume", "inspect", "--format", "{{.Mountpoint}}", "f11"));
        for (int round = 2; round <= 3; round++) {
            declare(String.format(declared, round));
            String last = Integer.toString(round);
            await(
                    "round " + round,
                    () -> Machine.content(volume.resolve("rounds")).contains(last));
            awaitRight();
        }
        declare(NOTHING);
        await("it is gone", () -> run("podman", "container", "exists", "keeper").exit() == 1);
        awaitRight();
        assertThat(volume.resolve("rounds")).hasContent("1\n2\n3");
        assertThat(DATA.resolve("precious")).hasContent("mine");
        assertThat(Files.getAttribute(DATA, "unix:ino")).isEqualTo(inode);
        try (Stream<Path> beside = Files.list(DATA.getParent())) {
            assertThat(beside.filter(p -> p.getFileName().toString().startsWith("f11-data")))
                    .containsExactly(DATA);
        }
    }

    @Test
    void f12_nothing_is_reset_where_storage_is_wrong() throws IOException {
        Machine.startAnew(OF_APP);
        awaitRight();
        List<String> before = asApp("podman", "images", "-q").output().lines().toList();
        assertThat(before).isNotEmpty();
        Files.createDirectories(OWN.getParent());
        Files.writeString(OWN, "[storage]\ndriver = \"vfs\"\n");
        homeostat("doctor", "--machine");
        homeostat("test");
        homeostat("apply", "--timeout", "10s");
        Files.delete(OWN);
        assertThat(asApp("podman", "images", "-q").output().lines().toList()).isEqualTo(before);
        assertThat(asApp("podman", "volume", "exists", "keep").exit()).isZero();
    }

    @Test
    void a_user_without_ids_of_his_own_is_found() throws IOException {
        Path subuid = Path.of("/etc/subuid");
        String before = Files.readString(subuid);
        Machine.startAnew(OF_APP);
        awaitRight();
        assertThat(doctor()).contains("ids for the containers of app passed");
        try {
            Files.writeString(subuid, before.replace("app:", "nobody-else:"));
            assertThat(doctor())
                    .contains("ids for the containers of app failed 0 in /etc/subuid")
                    .contains("usermod --add-subuids");
        } finally {
            Files.writeString(subuid, before);
        }
    }
}
