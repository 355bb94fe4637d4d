package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.content;
import static dev.homeostat.system.Machine.declare;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.unit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Entries of the catalogue, declared with one line, on a real machine. Their images cannot be had here, so each line names
 * one that does something else under the same name, ports, volumes and password.
 */
@Tag("system")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class CatalogSystemTest {
    private static final Path STATE = Path.of("/var/lib/homeostat");
    private static final Path SECRET = STATE.resolve("secrets/postgres-password.env");
    private static final Path OF_APP = Path.of("/home/app/.local/state/homeostat/secrets/jupyter-token.env");
    private static final String VARIABLE = "POSTGRES_PASSWORD";
    /** Ends as soon as it is told to: the first process of a container is not ended by a signal that it does not handle. */
    private static final String SERVES =
            "image: localhost/busybox:1, command: [sh, -c, \"trap 'exit 0' TERM; httpd -f -p %d -h %s & wait\"], health: {command: [\"true\"]}";

    private static final String POSTGRES =
            "  postgres: {" + SERVES.formatted(5432, "/var/lib/postgresql/data") + "%s}\n";
    private static final String REDIS = "  redis: {" + SERVES.formatted(6379, "/data") + "}\n";
    private static final String JUPYTER =
            "users: {app: {catalog: {jupyter: {" + SERVES.formatted(8888, "/home/jovyan/work") + "}}}}\n";
    private static final String BEGINNING = "version: 1\ncatalog:\n";

    private static String postgres(String more) {
        return POSTGRES.formatted(more);
    }

    @BeforeEach
    void begin() throws Exception {
        Machine.images();
        Machine.startAnew(BEGINNING + postgres("") + REDIS + JUPYTER);
        awaitRight();
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        declare("version: 1\n");
        homeostat("apply");
        Machine.stop();
        run("podman", "volume", "rm", "postgres-data", "redis-data");
        run("podman", "network", "rm", "local-ai");
        asApp("podman", "volume", "rm", "jupyter-work");
        run("rm", "-rf", OF_APP.getParent().toString());
    }

    private static String password() {
        return does("podman", "exec", "postgres", "sh", "-c", "echo $" + VARIABLE);
    }

    private static void keepInVolume(String what) {
        does("podman", "exec", "postgres", "sh", "-c", "echo " + what + " > /var/lib/postgresql/data/kept");
    }

    private static String keptInVolume() {
        return run("podman", "exec", "postgres", "cat", "/var/lib/postgresql/data/kept")
                .line();
    }

    private static String container() {
        return does("podman", "inspect", "--format", "{{.Id}}", "postgres");
    }

    private static boolean isThere(String kind, String name) {
        return run("podman", kind, "exists", name).exit() == 0;
    }

    @Test
    void one_line_is_a_container_with_all_it_needs_and_explain_says_from_where() throws Exception {
        assertThat(Files.readString(SECRET)).isEqualTo(VARIABLE + "=" + password() + "\n");
        assertThat(password()).matches("[A-Za-z0-9_-]{43}");
        assertThat(does("stat", "-c", "%a %U", SECRET.toString())).isEqualTo("600 root");
        assertThat(does("podman", "port", "postgres")).isEqualTo("5432/tcp -> 127.0.0.1:5432");
        assertThat(isThere("volume", "postgres-data")).isTrue();
        for (String id : List.of("container/postgres", "volume/postgres-data", "secret/postgres-password")) {
            assertThat(homeostat("explain", id).output())
                    .contains("declared at /etc/homeostat/machine.yaml:3:3, from the catalogue entry postgres");
        }
        assertThat(homeostat("status", "-v").output())
                .contains("container/postgres")
                .contains("secret/postgres-password")
                .contains("network/local-ai")
                .contains("container/app@jupyter");
        assertThat(homeostat("plan").exit()).as("nothing to do").isZero();
    }

    @Test
    void a_users_entry_is_rootless_and_its_secret_is_the_users() throws Exception {
        assertThat(does("stat", "-c", "%a %U %G", OF_APP.toString())).isEqualTo("600 app app");
        String token = asApp("podman", "exec", "jupyter", "sh", "-c", "echo $JUPYTER_TOKEN")
                .line();
        assertThat(Files.readString(OF_APP)).isEqualTo("JUPYTER_TOKEN=" + token + "\n");
        assertThat(token).matches("[A-Za-z0-9_-]{43}").isNotEqualTo(password());
        assertThat(isThere("container", "jupyter"))
                .as("nothing of it is root's")
                .isFalse();
    }

    /** The predecessor's stack started a network by a name that nobody else knew (F17). */
    @Test
    void names_are_the_same_for_podman_systemd_and_the_containers() throws Exception {
        for (String name : List.of("postgres.service", "redis.service")) {
            assertThat(unit("After", name)).contains("local-ai-network.service");
        }
        assertThat(unit("ActiveState", "local-ai-network.service")).isEqualTo("active");
        assertThat(isThere("network", "local-ai")).isTrue();
        keepInVolume("found-by-name");
        await(
                "one container finds the other by its name",
                () -> run("podman", "exec", "redis", "wget", "-q", "-O-", "http://postgres:5432/kept")
                        .line()
                        .equals("found-by-name"));
        // the first of those that share it may go
        declare(BEGINNING + REDIS + JUPYTER);
        await("postgres is gone", () -> !isThere("container", "postgres"));
        awaitRight();
        assertThat(isThere("network", "local-ai")).isTrue();
        assertThat(homeostat("explain", "network/local-ai").output()).contains("from the catalogue entry redis");
    }

    /** The predecessor made a new password at every run, while the data kept the old one (F24), and moved data away (F11). */
    @Test
    void password_and_data_stay_whatever_becomes_of_the_container() throws Exception {
        String password = password();
        keepInVolume("of-the-first-one");

        String first = container();
        declare(BEGINNING + postgres(", port: 15432") + REDIS + JUPYTER);
        await(
                "made anew on another port",
                () -> run("podman", "port", "postgres").line().equals("5432/tcp -> 127.0.0.1:15432"));
        awaitRight();
        assertThat(container()).isNotEqualTo(first);
        assertThat(password()).isEqualTo(password);
        assertThat(keptInVolume()).isEqualTo("of-the-first-one");

        String second = container();
        does("podman", "rm", "-f", "postgres");
        await("there again", () -> isThere("container", "postgres"));
        awaitRight();
        assertThat(container()).isNotEqualTo(second);
        assertThat(password()).isEqualTo(password);

        does("systemctl", "kill", "--kill-whom=main", "-s", "KILL", "homeostat.service");
        does("systemctl", "restart", "homeostat.service");
        awaitRight();
        assertThat(password()).isEqualTo(password);

        declare(BEGINNING + REDIS + JUPYTER);
        await("gone", () -> !isThere("container", "postgres"));
        awaitRight();
        assertThat(isThere("volume", "postgres-data")).as("data stays").isTrue();
        assertThat(content(SECRET)).isEqualTo(VARIABLE + "=" + password + "\n");

        declare(BEGINNING + postgres("") + REDIS + JUPYTER);
        await("back", () -> isThere("container", "postgres"));
        awaitRight();
        assertThat(password()).isEqualTo(password);
        assertThat(keptInVolume()).isEqualTo("of-the-first-one");
    }

    @Test
    void a_lost_password_is_not_made_anew_unasked() throws Exception {
        String line = Files.readString(SECRET);
        Files.delete(SECRET);
        await(
                "it waits for a person",
                () -> homeostat("status", "-v").output().contains("what was locked with that one stays locked"));
        assertThat(SECRET).doesNotExist();
        assertThat(homeostat("approve").output()).contains("secret/postgres-password");
        // from a backup
        Files.writeString(SECRET, line);
        await(
                "protected as before",
                () -> run("stat", "-c", "%a", SECRET.toString()).line().equals("600"));
        awaitRight();
        assertThat(line).isEqualTo(VARIABLE + "=" + password() + "\n");
        Files.delete(SECRET);
        await("it waits again", () -> homeostat("approve").output().contains("secret/postgres-password"));
        does("homeostat", "approve", "secret/postgres-password");
        await("made anew because somebody said so", () -> content(SECRET).startsWith(VARIABLE + "="));
        awaitRight();
        assertThat(Files.readString(SECRET)).isNotEqualTo(line).isEqualTo(VARIABLE + "=" + password() + "\n");
    }

    @Test
    void the_password_is_in_its_file_and_nowhere_else() throws Exception {
        String password = password();
        StringBuilder said = new StringBuilder();
        for (String command : List.of(
                "status -v",
                "status -o json",
                "plan -o json",
                "diff",
                "history -o json",
                "revisions -o json",
                "explain secret/postgres-password",
                "explain -o json secret/postgres-password",
                "explain -o json container/postgres",
                "catalog postgres",
                "audit")) {
            said.append(homeostat(command.split(" ")).output());
        }
        said.append(run("journalctl", "--no-pager", "-o", "json").output());
        said.append(run("ps", "axww", "-o", "args").output());
        said.append(content(Path.of("/etc/containers/systemd/postgres.container")));
        said.append(run("systemctl", "cat", "postgres.service").output());
        assertThat(said.toString()).contains("postgres-password.env").doesNotContain(password);
        List<Path> files;
        try (Stream<Path> all = Files.walk(STATE)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !file.equals(SECRET))
                    .toList();
        }
        for (Path file : files) {
            assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
                    .as("%s", file)
                    .doesNotContain(password);
        }
    }

    @Test
    void the_installed_program_finds_its_entries_with_and_without_a_daemon() throws Exception {
        String with = homeostat("catalog", "-o", "json").output();
        Machine.stop();
        try {
            String without = homeostat("catalog", "-o", "json").output();
            assertThat(without).isEqualTo(with);
            assertThat(Json.MAPPER.readTree(without)).hasSizeGreaterThan(16);
            assertThat(homeostat("catalog", "redis").output()).contains("port redis 6379/tcp");
        } finally {
            does("systemctl", "start", "homeostat.socket", "homeostat.service");
        }
    }
}
