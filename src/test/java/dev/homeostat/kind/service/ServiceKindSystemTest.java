package dev.homeostat.kind.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.Locations;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.process.ChildProcesses;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.witness.Witnesses;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With real service managers: the system's, and that of the user {@code app}, who lingers. */
@Tag("system")
@Timeout(60)
class ServiceKindSystemTest {
    private static final Scope APP = Scope.of("app");
    private static final Path ETC = Path.of("/etc/systemd/system");
    private static final Path APP_UNITS = Path.of("/home/app/.config/systemd/user");
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Locations locations = Locations.system(Map.of());
    private final Accounts accounts = new NameService();
    private final PosixFiles files = new PosixFiles();
    private final Processes processes = new ChildProcesses();
    private final Systemd systemd = new Systemd(locations, accounts, new ChildProcesses());
    private final UnitPlaces places = new UnitPlaces(locations, accounts);
    private Inotify inotify;
    private ServiceKind kind;

    @BeforeEach
    void build() throws Exception {
        inotify = new Inotify();
        kind = new ServiceKind(
                systemd,
                files,
                accounts,
                inotify,
                places,
                new UnitVerification(processes, files),
                new KeptFiles(Locations.system(Map.of(Locations.STATE_VARIABLE, "/var/lib/homeostat-test")), files),
                Witnesses.seeingProcesses(accounts),
                Clock.systemUTC(),
                new PortTable(accounts));
        Files.writeString(Path.of("/run/systemd/system/plain.service"), """
                [Service]
                ExecStart=/usr/bin/sleep infinity
                [Install]
                WantedBy=multi-user.target
                """);
        Files.deleteIfExists(ETC.resolve("plain.service"));
        run("systemctl", "daemon-reload");
    }

    @AfterEach
    void clean() throws Exception {
        kind.watch(List.of(), new Heard());
        systemd.close();
        inotify.close();
        run("systemctl", "unmask", "plain.service");
        run("systemctl", "unmask", "--runtime", "plain.service");
        run("systemctl", "disable", "--now", "plain.service", "hello.service", "hello.timer");
        for (String name : List.of("hello.service", "hello.timer", "lonely.service", "tmpl@.service")) {
            run("systemctl", "stop", name);
            Files.deleteIfExists(ETC.resolve(name));
        }
        Files.deleteIfExists(APP_UNITS.resolve("hello.service"));
        run("systemctl", "daemon-reload");
        run("systemctl", "reset-failed");
    }

    // ---- units that exist

    @Test
    void a_stopped_service_is_started() throws Exception {
        converge(existing("plain.service", ServiceState.RUNNING, null));
        assertThat(systemctl("is-active", "plain.service")).isEqualTo("active");
    }

    @Test
    void a_running_service_is_stopped() throws Exception {
        run("systemctl", "start", "plain.service");
        var desired = existing("plain.service", ServiceState.STOPPED, null);
        assertThat(assess(desired).actions()).singleElement().satisfies(a -> {
            assertThat(a.summary()).isEqualTo("stop plain.service");
            assertThat(a.impact().name()).isEqualTo("DISRUPTIVE");
        });
        converge(desired);
        assertThat(systemctl("is-active", "plain.service")).isEqualTo("inactive");
    }

    @Test
    void a_killed_service_is_started_again() throws Exception {
        var desired = existing("plain.service", ServiceState.RUNNING, null);
        converge(desired);
        run("systemctl", "kill", "-s", "KILL", "plain.service");
        awaitState("plain.service", "failed");
        assertThat(assess(desired).differences().getFirst().observed()).isEqualTo("failed (failed, signal)");
        converge(desired);
        assertThat(systemctl("is-active", "plain.service")).isEqualTo("active");
    }

    @Test
    void a_service_is_enabled_and_disabled() throws Exception {
        Files.copy(Path.of("/run/systemd/system/plain.service"), ETC.resolve("plain.service"));
        run("systemctl", "daemon-reload");
        converge(existing("plain.service", null, ServiceStartup.ENABLED));
        assertThat(systemctl("is-enabled", "plain.service")).isEqualTo("enabled");
        converge(existing("plain.service", null, ServiceStartup.DISABLED));
        assertThat(systemctl("is-enabled", "plain.service")).isEqualTo("disabled");
    }

