package dev.homeostat.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.witness.Witnesses;
import dev.homeostat.journal.SqliteJournal;
import dev.homeostat.kind.file.FileKind;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.kind.file.FileSeen;
import dev.homeostat.kind.file.FileSpec;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop over real files, a real journal and real inotify. */
class KeeperTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Actor ME = new Actor(0, 1, "root");

    @TempDir
    Path temporary;

    private Path folder;
    private Locations locations;
    private Daemon daemon;
    /** By how much the clock was set. */
    private volatile Duration clockSet = Duration.ZERO;

    private final InstantSource clock = () -> Instant.now().plus(clockSet);
    /** Between a look and what is made of it. */
    private volatile Consumer<Desired<FileSpec>> afterLook = desired -> {};

    /** One life of a daemon. */
    private final class Daemon {
        final SqliteJournal journal = new SqliteJournal(locations);
        final Inotify inotify = new Inotify();
        final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        final Keeper keeper;
        final MachineEngine engine;

        Daemon() throws Exception {
            NameService accounts = new NameService();
            DeclarationReader reader = new DeclarationReader(
                    List.of(new FileSection(locations, accounts)), List.of(), List.of(), locations);
            Ownership ownership = new Ownership();
            Kinds kinds = new Kinds(
                    List.of(
                            new FileKind(
                                    new PosixFiles(),
                                    accounts,
                                    inotify,
                                    new KeptFiles(locations, new PosixFiles()),
                                    locations,
                                    Witnesses.seeingProcesses(accounts),
                                    clock) {
                                @Override
                                public Map<ResourceId, Sighting<FileSeen>> observe(
                                        Collection<Desired<FileSpec>> resources) {
                                    Map<ResourceId, Sighting<FileSeen>> seen = super.observe(resources);
                                    resources.forEach(afterLook);
                                    return seen;
                                }
                            }),
                    ownership);
            keeper = Keepers.of(kinds, locations, reader, inotify, journal, ownership, clock, Keeper.HUNG_AFTER);
            engine = Keepers.engine(keeper, kinds, locations, reader, journal, clock, events);
            keeper.start();
        }

        void stop() {
            keeper.stop(LONG);
            inotify.close();
        }

        void await(Predicate<MachineStatus> expected) throws InterruptedException {
            Keepers.await(engine, events, LONG, "the machine is as the test expects it", expected);
        }

        Condition condition(Path path) {
            return engine.status().resources().stream()
                    .filter(r -> r.id().equals(id(path)))
                    .map(ResourceStatus::condition)
                    .findFirst()
                    .orElse(null);
        }
    }

    private static ResourceId id(Path path) {
        return ResourceId.of("file", path.toString());
    }

    @BeforeEach
    void locations() throws Exception {
        folder = temporary.toRealPath();
        Path config = Files.createDirectory(folder.resolve("config"));
        locations = new Locations(true, config, folder.resolve("state"), folder.resolve("run/control.sock"));
    }

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.stop();
        }
    }

    private void declare(String yaml) throws Exception {
        Path next = folder.resolve("config/.next");
        Files.deleteIfExists(next);
        Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
        Files.writeString(next, yaml.replace("$", folder.toString()));
        Files.move(next, locations.declaration(), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private void start() throws Exception {
        daemon = new Daemon();
    }

    private void awaitRight() throws Exception {
        daemon.await(MachineStatus::right);
    }

    private void awaitContent(Path file, String content) throws Exception {
        daemon.await(s -> {
            try {
                return Files.exists(file) && Files.readString(file).equals(content);
            } catch (java.io.IOException e) {
                return false;
            }
        });
    }

    @Test
    void what_is_declared_is_made_and_an_edit_is_followed() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: one}, $/data: {type: folder}, $/data/b: {content: b}}");
        start();
        awaitRight();
        assertThat(folder.resolve("a")).hasContent("one");
        assertThat(folder.resolve("data/b")).hasContent("b");

        declare("version: 1\nfiles: {$/a: {content: two}}");
        awaitContent(folder.resolve("a"), "two");
        awaitRight();
        daemon.await(s -> s.resources().size() == 1);
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void a_folder_that_was_looked_at_before_the_last_file_in_it_was_removed_is_removed_too() throws Exception {
        declare("version: 1\nfiles: {$/data: {type: folder}, $/data/b: {content: b}}");
        start();
        awaitRight();
        CountDownLatch looked = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        afterLook = desired -> {
            if (!desired.retired()) {
                return;
            }
            if (desired.id().equals(id(folder.resolve("data")))) {
                looked.countDown();
                await(gone);
            } else {
                await(looked); // before this one is removed the folder was seen full
            }
        };
        daemon.engine.listen(event -> {
            if (event.resource().filter(id(folder.resolve("data/b"))::equals).isPresent()
                    && event.text().startsWith("InSync")) {
                gone.countDown();
            }
        });
        declare("version: 1");
        daemon.await(s -> s.resources().isEmpty());
        assertThat(gone.getCount()).isZero();
        assertThat(folder.resolve("data")).doesNotExist();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void drift_is_corrected_told_apart_from_change_and_what_was_written_is_kept() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: right}}");
        start();
        awaitRight();
        Files.writeString(folder.resolve("a"), "somebody's edit");
        awaitContent(folder.resolve("a"), "right");
        daemon.await(s ->
                daemon.engine.history(Optional.of(id(folder.resolve("a"))), 10).size() == 2);

        List<RunInfo> history = daemon.engine.history(Optional.of(id(folder.resolve("a"))), 10);
        assertThat(history).extracting(RunInfo::trigger).containsExactly("drift", "change");
        assertThat(history.getFirst().steps().getFirst().verb()).isEqualTo("write");
        assertThat(kept()).containsExactly("somebody's edit");
    }

    private List<String> kept() {
        try (var all = Files.walk(folder.resolve("state/kept"))) {
            List<String> contents = new ArrayList<>();
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                contents.add(Files.readString(file));
            }
            return contents;
        } catch (IOException e) { // nothing yet, or under way
            return List.of();
        }
    }

    @Test
    void an_edit_is_kept_also_if_the_file_is_right_again_before_the_editor_has_written_it() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: right}}");
        start();
        awaitRight();
        try (FileChannel editor =
                FileChannel.open(folder.resolve("a"), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            awaitContent(folder.resolve("a"), "right");
            editor.write(UTF_8.encode("somebody's edit"));
        }
        daemon.await(s -> kept().equals(List.of("somebody's edit")));
    }

    @Test
    void what_was_there_before_and_what_was_edited_since_is_not_removed() throws Exception {
        Files.writeString(folder.resolve("theirs"), "theirs");
        declare("version: 1\nfiles: {$/theirs: {content: ours}, $/made: {content: made}, $/edited: {content: made}}");
        start();
        awaitRight();
        daemon.stop();
        Files.writeString(folder.resolve("edited"), "edited while nobody looked");
        declare("version: 1");
        start();
        daemon.await(s -> s.resources().isEmpty() && s.right());
        assertThat(folder.resolve("theirs")).hasContent("ours");
        assertThat(folder.resolve("edited")).hasContent("edited while nobody looked");
        assertThat(folder.resolve("made")).doesNotExist();
    }

    @Test
    void missing_folders_on_the_way_are_made_and_left() throws Exception {
        declare("version: 1\nfiles: {$/x/y/a: {content: deep}}");
        start();
        awaitRight();
        assertThat(folder.resolve("x/y/a")).hasContent("deep");
        declare("version: 1");
        daemon.await(s -> s.resources().isEmpty());
        assertThat(folder.resolve("x/y")).isEmptyDirectory();
    }

    @Test
    void an_invalid_declaration_changes_nothing_also_across_a_restart() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: good}}");
        start();
        awaitRight();
        String revision = daemon.engine.status().revision().orElseThrow().id();
        declare("version: 1\nfiles: {$/a: {contents: bad}}");
        daemon.await(s -> s.declaration().state().equals("invalid"));
        assertThat(daemon.engine.status().declaration().message())
                .contains(
                        "machine.yaml:2:",
                        "\"contents\" is not a known key: did you mean \"content\"?",
                        "stays in force");
        daemon.stop();
        Files.delete(folder.resolve("a"));
        start();
        awaitContent(folder.resolve("a"), "good");
        assertThat(daemon.engine.status().declaration().state()).isEqualTo("invalid");
        assertThat(daemon.engine.status().right()).isFalse();
        assertThat(daemon.engine.status().revision().orElseThrow().id()).isEqualTo(revision);
    }

    @Test
    void a_declaration_that_vanishes_stays_in_force() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: good}}");
        start();
        awaitRight();
        Files.delete(locations.declaration());
        daemon.await(s -> s.declaration().state().equals("missing"));
        Files.delete(folder.resolve("a"));
        awaitContent(folder.resolve("a"), "good");
    }

    @Test
    void a_plan_changes_nothing_and_its_hash_is_held_to() throws Exception {
        declare("version: 1\npolicy: {apply: ask}\nfiles: {$/a: {content: x}}");
        start();
        daemon.await(s -> s.declaration().state().equals("waiting"));
        Plan plan = daemon.engine.plan();
        assertThat(plan.items()).singleElement().satisfies(i -> {
            assertThat(i.origin()).isEqualTo(Origin.CHANGE);
            assertThat(i.actions().getFirst().summary()).isEqualTo("write " + folder.resolve("a") + " (1 bytes)");
        });
        assertThat(folder.resolve("a")).doesNotExist();
        assertThat(daemon.engine.plan().hash()).isEqualTo(plan.hash());

        Files.writeString(folder.resolve("a"), "moved");
        assertThatThrownBy(() -> daemon.engine.apply(Optional.of(plan.hash()), List.of(), LONG, ME))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("file/" + folder.resolve("a") + " differs otherwise");
        assertThat(folder.resolve("a")).hasContent("moved");

        MachineStatus after =
                daemon.engine.apply(Optional.of(daemon.engine.plan().hash()), List.of(), LONG, ME);
        assertThat(after.right()).isTrue();
        assertThat(folder.resolve("a")).hasContent("x");
        assertThat(daemon.engine.plan().nothingToDo()).isTrue();
    }

    @Test
    void a_rollback_holds_until_the_file_is_edited() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: one}}");
        start();
        awaitRight();
        String one = daemon.engine.status().revision().orElseThrow().id();
        declare("version: 1\nfiles: {$/a: {content: two}}");
        awaitContent(folder.resolve("a"), "two");
        daemon.engine.rollback(one.substring(0, 12), ME);
        awaitContent(folder.resolve("a"), "one");
        assertThat(daemon.engine.status().declaration().state()).isEqualTo("held");
        daemon.stop();
        start();
        daemon.await(s -> s.declaration().state().equals("held"));
        assertThat(folder.resolve("a")).hasContent("one");
        declare("version: 1\nfiles: {$/a: {content: three}}");
        awaitContent(folder.resolve("a"), "three");
        awaitRight();
    }

    @Test
    void a_paused_resource_is_left_alone_until_it_is_resumed() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        daemon.engine.pause(id(folder.resolve("a")), "trying things out", Optional.empty(), ME);
        Files.writeString(folder.resolve("a"), "mine for now");
        daemon.await(s -> daemon.condition(folder.resolve("a")) == Condition.PAUSED);
        assertThat(folder.resolve("a")).hasContent("mine for now");
        daemon.stop();
        start();
        daemon.await(s -> daemon.condition(folder.resolve("a")) == Condition.PAUSED);
        daemon.engine.resume(id(folder.resolve("a")), ME);
        awaitContent(folder.resolve("a"), "x");
    }

    @Test
    void a_pause_of_the_declaration_is_told_from_one_that_was_asked_for() throws Exception {
        declare("""
                version: 1
                policy: {paused: {file/$/a: {reason: a rebuild, until: %s}, file/$/b: {reason: long ago, until: 2020-01-01T00:00:00Z}}}
                files: {$/a: {content: x}, $/b: {content: x}}
                """.formatted(Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS)));
        start();
        awaitRight();
        ResourceId a = id(folder.resolve("a"));
        assertThatThrownBy(() -> daemon.engine.pause(a, "shorter", Optional.of(Duration.ofMinutes(1)), ME))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("is paused by machine.yaml for longer already: a rebuild until");
        daemon.engine.pause(a, "longer", Optional.of(Duration.ofHours(2)), ME);
        assertThat(daemon.engine.resume(a, ME)).map(Pause::reason).contains("a rebuild");
        assertThatThrownBy(() -> daemon.engine.resume(a, ME))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("is paused by machine.yaml");
        assertThatThrownBy(() -> daemon.engine.resume(id(folder.resolve("b")), ME))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("is not paused");
    }

    /** A file that nobody writes into keeps the thread that opens it, and the carrier of that thread. */
    @Test
    void where_no_worker_gets_on_the_loop_does_not_beat() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        List<Thread> blocked = new ArrayList<>();
        // more than there can be carriers: the JDK makes up for some
        for (int i = 0; i < 400; i++) {
            blocked.add(Thread.ofVirtual().start(() -> {
                try {
                    new FileInputStream(pipe.toFile()).close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        Duration before = daemon.keeper.sinceBeat();
        long start = System.nanoTime();
        daemon.keeper.beat();
        while (System.nanoTime() - start < Duration.ofMillis(300).toNanos()) {
            assertThat(daemon.keeper.sinceBeat()).isGreaterThanOrEqualTo(before);
        }
        try (OutputStream release = new FileOutputStream(pipe.toFile())) {
            for (Thread thread : blocked) {
                assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
            }
        }
        daemon.await(s -> daemon.keeper.sinceBeat().compareTo(Duration.ofNanos(System.nanoTime() - start)) < 0);
    }

    @Test
    void what_is_amiss_is_told_without_what_a_wish_keeps_so_and_what_needs_the_one_who_asks() throws Exception {
        Path data = folder.resolve("data");
        Path other = folder.resolve("other");
        Files.createDirectories(data.resolve("in the way"));
        declare("version: 1\nfiles: {$/data: {content: a file}, $/data/b: {content: b}, $/other: {content: other}}");
        start();
        daemon.await(s -> daemon.condition(data) == Condition.FAILED && daemon.condition(other) == Condition.IN_SYNC);
        daemon.engine.pause(id(other), "trying things out", Optional.empty(), ME);
        Files.writeString(other, "drift");
        daemon.await(s -> daemon.condition(other) == Condition.PAUSED);
        assertThat(daemon.keeper.amiss(id(other)))
                .containsOnlyKeys(id(data))
                .extractingByKey(id(data))
                .asString()
                .contains("type");
        assertThat(daemon.keeper.amiss(id(data))).isEmpty();
    }

    @Test
    void a_pause_with_an_end_ends() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        daemon.engine.pause(id(folder.resolve("a")), "for a moment", Optional.of(Duration.ofMillis(300)), ME);
        Files.writeString(folder.resolve("a"), "y");
        awaitContent(folder.resolve("a"), "x");
        assertThat(daemon.engine.pauses()).isEmpty();
    }

    @Test
    void a_removal_waits_for_an_approval_if_policy_says_so() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        declare("version: 1\npolicy: {removal: ask}");
        daemon.await(s -> daemon.condition(folder.resolve("a")) == Condition.BLOCKED);
        ApprovalRequest request = daemon.engine.approvals().getFirst();
        assertThat(request.action().summary()).startsWith("remove " + folder.resolve("a"));
        assertThat(folder.resolve("a")).exists();

        daemon.engine.decline(request.token(), ME);
        daemon.await(s -> s.resources().stream().anyMatch(r -> r.reason().startsWith("declined")));
        assertThat(daemon.engine.approvals()).isEmpty();
        daemon.stop();
        start();
        daemon.await(s -> s.resources().stream().anyMatch(r -> r.reason().startsWith("declined")));
        assertThat(folder.resolve("a")).exists();
        assertThatThrownBy(() -> daemon.engine.approve("nothing", ME)).isInstanceOf(Refusal.class);
    }

    @Test
    void an_approval_lets_one_action_run() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        declare("version: 1\npolicy: {removal: ask}");
        daemon.await(s -> !daemon.engine.approvals().isEmpty());
        daemon.engine.approve("file/" + folder.resolve("a"), ME);
        daemon.await(s -> s.resources().isEmpty());
        assertThat(folder.resolve("a")).doesNotExist();
        assertThat(daemon.journal.answers()).isEmpty();
    }

    @Test
    void one_failing_resource_stops_only_itself_and_what_needs_it() throws Exception {
        Files.createDirectories(folder.resolve("data/in the way"));
        declare("""
                version: 1
                policy: {backoff: {initial: 100ms, limit: 200ms}}
                files:
                  $/data: {content: a file}
                  $/data/b: {content: b}
                  $/other: {content: other}
                """);
        start();
        awaitContent(folder.resolve("other"), "other");
        daemon.await(s -> daemon.condition(folder.resolve("data")) == Condition.FAILED);
        daemon.await(s -> daemon.condition(folder.resolve("data/b")) == Condition.BLOCKED);
        assertThat(folder.resolve("data/in the way")).isDirectory();
        ResourceStatus status =
                daemon.engine.explain(id(folder.resolve("data"))).status();
        assertThat(status.reason()).contains("there is a folder at " + folder.resolve("data"));

        Files.delete(folder.resolve("data/in the way"));
        Files.delete(folder.resolve("data"));
        awaitContent(folder.resolve("data"), "a file");
    }

    @Test
    void a_killed_daemon_goes_on_where_the_machine_is() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        long run = daemon.journal.begin("drift", "a crash", "r", java.time.Instant.now());
        daemon.journal.intend(new Journal.Intent(
                run, id(folder.resolve("a")), Origin.DRIFT, "a crash", List.of(), List.of(), Optional.empty()));
        daemon.stop();
        Files.write(folder.resolve("a"), "half".getBytes(UTF_8));
        start();
        awaitContent(folder.resolve("a"), "x");
        assertThat(daemon.engine.history(Optional.empty(), 50))
                .filteredOn(r -> r.id() == run)
                .singleElement()
                .satisfies(r -> assertThat(r.outcome()).contains("interrupted"));
    }

    @Test
    void a_damaged_journal_is_set_aside_and_the_machine_is_kept() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        daemon.stop();
        Files.write(
                locations.journal(),
                "this is no database, and long enough to be looked at as one"
                        .repeat(100)
                        .getBytes(UTF_8));
        Files.delete(folder.resolve("a"));
        start();
        awaitContent(folder.resolve("a"), "x");
        try (var files = Files.list(locations.state())) {
            assertThat(files.map(p -> p.getFileName().toString())).anyMatch(n -> n.startsWith("journal.db.damaged-"));
        }
    }

    @Test
    void what_is_declared_again_while_it_is_being_removed_is_not_forgotten() throws Exception {
        String with = "version: 1\nfiles: {$/a: {content: x}, $/d: {type: folder}, $/d/b: {content: b}}";
        declare(with);
        start();
        awaitRight();
        for (int i = 0; i < 10; i++) {
            declare("version: 1");
            daemon.await(
                    s -> s.resources().size() < 3 || s.revision().orElseThrow().resources() == 0);
            declare(with);
            daemon.await(s -> s.revision().orElseThrow().resources() == 3);
            awaitRight();
            assertThat(daemon.engine.status().resources()).hasSize(3);
            assertThat(folder.resolve("a")).hasContent("x");
            assertThat(folder.resolve("d/b")).hasContent("b");
        }
    }

    @Test
    void a_mended_declaration_with_a_secret_is_looked_at_at_once() throws Exception {
        String good = "version: 1\nfiles: {$/secret: {content: s3cr3t, sensitive: true}}";
        declare(good);
        start();
        awaitRight();
        declare("version: 1\nflies: {}");
        daemon.await(s -> s.declaration().state().equals("invalid"));
        daemon.stop();
        start();
        daemon.await(s -> s.declaration().state().equals("invalid"));
        declare(good);
        awaitRight();
        assertThat(folder.resolve("secret")).hasContent("s3cr3t");
        byte[] database = Files.readAllBytes(locations.journal());
        assertThat(new String(database, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("s3cr3t");
    }

    @Test
    void what_fails_is_tried_with_growing_pauses_however_often_it_is_spoken_of() throws Exception {
        Files.createDirectories(folder.resolve("data/in the way"));
        declare("version: 1\npolicy: {backoff: {initial: 1h, limit: 1h}}\nfiles: {$/data: {content: a file}}");
        start();
        daemon.await(s -> daemon.condition(folder.resolve("data")) == Condition.FAILED);
        for (int i = 0; i < 50; i++) {
            folder.resolve("data").toFile().setExecutable(i % 2 == 0);
            daemon.keeper.queue(id(folder.resolve("data")), "again");
        }
        daemon.await(s -> s.queued() == 0);
        assertThat(daemon.engine.explain(id(folder.resolve("data"))).status().attempts())
                .isEqualTo(1);
    }

    @Test
    void somebody_who_undoes_every_correction_is_not_fought_for_ever() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: x}}");
        start();
        awaitRight();
        for (int i = 0; daemon.condition(folder.resolve("a")) != Condition.BLOCKED; i++) {
            assertThat(i).isLessThan(100);
            Files.writeString(folder.resolve("a"), "no " + i);
            daemon.await(s -> {
                try {
                    return Files.readString(folder.resolve("a")).equals("x")
                            || daemon.condition(folder.resolve("a")) == Condition.BLOCKED;
                } catch (java.io.IOException e) {
                    return false; // being replaced
                }
            });
        }
        assertThat(daemon.engine.explain(id(folder.resolve("a"))).status().reason())
                .contains("was corrected 10 times within 30s", "tried again after a pause");
    }

    @Test
    void two_hundred_files_deleted_at_once_all_come_back() throws Exception {
        StringBuilder yaml = new StringBuilder("version: 1\nfiles:\n");
        for (int i = 0; i < 200; i++) {
            yaml.append("  $/f").append(i).append(": {content: \"").append(i).append("\"}\n");
        }
        declare(yaml.toString());
        start();
        awaitRight();
        for (int i = 0; i < 200; i++) {
            Files.delete(folder.resolve("f" + i));
        }
        daemon.await(s -> {
            for (int i = 0; i < 200; i++) {
                if (Files.notExists(folder.resolve("f" + i))) {
                    return false;
                }
            }
            return true;
        });
        awaitRight();
    }

    // ---- an editor at work, and a clock that is set

    /** What an editor, or a person between two commands, takes its time for. */
    private static void lookAway(int millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
    }

    private static final String TWO = """
            version: 1
            files:
              $/a: {content: a}
              $/b: {content: b}
            """;

    /** A machine with both files, and what was said of the declaration since. */
    private void startWithTwo() throws Exception {
        declare(TWO);
        start();
        daemon.await(MachineStatus::right);
        daemon.events.clear();
    }

    private void staysRight(String because) {
        assertThat(folder.resolve("a")).as(because).hasContent("a");
        assertThat(folder.resolve("b")).as(because).hasContent("b");
        assertThat(daemon.events.stream().filter(e -> e.type().equals("declaration")))
                .as(because)
                .isEmpty();
        assertThat(daemon.engine.status().declaration().state()).isEqualTo("in-force");
    }

    @Test
    void what_an_editor_writes_in_pieces_is_taken_up_when_it_is_whole() throws Exception {
        startWithTwo();
        String next = TWO.replace("$", folder.toString()) + "  " + folder + "/c: {content: c}\n";
        try (var out = Files.newOutputStream(locations.declaration())) { // truncates
            for (int at = 0; at < next.length(); at += 40) {
                out.write(next.substring(at, Math.min(at + 40, next.length())).getBytes(UTF_8));
                lookAway(150);
                staysRight("after " + at + " characters");
            }
        }
        daemon.await(s -> s.right() && Files.exists(folder.resolve("c")));
    }

    @Test
    void pieces_that_are_appended_one_by_one_remove_nothing() throws Exception {
        startWithTwo();
        String[] lines = TWO.replace("$", folder.toString()).split("(?<=\n)");
        Files.writeString(locations.declaration(), "");
        for (String line : lines) {
            lookAway(200);
            staysRight("before " + line);
            Files.writeString(locations.declaration(), line, java.nio.file.StandardOpenOption.APPEND);
        }
        Files.writeString(
                locations.declaration(), "  " + folder + "/c: {content: c}\n", java.nio.file.StandardOpenOption.APPEND);
        daemon.await(s -> s.right() && Files.exists(folder.resolve("c")));
        assertThat(folder.resolve("a")).hasContent("a");
        assertThat(folder.resolve("b")).hasContent("b");
    }

    @Test
    void an_editor_that_moves_the_file_away_first_changes_nothing() throws Exception {
        startWithTwo();
        Path backup = folder.resolve("config/machine.yaml~");
        Files.move(locations.declaration(), backup);
        lookAway(300);
        staysRight("while there is no machine.yaml");
        Files.move(backup, locations.declaration());
        lookAway(300);
        staysRight("with it again");
    }

    @Test
    void a_folder_of_declarations_that_vanishes_for_a_moment_changes_nothing() throws Exception {
        declare("version: 1\nfiles: {$/a: {content: a}}\n");
        Path more = Files.createDirectory(locations.declarationFolder());
        Path part = Files.writeString(more.resolve("b.yaml"), "version: 1\nfiles: {" + folder + "/b: {content: b}}\n");
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-r--r--"));
        start();
        daemon.await(MachineStatus::right);
        daemon.events.clear();
        Path away = folder.resolve("away");
        Files.move(more, away);
        lookAway(300);
        staysRight("without the folder");
        Files.move(away, more);
        lookAway(300);
        staysRight("with it again");
        Files.move(more, away);
        daemon.await(s -> s.right() && Files.notExists(folder.resolve("b")));
    }

    @Test
    void what_is_removed_by_writing_in_place_is_gone_when_the_file_was_left_alone() throws Exception {
        startWithTwo();
        Files.writeString(locations.declaration(), "version: 1\nfiles: {" + folder + "/a: {content: a}}\n");
        daemon.await(s -> s.right() && Files.notExists(folder.resolve("b")));
        assertThat(folder.resolve("a")).hasContent("a");
    }

    @Test
    void whatever_takes_the_place_of_the_declaration_is_told_and_stops_nothing() throws Exception {
        startWithTwo();
        Path file = locations.declaration();
        Path real = Files.move(file, folder.resolve("config/real"));
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        daemon.await(s -> s.declaration().state().equals("invalid"));
        assertThat(daemon.engine.status().declaration().message()).contains("it is not a regular file");
        Files.writeString(folder.resolve("a"), "edited");
        daemon.await(
                s -> Files.exists(folder.resolve("a")) && daemon.condition(folder.resolve("a")) == Condition.IN_SYNC);
        Files.delete(file);
        Files.createDirectory(file);
        daemon.await(s -> s.declaration().message().contains("it is not a regular file"));
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/nowhere"));
        daemon.await(s -> s.declaration().state().equals("missing"));
        Files.delete(file);
        Files.createSymbolicLink(file, real);
        daemon.await(s -> s.declaration().state().equals("in-force"));
        daemon.await(MachineStatus::right);
    }

    @Test
    void a_clock_that_is_set_back_keeps_nobody_waiting() throws Exception {
        declare("""
                version: 1
                policy: {backoff: {initial: 100ms, limit: 300ms}}
                files:
                  $/none/a: {content: a}
                """);
        Path file = folder.resolve("none/a");
        Files.createFile(file.getParent()); // no folder
        start();
        daemon.await(s -> daemon.condition(file) == Condition.FAILED);
        clockSet = Duration.ofHours(-6);
        daemon.keeper.beat();
        Files.delete(file.getParent());
        Files.createDirectory(file.getParent());
        long start = System.nanoTime();
        daemon.await(MachineStatus::right);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void a_clock_that_is_set_forward_ends_a_pause_that_is_over() throws Exception {
        declare("""
                version: 1
                files:
                  $/a: {content: a}
                """);
        start();
        Path file = folder.resolve("a");
        daemon.await(MachineStatus::right);
        daemon.engine.pause(id(file), "for an hour", Optional.of(Duration.ofHours(1)), ME);
        Files.writeString(file, "edited");
        daemon.await(s -> daemon.condition(file) == Condition.PAUSED);
        clockSet = Duration.ofHours(2);
        daemon.keeper.beat();
        daemon.await(s -> daemon.condition(file) == Condition.IN_SYNC);
        assertThat(file).hasContent("a");
    }
}
