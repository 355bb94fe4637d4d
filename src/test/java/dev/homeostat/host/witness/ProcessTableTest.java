package dev.homeostat.host.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.posix.NameService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proc(5) of our own making. */
class ProcessTableTest {
    private static final String NO_LOGIN = "4294967295";
    private static final int NOBODY_KNOWS_UID = 54321;

    @TempDir
    Path proc;

    private ProcessTable table;

    @BeforeEach
    void table() throws Exception {
        table = new ProcessTable(proc, 100, new NameService());
        Files.writeString(proc.resolve("loadavg"), "0.00 0.01 0.05 1/123 900\n");
        process(1, 0, 0, NO_LOGIN, "systemd", "/sbin/init");
        process(100, 1, 0, NO_LOGIN, "java", "java", "daemon");
        process(500, 1, NOBODY_KNOWS_UID, NO_LOGIN, "bash", "-bash");
    }

    private void process(long pid, long parent, int uid, String login, String name, String... arguments)
            throws Exception {
        Path folder = Files.createDirectories(proc.resolve("" + pid));
        Files.writeString(
                folder.resolve("status"),
                "Name:\t" + name + "\nUmask:\t0022\nPPid:\t" + parent + "\nUid:\t" + uid + "\t" + uid + "\t0\t0\n");
        Files.writeString(folder.resolve("loginuid"), login);
        Files.writeString(folder.resolve("cmdline"), arguments.length == 0 ? "" : String.join("\0", arguments) + "\0");
        Files.writeString(folder.resolve("cgroup"), "0::/system.slice/" + name + ".service/sub\n");
    }

    private String named(long pid) {
        return table.rival(table.of(pid).orElseThrow(), "stopped", Instant.EPOCH)
                .toString();
    }

    @Test
    void the_user_who_became_root_is_named_and_how() throws Exception {
        process(600, 500, 0, NO_LOGIN, "sudo", "sudo", "systemctl", "stop", "x");
        process(
                601,
                600,
                0,
                NO_LOGIN,
                "sudo",
                "sudo",
                "systemctl",
                "stop",
                "x"); // its monitor, with a terminal of its own
        process(602, 601, 0, NO_LOGIN, "systemctl", "systemctl", "stop", "x");
        assertThat(named(602)).isEqualTo("stopped by uid 54321 with sudo systemctl (pid 602)");
        process(700, 1, 0, "54321", "sed", "sed", "-i");
        assertThat(named(700)).isEqualTo("stopped by uid 54321 with sed as root (pid 700)");
        process(701, 500, NOBODY_KNOWS_UID, NO_LOGIN, "sed", "sed", "-i");
        assertThat(named(701)).isEqualTo("stopped by uid 54321 with sed (pid 701)");
        process(702, 1, 0, NO_LOGIN, "cron\u001b[31m", "cron");
        assertThat(named(702)).isEqualTo("stopped by root (uid 0) with cron?[31m (pid 702)");
    }

    @Test
    void the_daemon_and_what_it_started_are_ours() throws Exception {
        process(150, 100, 0, NO_LOGIN, "sh", "sh");
        process(151, 150, 0, NO_LOGIN, "podman", "podman", "rm", "x");
        assertThat(table.isOurs(table.of(100).orElseThrow())).isTrue();
        assertThat(table.isOurs(table.of(151).orElseThrow())).isTrue();
        assertThat(table.isOurs(table.of(500).orElseThrow())).isFalse();
    }

    @Test
    void the_youngest_come_first_also_when_numbers_have_begun_anew() throws Exception {
        process(899, 1, 0, NO_LOGIN, "a", "a");
        process(30000, 1, 0, NO_LOGIN, "b", "b");
        assertThat(table.newestFirst()).containsExactly(899L, 500L, 100L, 1L, 30000L);
    }