    @Test
    void a_service_that_someone_stopped_and_masked_is_unmasked_enabled_and_started() throws Exception {
        var desired = existing("plain.service", ServiceState.RUNNING, ServiceStartup.ENABLED);
        converge(desired);
        run("systemctl", "disable", "--now", "plain.service");
        run("systemctl", "mask", "plain.service");
        assertThat(systemctl("is-enabled", "plain.service")).isEqualTo("masked");
        assertThat(assess(desired).actions())
                .extracting(Action::verb)
                .containsExactly("unmask", "enable", "reload", "start");
        converge(desired);
        assertThat(systemctl("is-active", "plain.service")).isEqualTo("active");
        assertThat(systemctl("is-enabled", "plain.service")).isEqualTo("enabled");
    }

    @Test
    void a_unit_of_the_vendor_is_masked() throws Exception {
        converge(existing("systemd-tmpfiles-clean.timer", ServiceState.STOPPED, ServiceStartup.MASKED));
        assertThat(systemctl("is-enabled", "systemd-tmpfiles-clean.timer")).isEqualTo("masked");
        converge(existing("systemd-tmpfiles-clean.timer", ServiceState.RUNNING, ServiceStartup.DISABLED));
        assertThat(systemctl("is-active", "systemd-tmpfiles-clean.timer")).isEqualTo("active");
    }

    @Test
    void masking_never_replaces_a_file_of_the_owner() throws Exception {
        Files.writeString(ETC.resolve("hello.service"), "[Service]\nExecStart=/usr/bin/true\n");
        run("systemctl", "daemon-reload");
        assertThatThrownBy(() -> converge(existing("hello.service", null, ServiceStartup.MASKED)))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("exists")
                .extracting(t -> ((Trouble) t).sort())
                .isEqualTo(Trouble.Sort.CONFLICT);
    }

    @Test
    void a_unit_that_nothing_can_enable_says_so() {
        assertThatThrownBy(() -> converge(existing("dbus.service", null, ServiceStartup.ENABLED)))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("no [Install] section");
    }

    @Test
    void a_unit_that_is_not_there_says_so() {
        assertThatThrownBy(() -> converge(existing("nowhere.service", ServiceState.RUNNING, null)))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("nowhere.service not found")
                .extracting(t -> ((Trouble) t).sort())
                .isEqualTo(Trouble.Sort.INVALID);
    }

