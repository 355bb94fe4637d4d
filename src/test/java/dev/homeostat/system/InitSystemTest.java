package dev.homeostat.system;

import static dev.homeostat.system.Machine.DECLARATION;
import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.awaitRight;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.homeostat;
import static dev.homeostat.system.Machine.run;
import static dev.homeostat.system.Machine.runs;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A machine that somebody set up by hand gets its first declaration. */
@Tag("system")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class InitSystemTest {
    private static final Path UNIT = Path.of("/etc/systemd/system/by-hand.service");
    private static final Path LEFT_OFF = Path.of("/etc/systemd/system/left-off.service");
    private static final Path USERS_UNIT = Path.of("/home/app/.config/systemd/user/of-app.service");
    private static final String SLEEPS = "[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=%s\n";
    private static final String SECRET = "swordfish-of-the-database";
    private static final List<String> SERVES = List.of("sh", "-c", "trap 'exit 0' TERM; httpd -f -p 8080 & wait");

    @BeforeEach
    void a_machine_set_up_by_hand() throws Exception {
        Machine.stop();
        run("rm", "-rf", "/var/lib/homeostat", Machine.DECLARATION_FOLDER.toString(), DECLARATION.toString());
        Machine.images();
        Files.writeString(UNIT, SLEEPS.formatted("multi-user.target"));
        Files.writeString(LEFT_OFF, SLEEPS.formatted("multi-user.target"));
        does("systemctl", "daemon-reload");
        does("systemctl", "enable", "--now", UNIT.getFileName().toString());
        asApp("mkdir", "-p", USERS_UNIT.getParent().toString());
        run(List.of("runuser", "-u", "app", "--", "tee", USERS_UNIT.toString()), SLEEPS.formatted("default.target"));
        asApp("systemctl", "--user", "daemon-reload");
        asApp("systemctl", "--user", "enable", "--now", "of-app.service");
        podmanRun(
                "podman",
                "run",
                "-d",
                "--name",
                "shop",
                "-p",
                "127.0.0.1:18080:8080",
                "-v",
                "shop-data:/data",
                "-e",
                "LEVEL=3",
                "-e",
                "DB_PASSWORD=" + SECRET,
                "--cap-add",
                "NET_ADMIN");
        assertThat(asApp("podman", "run", "-d", "--name", "of-app", "localhost/busybox:1", "sleep", "1000000")
                        .exit())
                .isZero();
        does("podman", "exec", "shop", "sh", "-c", "echo kept > /in-the-container");
    }

    private static void podmanRun(String... options) {
        List<String> command = new java.util.ArrayList<>(List.of(options));
        command.add("localhost/busybox:1");
        command.addAll(SERVES);
        assertThat(run(command, "").exit()).isZero();
    }

    @AfterEach
    void leaveNothing() throws Exception {
        if (Files.exists(Path.of("/etc/containers/systemd/ours.container"))) {
            does("systemctl", "start", "homeostat.socket", "homeostat.service");
            Machine.declare("version: 1\n");
            homeostat("apply");
        }
        Machine.stop();
        run("systemctl", "disable", "--now", UNIT.getFileName().toString());
        asApp("systemctl", "--user", "disable", "--now", "of-app.service");
        run("rm", "-f", UNIT.toString(), LEFT_OFF.toString(), USERS_UNIT.toString(), DECLARATION.toString());
        run("podman", "rm", "-f", "-t", "0", "shop", "ours");
        run("podman", "volume", "rm", "shop-data");
        asApp("podman", "rm", "-f", "-t", "0", "of-app");
        run("systemctl", "daemon-reload");
    }

    private static String ids() {
        return does("podman", "ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}")
                + asApp("podman", "ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}")
                        .output();
    }

    @Test
    void a_first_plan_has_nothing_to_do_and_an_apply_touches_nothing() throws Exception {
        String before = ids();
        String since = does("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", "by-hand.service");
        Machine.Answer answer = homeostat("init");
        assertThat(answer.exit()).as(answer.output()).isZero();
        System.out.println("seen: the first machine.yaml:\n" + Files.readString(DECLARATION));
        assertThat(answer.output()).contains("/etc/homeostat/machine.yaml is written: ");
        assertThat(does("stat", "-c", "%a %U:%G", DECLARATION.toString())).isEqualTo("644 root:root");
        assertThat(homeostat("validate", DECLARATION.toString()).exit()).isZero();
        String text = Files.readString(DECLARATION);
        assertThat(text)
                .contains("services:\n  by-hand.service:\n    state: running\n    startup: enabled\n")
                .contains("\n    services:\n") // where something may be a comment that another test left behind
                .contains("\n      of-app.service:\n        state: running\n        startup: enabled\n")
                .contains("\n#  shop:\n#    image: localhost/busybox:1\n")
                .contains("127.0.0.1:18080:8080")
                .contains("volume: shop-data")
                .contains("LEVEL: \"3\"")
                .contains("the option --cap-add")
                .contains("DB_PASSWORD is left out")
                .contains("that Homeostat did not make")
                .contains("\n#      of-app:\n")
                .doesNotContain(SECRET)
                .doesNotContain("left-off")
                .doesNotContain("NET_ADMIN");
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        await("the daemon answers", () -> homeostat("status").exit() != 69);
        Machine.Answer plan = homeostat("plan");
        assertThat(plan.exit()).as(plan.output()).isZero();
        assertThat(homeostat("apply").exit()).isZero();
        awaitRight();
        assertThat(ids()).isEqualTo(before);
        assertThat(does("podman", "exec", "shop", "cat", "/in-the-container")).isEqualTo("kept");
        assertThat(does("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", "by-hand.service"))
                .isEqualTo(since);
        does("systemctl", "stop", "by-hand.service");
        await("what is in force is kept", () -> runs("by-hand.service"));
    }

    @Test
    void what_is_there_is_never_overwritten() throws Exception {
        Files.createDirectories(DECLARATION.getParent());
        Files.writeString(DECLARATION, "version: 1\n# mine\n");
        Machine.Answer refused = homeostat("init");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.output())
                .contains(
                        "/etc/homeostat/machine.yaml is there already, and is not overwritten; homeostat init - prints");
        assertThat(Files.readString(DECLARATION)).isEqualTo("version: 1\n# mine\n");
        Machine.Answer printed = homeostat("init", "-");
        assertThat(printed.exit()).isZero();
        assertThat(printed.output()).contains("\nversion: 1\n").contains("by-hand.service");
    }

    /** A declaration that was lost: what Homeostat made is known by the digest that it carries. */
    @Test
    void a_container_that_homeostat_made_is_in_force_again_if_its_entry_says_the_same() throws Exception {
        Machine.startAnew("""
                version: 1
                containers:
                  ours:
                    image: localhost/busybox:1
                    command: [sh, -c, "trap 'exit 0' TERM; httpd -f -p 8080 & wait"]
                    environment: {LEVEL: "5"}
                    ports: ["127.0.0.1:18081:8080"]
                """);
        awaitRight();
        Machine.stop();
        String before = ids();
        Files.delete(DECLARATION);
        assertThat(homeostat("init").exit()).isZero();
        String text = Files.readString(DECLARATION);
        assertThat(text).contains("\n  ours:\n    image: localhost/busybox:1\n").contains("\n#  shop:\n");
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        await("the daemon answers", () -> homeostat("status").exit() != 69);
        Machine.Answer plan = homeostat("plan");
        assertThat(plan.exit()).as(plan.output()).isZero();
        assertThat(homeostat("apply").exit()).isZero();
        awaitRight();
        assertThat(ids()).isEqualTo(before);
    }

    /** What the state folder knows of and the new file cannot say is not removed for that. */
    @Test
    void a_container_whose_entry_would_differ_stays_although_its_declaration_was_lost() throws Exception {
        Machine.startAnew("""
                version: 1
                containers:
                  ours:
                    image: localhost/busybox:1
                    command: [sh, -c, "trap 'exit 0' TERM; httpd -f -p 8080 & wait"]
                    environment: {DB_PASSWORD: not-so-secret}
                """);
        awaitRight();
        Machine.stop();
        String before = ids();
        Files.delete(DECLARATION);
        assertThat(homeostat("init").exit()).isZero();
        assertThat(Files.readString(DECLARATION))
                .contains("\n#  ours:\n")
                .contains("# ours: a plan would ")
                .doesNotContain("not-so-secret");
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
        await("the daemon answers", () -> homeostat("status").exit() != 69);
        homeostat("apply", "--timeout", "10s");
        await("the removal waits", () -> homeostat("status").output().contains("container/ours"));
        assertThat(ids()).isEqualTo(before);
        assertThat(homeostat("approve", "container/ours").exit()).isZero();
        await("it was approved", () -> !ids().contains(" ours"));
    }

    @Test
    void the_predecessors_preferences_are_read_and_never_run() throws Exception {
        Path file = Files.createTempFile("preferences", ".env");
        Path mark = Path.of("/tmp/was-run");
        Files.writeString(
                file,
                "HOSTNAME=workshop\nSTATE_VERSION=25.05\nSELECTED_EDITOR=$(touch " + mark + ")\nSELECTED_SHELL=zsh\n");
        Machine.Answer answer = homeostat("import", "--preferences", file.toString());
        assertThat(answer.exit()).as(answer.output()).isZero();
        assertThat(answer.output())
                .contains("host:\n  name: workshop\n")
                .contains(file + ":3 SELECTED_EDITOR is worked out by a shell");
        assertThat(mark).doesNotExist();
        Files.delete(file);
    }
}