    @Test
    void what_has_ended_is_empty_and_a_zombie_has_no_command_line() throws Exception {
        assertThat(table.of(12345)).isEmpty();
        process(800, 1, 0, NO_LOGIN, "sed");
        assertThat(table.of(800).orElseThrow().program()).isEmpty();
        Files.writeString(proc.resolve("800/status"), "garbage");
        assertThat(table.of(800)).isEmpty();
        assertThat(table.isOfUnit(500, "bash.service")).isTrue();
        assertThat(table.isOfUnit(500, "sh.service")).isFalse();
    }

    @Test
    void this_very_process_is_seen_as_it_is() {
        ProcessFacts self = new ProcessTable(new NameService())
                .of(ProcessHandle.current().pid())
                .orElseThrow();
        assertThat(self.parent())
                .isEqualTo(ProcessHandle.current().parent().orElseThrow().pid());
        assertThat(self.program()).isEqualTo("java");
    }

    // ---- command lines

    private static ProcessFacts command(int uid, String... arguments) {
        return new ProcessFacts(1, 1, uid, uid, Optional.empty(), arguments[0], List.of(arguments));
    }

    private static String systemctl(String... arguments) {
        return Commands.systemctl(command(0, arguments), "web.service", Optional.empty())
                .orElse("not he");
    }

    @Test
    void only_who_moves_the_unit_is_suspected() {
        assertThat(systemctl("/usr/bin/systemctl", "stop", "web")).isEqualTo("stopped");
        assertThat(systemctl("systemctl", "--no-ask-password", "mask", "--now", "web.service"))
                .isEqualTo("masked");
        assertThat(systemctl("systemctl", "restart", "a.service", "we*")).isEqualTo("restarted");
        assertThat(systemctl("systemctl", "kill", "-s", "KILL", "web")).isEqualTo("killed");
        assertThat(systemctl("systemctl", "status", "web.service")).isEqualTo("not he");
        assertThat(systemctl("systemctl", "stop", "website.service")).isEqualTo("not he");
        assertThat(systemctl("systemctl", "stop", "[")).isEqualTo("not he");
        assertThat(systemctl("systemctl", "--user", "stop", "web.service")).isEqualTo("not he");
        assertThat(systemctl("systemctl", "stop")).isEqualTo("not he");
        assertThat(systemctl("vim", "stop", "web.service")).isEqualTo("not he");
        assertThat(systemctl("journalctl", "-fu", "web.service")).isEqualTo("not he");
        assertThat(systemctl("sudo", "systemctl", "stop", "web.service")).isEqualTo("not he");
    }

    @Test
    void a_users_own_manager_is_his_and_roots() {
        assertThat(Commands.systemctl(
                        command(1000, "systemctl", "--user", "stop", "web"), "web.service", Optional.of(1000)))
                .contains("stopped");
        assertThat(Commands.systemctl(
                        command(1001, "systemctl", "--user", "stop", "web"), "web.service", Optional.of(1000)))
                .isEmpty();
        assertThat(Commands.systemctl(
                        command(0, "systemctl", "--user", "-M", "app@", "stop", "web"),
                        "web.service",
                        Optional.of(1000)))
                .contains("stopped");
        assertThat(Commands.systemctl(command(1000, "systemctl", "stop", "web"), "web.service", Optional.of(1000)))
                .isEmpty();
    }

    private static String podman(int uid, String... arguments) {
        return Commands.podman(command(uid, arguments), "web", "3f2a99d1", Optional.empty())
                .orElse("not he");
    }

    @Test
    void a_container_is_named_by_name_or_id_or_with_all_others() {
        assertThat(podman(0, "podman", "stop", "web")).isEqualTo("stopped");
        assertThat(podman(0, "podman", "container", "rm", "-f", "3f2a")).isEqualTo("removed");
        assertThat(podman(0, "podman", "kill", "--all")).isEqualTo("killed");
        assertThat(podman(1000, "podman", "stop", "web")).isEqualTo("not he");
        assertThat(podman(0, "podman", "logs", "-f", "web")).isEqualTo("not he");
        assertThat(podman(0, "podman", "stop", "web2")).isEqualTo("not he");
    }
}