    @Test
    void a_newer_file_restarts_the_service_once() throws Exception {
        Path file = Files.createTempFile("restart", ".conf");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
        var desired = desired(
                Scope.OWN,
                new ServiceSpec("plain.service", ServiceState.RUNNING, null, List.of(file), null, null, false));
        converge(desired);
        String before = pid("plain.service");
        assertThat(assess(desired).inSync()).isTrue();
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        assertThat(assess(desired).actions()).extracting(Action::verb).containsExactly("restart");
        converge(desired);
        assertThat(pid("plain.service")).isNotEqualTo(before);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(3600)));
        assertThat(assess(desired).inSync()).as("a time in the future").isTrue();
    }

    @Test
    void a_start_limit_does_not_keep_a_service_down() throws Exception {
        Path flag = Path.of("/run/lonely-may-run");
        Files.deleteIfExists(flag);
        Files.writeString(ETC.resolve("lonely.service"), """
                [Unit]
                StartLimitBurst=2
                StartLimitIntervalSec=1h
                [Service]
                Type=exec
                ExecStartPre=/usr/bin/test -e %s
                ExecStart=/usr/bin/sleep infinity
                """.formatted(flag));
        run("systemctl", "daemon-reload");
        for (int i = 0; i < 4; i++) {
            run("systemctl", "start", "lonely.service");
        }
        assertThat(run("journalctl", "-b", "-u", "lonely.service", "-o", "cat").output())
                .contains("Start request repeated too quickly");
        var desired = existing("lonely.service", ServiceState.RUNNING, null);
        assertThatThrownBy(() -> converge(desired)).isInstanceOf(Trouble.class).hasMessageContaining("exit-code");
        Files.createFile(flag);
        converge(desired);
        assertThat(systemctl("is-active", "lonely.service")).isEqualTo("active");
    }

    // ---- units declared here

    @Test
    void a_declared_unit_is_written_enabled_and_started() throws Exception {
        var desired = hello("/usr/bin/sleep infinity");
        assertThat(assess(desired).actions())
                .extracting(Action::verb)
                .containsExactly("write", "enable", "reload", "start");
        converge(desired);
        assertThat(systemctl("is-active", "hello.service")).isEqualTo("active");
        assertThat(systemctl("is-enabled", "hello.service")).isEqualTo("enabled");
        assertThat(Files.readString(ETC.resolve("hello.service")))
                .startsWith("# Written by homeostat")
                .contains("[Service]\nExecStart=/usr/bin/sleep infinity\nType=exec\n");
        assertThat(assess(desired).inSync()).isTrue();
    }

    @Test
    void a_unit_that_systemd_does_not_accept_is_never_put_in_place() throws Exception {
        for (String line : List.of("/nonexistent/program", "relative")) {
            assertThatThrownBy(() -> converge(hello(line)))
                    .isInstanceOf(Trouble.class)
                    .hasMessageContaining("systemd does not accept hello.service")
                    .hasMessageContaining(line);
        }
        assertThat(ETC.resolve("hello.service")).doesNotExist();
        assertThat(systemctl("is-active", "hello.service")).isEqualTo("inactive");
        try (var temporary = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(temporary.filter(p -> p.getFileName().toString().startsWith("homeostat-verify")))
                    .isEmpty();
        }
    }

    @Test
    void an_edit_by_someone_is_undone_without_a_restart() throws Exception {
        var desired = hello("/usr/bin/sleep infinity");
        converge(desired);
        String before = pid("hello.service");
        Path file = ETC.resolve("hello.service");
        String text = Files.readString(file);
        Files.writeString(file, text.replace("infinity", "1000"));
        run("systemctl", "daemon-reload");
        assertThat(assess(desired).actions()).extracting(Action::verb).containsExactly("write", "reload");
        converge(desired);
        assertThat(Files.readString(file)).isEqualTo(text);
        assertThat(systemctl("show", "-P", "ExecStart", "hello.service")).contains("infinity");
        assertThat(pid("hello.service")).isEqualTo(before);

        Files.delete(file);
        converge(desired);
        assertThat(UnitFile.isUntouched(Files.readString(file))).isTrue();
        assertThat(pid("hello.service")).isEqualTo(before);
    }

    @Test
    void an_edit_that_the_service_was_restarted_with_is_undone_with_a_restart() throws Exception {
        var desired = hello("/usr/bin/sleep infinity");
        converge(desired);
        Path file = ETC.resolve("hello.service");
        Files.writeString(file, Files.readString(file).replace("infinity", "1000"));
        run("systemctl", "daemon-reload");
        run("systemctl", "restart", "hello.service");
        assertThat(assess(desired).actions()).extracting(Action::verb).containsExactly("write", "reload", "restart");
        converge(desired);
        assertThat(Files.readString(Path.of("/proc/" + pid("hello.service") + "/cmdline")))
                .contains("infinity");
    }

    @Test
    void a_changed_declaration_restarts_the_service() throws Exception {
        converge(hello("/usr/bin/sleep infinity"));
        var desired = hello("/usr/bin/sleep 5000");
        assertThat(assess(desired).actions()).extracting(Action::verb).containsExactly("write", "reload", "restart");
        converge(desired);
        assertThat(Files.readString(Path.of("/proc/" + pid("hello.service") + "/cmdline")))
                .contains("5000");
    }

    @Test
    void files_that_were_written_but_not_loaded_before_a_crash_are_loaded() throws Exception {
        converge(hello("/usr/bin/sleep infinity"));
        var desired = hello("/usr/bin/sleep 5000");
        kind.perform(desired, assess(desired).actions().getFirst());
        assertThat(assess(desired).actions()).extracting(Action::verb).containsExactly("reload", "restart");
        kind.perform(desired, assess(desired).actions().getFirst());
        assertThat(assess(desired).actions()).extracting(Action::verb).containsExactly("restart");
        converge(desired);
    }

    @Test
    void a_declared_unit_that_someone_masked_is_put_back() throws Exception {
        var desired = hello("/usr/bin/sleep infinity");
        converge(desired);
        run("systemctl", "stop", "hello.service");
        Files.delete(ETC.resolve("hello.service"));
        Files.createSymbolicLink(ETC.resolve("hello.service"), Path.of("/dev/null"));
        run("systemctl", "daemon-reload");
        converge(desired);
        assertThat(systemctl("is-active", "hello.service")).isEqualTo("active");
    }

    @Test
    void a_unit_file_of_someone_else_is_never_overwritten() throws Exception {
        String theirs = "[Service]\nExecStart=/usr/bin/true\n";
        Files.writeString(ETC.resolve("hello.service"), theirs);
        var desired = hello("/usr/bin/sleep infinity");
        Sighting<ServiceSeen> sighting = sighting(desired);
        assertThat(sighting)
                .isInstanceOfSatisfying(
                        Sighting.Unclear.class,
                        u -> assertThat(u.trouble().sentence())
                                .contains("/etc/systemd/system/hello.service", "belongs to root"));
        Action write = new Action(
                desired.id(),
                "write",
                dev.homeostat.resource.Phase.DEPLOYMENT,
                dev.homeostat.resource.Impact.NONE,
                "write",
                "");
        assertThatThrownBy(() -> kind.perform(desired, write)).isInstanceOf(Trouble.class);
        assertThat(Files.readString(ETC.resolve("hello.service"))).isEqualTo(theirs);
    }

    @Test
    void a_drop_in_adds_to_a_unit_and_goes_with_the_declaration() throws Exception {
        converge(existing("plain.service", ServiceState.RUNNING, null));
        var desired = desired(
                Scope.OWN,
                new ServiceSpec(
                        "plain.service",
                        ServiceState.RUNNING,
                        null,
                        null,
                        null,
                        Map.of("limits", Map.of("Service", Map.of("LimitNOFILE", List.of("512")))),
                        false));
        Path file = ETC.resolve("plain.service.d/50-limits.conf");
        assertThat(assess(desired).actions()).extracting(Action::verb).containsExactly("write", "reload", "restart");
        converge(desired);
        assertThat(file).exists();
        assertThat(systemctl("show", "-P", "LimitNOFILE", "plain.service")).isEqualTo("512");

        // only the drop-in leaves the declaration, then all of it
        converge(existing("plain.service", ServiceState.RUNNING, null));
        assertThat(file.getParent()).doesNotExist();
        assertThat(systemctl("show", "-P", "LimitNOFILE", "plain.service")).isNotEqualTo("512");
        ServiceSeen before = seen(desired);
        converge(desired);
        converge(retired(desired, before));
        assertThat(file.getParent()).doesNotExist();
        assertThat(systemctl("is-active", "plain.service")).isEqualTo("active");
    }

    @Test
    void a_bad_drop_in_is_refused() {
        var desired = desired(
                Scope.OWN,
                new ServiceSpec(
                        "plain.service",
                        null,
                        null,
                        null,
                        null,
                        Map.of("bad", Map.of("Service", Map.of("MemoryMax", List.of("plenty")))),
                        false));
        assertThatThrownBy(() -> converge(desired)).isInstanceOf(Trouble.class).hasMessageContaining("plenty");
        assertThat(ETC.resolve("plain.service.d")).doesNotExist();
    }

    @Test
    void a_timer_is_a_unit_like_others() throws Exception {
        converge(desired(
                Scope.OWN,
                new ServiceSpec(
                        "hello.service",
                        null,
                        null,
                        null,
                        Map.of("Service", Map.of("Type", List.of("oneshot"), "ExecStart", List.of("/usr/bin/true"))),
                        null,
                        false)));
        converge(desired(
                Scope.OWN,
                new ServiceSpec(
                        "hello.timer",
                        ServiceState.RUNNING,
                        ServiceStartup.ENABLED,
                        null,
                        Map.of(
                                "Timer",
                                Map.of("OnCalendar", List.of("daily")),
                                "Install",
                                Map.of("WantedBy", List.of("timers.target"))),
                        null,
                        false)));
        assertThat(systemctl("is-active", "hello.timer")).isEqualTo("active");
        assertThat(systemctl("is-enabled", "hello.timer")).isEqualTo("enabled");
    }

    @Test
    void a_oneshot_that_ended_well_is_as_declared() throws Exception {
        Files.writeString(ETC.resolve("lonely.service"), "[Service]\nType=oneshot\nExecStart=/usr/bin/true\n");
        run("systemctl", "daemon-reload");
        run("systemctl", "start", "lonely.service");
        assertThat(assess(existing("lonely.service", ServiceState.RUNNING, null))
                        .inSync())
                .isTrue();
    }

    @Test
    void a_template_is_only_a_file() throws Exception {
        var desired = desired(
                Scope.OWN,
                new ServiceSpec(
                        "tmpl@.service",
                        null,
                        null,
                        null,
                        Map.of("Service", Map.of("ExecStart", List.of("/usr/bin/sleep %i"))),
                        null,
                        false));
        converge(desired);
        converge(existing("tmpl@1000.service", ServiceState.RUNNING, null));
        assertThat(systemctl("is-active", "tmpl@1000.service")).isEqualTo("active");
        run("systemctl", "stop", "tmpl@1000.service");
        converge(retired(desired, seen(desired)));
        assertThat(ETC.resolve("tmpl@.service")).doesNotExist();
    }

    @Test
    void a_declared_unit_leaves_nothing_behind() throws Exception {
        var desired = hello("/usr/bin/sleep infinity");
        ServiceSeen before = seen(desired);
        converge(desired);
        assertThat(kind.whenUndeclared(existing("plain.service", ServiceState.RUNNING, null), before, false))
                .isEmpty();
        var retired = retired(desired, before);
        assertThat(assess(retired).actions())
                .extracting(Action::verb)
                .containsExactly("stop", "disable", "remove", "reload");
        converge(retired);
        assertThat(ETC.resolve("hello.service")).doesNotExist();
        assertThat(ETC.resolve("multi-user.target.wants/hello.service")).doesNotExist();
        assertThat(systemctl("show", "-P", "LoadState", "hello.service")).isEqualTo("not-found");
        // whoever has put their own file there keeps it
        Files.writeString(ETC.resolve("hello.service"), "[Service]\nExecStart=/usr/bin/true\n");
        assertThat(assess(retired).inSync()).isTrue();
    }

    // ---- users

    @Test
    void a_users_unit_is_the_users() throws Exception {
        var desired = desired(
                APP,
                new ServiceSpec(
                        "hello.service",
                        ServiceState.RUNNING,
                        ServiceStartup.ENABLED,
                        null,
                        Map.of(
                                "Service",
                                Map.of("ExecStart", List.of("/usr/bin/sleep infinity")),
                                "Install",
                                Map.of("WantedBy", List.of("default.target"))),
                        null,
                        false));
        ServiceSeen before = seen(desired);
        converge(desired);
        assertThat(Files.getOwner(APP_UNITS.resolve("hello.service")).getName()).isEqualTo("app");
        assertThat(Files.getOwner(Path.of("/home/app/.config")).getName()).isEqualTo("app");
        var manager = systemd.of(APP);
        assertThat(manager.look(new UnitName("hello.service")).unitFile()).isEqualTo("enabled");
        assertThat(manager.look(new UnitName("hello.service")).isActive()).isTrue();
        assertThat(manager.look(new UnitName("hello.service")).fragment())
                .isEqualTo(APP_UNITS.resolve("hello.service").toString());
        var retired = retired(desired, before);
        converge(retired);
        assertThat(APP_UNITS.resolve("hello.service")).doesNotExist();
        assertThat(manager.look(new UnitName("hello.service")).isThere()).isFalse();
    }

    @Test
    void a_user_without_a_service_manager_is_told_how_to_get_one() {
        run("useradd", "-M", "idle");
        var desired = desired(
                Scope.of("idle"), new ServiceSpec("x.service", ServiceState.RUNNING, null, null, null, null, false));
        assertThat(sighting(desired))
                .isInstanceOfSatisfying(
                        Sighting.Unclear.class,
                        u -> assertThat(u.trouble().sentence())
                                .contains("systemd of user idle", "loginctl enable-linger idle"));
    }

    // ---- events

    @Test
    void what_happens_to_a_unit_is_heard() throws Exception {
        Heard heard = new Heard();
        Path conf = Files.createTempFile("heard", ".conf");
        var desired = desired(
                Scope.OWN,
                new ServiceSpec(
                        "hello.service",
                        ServiceState.RUNNING,
                        ServiceStartup.ENABLED,
                        List.of(conf),
                        hello("/usr/bin/sleep infinity").spec().unit(),
                        null,
                        false));
        assess(desired);
        kind.watch(List.of(desired), heard);
        converge(desired);
        heard.await("hello.service is active");
        heard.await("unit files were enabled");
        heard.causes.clear();
        run("systemctl", "stop", "hello.service");
        heard.await("hello.service is inactive");
        converge(desired);
        heard.causes.clear();
        assertThat(run("systemctl", "kill", "-s", "KILL", "hello.service").exitCode())
                .isZero();
        heard.await("hello.service is failed");
        Files.writeString(conf, "x");
        heard.await(conf.toString());
        Files.delete(ETC.resolve("hello.service"));
        heard.await("/etc/systemd/system/hello.service");
    }

    @Test
    void a_users_manager_that_restarts_is_found_again() throws Exception {
        Heard heard = new Heard();
        var desired = desired(APP, new ServiceSpec("dbus.socket", ServiceState.RUNNING, null, null, null, null, false));
        assess(desired);
        kind.watch(List.of(desired), heard);
        run("systemctl", "restart", "user@1000.service");
        heard.await("connected again to systemd of user app");
        assertThat(assess(desired).inSync()).isTrue();
        assertThat(systemd.connectionsLost()).isPositive();
    }

    @Test
    void systemd_that_executes_itself_anew_is_found_again() throws Exception {
        Heard heard = new Heard();
        var desired = existing("plain.service", ServiceState.RUNNING, null);
        converge(desired);
        assess(desired);
        kind.watch(List.of(desired), heard);
        run("systemctl", "daemon-reexec");
        heard.await("connected again to systemd");
        assertThat(assess(desired).inSync()).isTrue();
        heard.causes.clear();
        run("systemctl", "stop", "plain.service");
        heard.await("plain.service is inactive");
    }

    @Test
    void reloads_asked_for_at_once_are_shared() throws Exception {
        ServiceManager manager = systemd.of(Scope.OWN);
        Heard heard = new Heard();
        assess(existing("plain.service", null, null));
        kind.watch(List.of(existing("plain.service", null, null)), heard);
        heard.causes.clear();
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 20; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    manager.reload();
                } catch (Trouble t) {
                    failures.add(t);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        heard.await("has read its files anew");
        assertThat(heard.causes.stream()
                        .filter(c -> c.contains("has read its files anew"))
                        .count())
                .isLessThan(4);
    }

    // ---- figures

    @Test
    @Timeout(240)
    void figures() throws Exception {
        List<Desired<ServiceSpec>> twenty = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            var d = desired(
                    Scope.OWN,
                    new ServiceSpec(
                            "many" + i + ".service",
                            ServiceState.RUNNING,
                            null,
                            null,
                            Map.of(
                                    "Service",
                                    Map.of("Type", List.of("exec"), "ExecStart", List.of("/usr/bin/sleep infinity"))),
                            null,
                            false));
            converge(d);
            twenty.add(d);
        }
        long[] looks = new long[300];
        for (int i = 0; i < looks.length; i++) {
            long t = System.nanoTime();
            var answers = kind.observe(twenty);
            twenty.forEach(d -> assertThat(
                            kind.assess(d, ((Sighting.Seen<ServiceSeen>) answers.get(d.id())).observation())
                                    .inSync())
                    .isTrue());
            looks[i] = System.nanoTime() - t;
        }
        long[] heals = new long[60];
        long[] starts = new long[60];
        Heard heard = new Heard();
        kind.watch(twenty, heard);
        var one = twenty.getFirst();
        for (int i = 0; i < heals.length; i++) {
            heard.causes.clear();
            new ProcessBuilder("kill", "-9", pid("many0.service")).start().waitFor();
            long t = System.nanoTime();
            Assessment assessment = assess(one);
            while (assessment.inSync() || assessment.converging()) {
                heard.causes.poll(1, TimeUnit.SECONDS);
                assessment = assess(one);
            }
            long noticed = System.nanoTime();
            for (Action action : assessment.actions()) {
                kind.perform(one, action);
            }
            heals[i] = System.nanoTime() - t;
            starts[i] = System.nanoTime() - noticed;
        }
        System.out.println("FIGURE look at 20 units " + percentiles(looks, 150) + "; killed -> started "
                + percentiles(heals, 20) + ", of that the start itself " + percentiles(starts, 20));
        for (Desired<ServiceSpec> d : twenty) {
            converge(retired(d, seen(d)));
        }
    }

    private static String percentiles(long[] nanos, int warmUp) {
        long[] sorted = Arrays.copyOfRange(nanos, warmUp, nanos.length);
        Arrays.sort(sorted);
        return "p50 %.2f ms, p99 %.2f ms"
                .formatted(sorted[sorted.length / 2] / 1e6, sorted[sorted.length * 99 / 100] / 1e6);
    }

    // ---- means

    /** Looks, compares, acts and looks again, as the loop does. */
    private void converge(Desired<ServiceSpec> desired) throws Trouble {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Assessment assessment = assess(desired);
        int rounds = 0;
        while (!assessment.inSync()) {
            for (Action action : assessment.actions()) {
                kind.perform(desired, action);
            }
            assertThat(System.nanoTime()).as(assessment.toString()).isLessThan(deadline);
            assertThat(rounds++)
                    .as("rounds: " + assessment)
                    .isLessThan(assessment.converging() ? Integer.MAX_VALUE : 3);
            assessment = assess(desired);
        }
    }

    private Assessment assess(Desired<ServiceSpec> desired) {
        return kind.assess(desired, seen(desired));
    }

    private ServiceSeen seen(Desired<ServiceSpec> desired) {
        return switch (sighting(desired)) {
            case Sighting.Seen<ServiceSeen> s -> s.observation();
            case Sighting.Unclear<ServiceSeen> u ->
                throw new AssertionError(u.trouble().sentence());
            case Sighting.Unsupported<ServiceSeen> u -> throw new AssertionError(u.reason());
        };
    }

    private Sighting<ServiceSeen> sighting(Desired<ServiceSpec> desired) {
        return kind.observe(List.of(desired)).get(desired.id());
    }

    private Desired<ServiceSpec> retired(Desired<ServiceSpec> desired, ServiceSeen before) {
        return new Desired<>(
                desired.id(), kind.whenUndeclared(desired, before, false).orElseThrow(), Set.of(), Place.NOWHERE, true);
    }

    private static Desired<ServiceSpec> existing(String name, ServiceState state, ServiceStartup startup) {
        return desired(Scope.OWN, new ServiceSpec(name, state, startup, null, null, null, false));
    }

    private static Desired<ServiceSpec> hello(String execStart) {
        return desired(
                Scope.OWN,
                new ServiceSpec(
                        "hello.service",
                        ServiceState.RUNNING,
                        ServiceStartup.ENABLED,
                        null,
                        Map.of(
                                "Unit",
                                Map.of("Description", List.of("Hello")),
                                "Service",
                                Map.of("Type", List.of("exec"), "ExecStart", List.of(execStart)),
                                "Install",
                                Map.of("WantedBy", List.of("multi-user.target"))),
                        null,
                        false));
    }

    private static Desired<ServiceSpec> desired(Scope scope, ServiceSpec spec) {
        return new Desired<>(new ResourceId(ServiceKind.NAME, scope, spec.name()), spec, Set.of(), Place.NOWHERE);
    }

    private String pid(String unit) {
        return systemctl("show", "-P", "MainPID", unit);
    }

    private void awaitState(String unit, String state) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!systemd.of(Scope.OWN).look(new UnitName(unit)).active().equals(state)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private String systemctl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("systemctl"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new)).output().strip();
    }

    private Processes.Result run(String... command) {
        try {
            return processes.run(List.of(command), Map.of(), LIMIT);
        } catch (Trouble t) {
            throw new AssertionError(t);
        }
    }

    /** Collects what the kind says. */
    private static final class Heard implements LookAgain {
        final BlockingQueue<String> causes = new LinkedBlockingQueue<>();

        @Override
        public void at(ResourceId id, String cause) {
            causes.add(cause);
        }

        @Override
        public void all(String kind, String cause) {
            causes.add(cause);
        }

        void await(String part) throws InterruptedException {
            List<String> others = new ArrayList<>();
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (System.nanoTime() < deadline) {
                String cause = causes.poll(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
                if (cause != null && cause.contains(part)) {
                    causes.addAll(others.stream().filter(c -> !c.equals(cause)).toList());
                    return;
                }
                if (cause != null) {
                    others.add(cause);
                }
            }
            throw new AssertionError("not heard: " + part + "; heard " + others);
        }
    }
}
