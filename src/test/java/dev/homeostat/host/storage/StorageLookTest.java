package dev.homeostat.host.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storage as it lies there, on trees made for it. */
class StorageLookTest {
    private static final Account ROOT = new Account("root", 0, 0, Path.of("/root"));
    private static final Account APP = new Account("app", 1000, 1000, Path.of("/home/app"));
    private static final String LAYER = "cd".repeat(32);

    @TempDir
    Path root;

    private StorageLook look;

    @BeforeEach
    void open() throws IOException {
        root = root.toRealPath();
        look = new StorageLook(root, new PosixFiles(), new ChildProcesses(), new PortTable(new NameService()));
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void database(String folder, String driver) throws IOException, SQLException {
        Path file = Files.createDirectories(root.resolve(folder)).resolve("db.sql");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("CREATE TABLE DBConfig (ID INTEGER, GraphDriver TEXT NOT NULL)");
            statement.execute("INSERT INTO DBConfig VALUES (1, '" + driver + "')");
        }
    }

    @Test
    void a_driver_that_the_database_was_not_made_with_is_found() throws Exception {
        write("etc/containers/storage.conf", "# mine\n[storage]\ndriver = \"overlay\" # fast\n[other]\ndriver=\"x\"\n");
        database("var/lib/containers/storage", "vfs");
        ContainerStorage storage = look.containers(ROOT).orElseThrow();
        assertThat(storage.configured()).contains("overlay");
        assertThat(storage.recorded()).contains("vfs");
        assertThat(storage.contradiction()).contains("vfs");
    }

    @Test
    void the_same_driver_under_its_old_name_is_no_contradiction() throws Exception {
        write("usr/share/containers/storage.conf", "[storage]\ndriver = 'overlay2'\n");
        database("var/lib/containers/storage", "overlay");
        assertThat(look.containers(ROOT).orElseThrow().contradiction()).isEmpty();
    }

    @Test
    void without_a_database_what_lies_there_counts() throws Exception {
        write("etc/containers/storage.conf", "[storage]\ndriver = \"overlay\"\ngraphroot = \"/srv/containers\"\n");
        write("srv/containers/vfs-layers/layers.json", "[{\"id\":\"" + LAYER + "\"}]");
        ContainerStorage storage = look.containers(ROOT).orElseThrow();
        assertThat(storage.contradiction()).contains("vfs");
        write("srv/containers/vfs-layers/layers.json", "[]");
        assertThat(look.containers(ROOT).orElseThrow().contradiction()).isEmpty();
    }

    @Test
    void a_users_own_configuration_goes_before_the_systems() throws Exception {
        write("etc/containers/storage.conf", "[storage]\ndriver = \"vfs\"\n");
        database("home/app/.local/share/containers/storage", "overlay");
        assertThat(look.containers(APP).orElseThrow().contradiction()).contains("overlay");
        write("home/app/.config/containers/storage.conf", "[storage]\ndriver = \"overlay\"\n");
        assertThat(look.containers(APP).orElseThrow().contradiction()).isEmpty();
        write(
                "home/app/.config/containers/storage.conf",
                "[storage]\nrootless_storage_path = \"$HOME/elsewhere\"\n[storage.options.overlay]\nmount_program = \"/x\"\n");
        assertThat(look.containers(APP)).isEmpty();
        Files.createDirectories(root.resolve("home/app/elsewhere"));
        assertThat(look.containers(APP).orElseThrow().mountProgram()).isTrue();
    }

    @Test
    void where_nothing_was_ever_kept_there_is_nothing_to_say() throws Exception {
        assertThat(look.containers(ROOT)).isEmpty();
    }

    @Test
    void a_database_that_is_none_is_told_and_not_followed() throws Exception {
        write("var/lib/containers/storage/db.sql", "SQLite format 3\0" + "x".repeat(5000));
        assertThatThrownBy(() -> look.containers(ROOT))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("db.sql");
        write("var/lib/containers/storage/db.sql", "short");
        assertThatThrownBy(() -> look.containers(ROOT)).hasMessageContaining("is not a database of SQLite");
    }

    @Test
    void ranges_of_ids_are_added_up_by_name_and_by_number() throws Exception {
        write("etc/subuid", "app:100000:65536\n1000:300000:10\nother:1:99999\nnonsense\n");
        assertThat(look.subordinateIds("subuid", APP)).isEqualTo(OptionalLong.of(65_546));
        assertThat(look.subordinateIds("subgid", APP)).isEqualTo(OptionalLong.of(0));
        write("etc/nsswitch.conf", "passwd: files\nsubid: sss\n");
        assertThat(look.subordinateIds("subuid", APP)).isEmpty();
    }

    private void mounted(String... paths) throws IOException {
        StringBuilder table = new StringBuilder("22 1 0:20 / / rw shared:1 - ext4 /dev/vda1 rw\n");
        for (String path : paths) {
            table.append("36 22 0:32 / ")
                    .append(path)
                    .append(" rw,relatime shared:9 - overlay overlay rw,lowerdir=l/X\n");
        }
        write("proc/1/mountinfo", table.toString());
    }

    @Test
    void an_overlay_is_left_over_if_its_container_does_not_run_or_is_no_more() throws Exception {
        String storage = root + "/var/lib/containers/storage";
        String merged = storage + "/overlay/" + LAYER + "/merged";
        mounted("/", merged, "/home/somebody/merged");
        assertThat(look.staleMounts())
                .containsExactly(new StaleMount(
                        Path.of(merged), "it belongs to no container and no image any more", "umount " + merged));
        write(
                "var/lib/containers/storage/overlay-containers/containers.json",
                "[{\"id\":\"" + "ef".repeat(32) + "\",\"names\":[\"web\"],\"layer\":\"" + LAYER + "\"}]");
        assertThat(look.staleMounts().getFirst().why()).isEqualTo("container web, whose it is, does not run");
        assertThat(look.staleMounts().getFirst().remedy()).startsWith("podman umount web;");
        write("var/lib/containers/storage/overlay-containers/containers.json", "[]");
        write("var/lib/containers/storage/overlay-layers/layers.json", "[{\"id\":\"" + LAYER + "\"}]");
        assertThat(look.staleMounts()).as("an image that somebody mounted").isEmpty();
        mounted();
        assertThat(look.staleMounts()).isEmpty();
    }

    @Test
    void a_list_that_cannot_be_read_is_told() throws Exception {
        mounted(root + "/s/overlay/" + LAYER + "/merged");
        write("s/overlay-containers/containers.json", "{half");
        assertThatThrownBy(look::staleMounts).isInstanceOf(Trouble.class).hasMessageContaining("is not JSON");
    }

    @Test
    void whether_an_xfs_tells_types_is_not_known_without_its_program() {
        assertThat(List.of(look.xfsTellsTypes(root)))
                .hasSize(1)
                .first()
                .satisfies(known -> assertThat(known).isEmpty());
    }
}
