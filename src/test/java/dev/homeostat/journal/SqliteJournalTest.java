package dev.homeostat.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.Journal;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may happen to the journal's files, on real files. */
class SqliteJournalTest {
    private static final ResourceId ID = ResourceId.of("file", "/etc/motd");
    private static final Actor ME = new Actor(0, 1, "root");
    private static final int PAGE = 4096;

    @TempDir
    Path folder;

    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            told.add(new java.util.logging.SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private Path database;
    private SqliteJournal journal;

    @BeforeEach
    void listen() {
        database = folder.resolve("state/journal.db");
        Logger.getLogger("dev.homeostat.journal").addHandler(listener);
    }

    @AfterEach
    void end() {
        Logger.getLogger("dev.homeostat.journal").removeHandler(listener);
        if (journal != null) {
            journal.close();
        }
    }

    private void open() {
        journal =
                new SqliteJournal(new Locations(true, folder, folder.resolve("state"), folder.resolve("control.sock")));
        journal.open();
    }

    private void close() {
        journal.close();
        journal = null;
    }

    private static Pause pause(int n) {
        return new Pause(ResourceId.of("file", "/" + n), "because", Optional.empty(), "root", false);
    }

    /** Enough for more than a few pages. */
    private void fill() {
        for (int i = 0; i < 40; i++) {
            assertThat(journal.pause(pause(i))).isTrue();
            long run = journal.begin("drift", "cause " + i, "r", Instant.now());
            journal.intend(intent(run, "x".repeat(300)));
            journal.end(run, "succeeded", Instant.now());
        }
        assertThat(journal.answer("token", ID, true, ME, Instant.now())).isTrue();
    }

    private static Journal.Intent intent(long run, String cause) {
        return new Journal.Intent(
                run,
                ID,
                Origin.DRIFT,
                cause,
                List.of(),
                List.of(),
                Optional.of(new Journal.Owned(Json.tree("spec"), Set.of(), Layer.MACHINE)));
    }

    private List<Path> setAside() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("state"))) {
            return files.filter(p -> p.getFileName().toString().matches("journal\\.db\\.damaged-\\d+"))
                    .toList();
        }
    }

    private void overwrite(Path file, long at, byte[] with) throws Exception {
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.seek(at);
            f.write(with);
        }
    }

    private static byte[] garbage(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private void sql(String... statements) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Ways in which the database cannot be used any more. */
    enum Damage {
        HEADER,
        SECOND_PAGE,
        ONE_BYTE,
        ONE_PAGE,
        EMPTY_WITH_LOG,
        GONE_WITH_LOG,
        NEWER,
        ANOTHER_TABLE,
        NO_DATABASE_AT_ALL,
        FOLDER,
        LINK,
        FIFO,
        LOG_IS_A_FOLDER
    }

    private void damage(Damage damage) throws Exception {
        Path wal = database.resolveSibling("journal.db-wal");
        switch (damage) {
            case HEADER -> overwrite(database, 0, garbage(100));
            case SECOND_PAGE -> overwrite(database, PAGE, garbage(PAGE));
            case ONE_BYTE, ONE_PAGE -> {
                try (RandomAccessFile f = new RandomAccessFile(database.toFile(), "rw")) {
                    f.setLength(damage == Damage.ONE_BYTE ? 1 : PAGE);
                }
            }
            case EMPTY_WITH_LOG -> {
                Files.write(database, new byte[0]);
                Files.write(wal, garbage(PAGE));
            }
            case GONE_WITH_LOG -> {
                Files.delete(database);
                Files.write(wal, garbage(PAGE));
            }
            case NEWER -> sql("PRAGMA user_version = 99");
            case ANOTHER_TABLE -> sql("DROP TABLE pause", "CREATE TABLE pause (other TEXT)");
            case NO_DATABASE_AT_ALL -> Files.writeString(database, "version: 1\n".repeat(1000));
            case FOLDER, FIFO, LINK -> {
                Files.move(database, folder.resolve("elsewhere"));
                if (damage == Damage.FOLDER) {
                    Files.createDirectory(database);
                } else if (damage == Damage.LINK) {
                    Files.createSymbolicLink(database, folder.resolve("elsewhere"));
                } else {
                    assertThat(new ProcessBuilder("mkfifo", database.toString())
                                    .start()
                                    .waitFor())
                            .isZero();
                }
            }
            case LOG_IS_A_FOLDER -> Files.createDirectory(wal);
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_cannot_be_used_is_set_aside_told_and_begun_anew(Damage damage) throws Exception {
        open();
        fill();
        close();
        damage(damage);
        open();
        assertThat(journal.trouble()).isEmpty();
        assertThat(journal.owned()).isEmpty();
        assertThat(journal.answers()).isEmpty();
        assertThat(told)
                .anySatisfy(line -> assertThat(line)
                        .contains(
                                "journal.db cannot be used (",
                                "set aside as journal.db.damaged-",
                                "pauses and answers",
                                "what was made by us"));
        if (damage != Damage.GONE_WITH_LOG) {
            assertThat(setAside()).hasSize(1);
        }
        assertThat(journal.pause(pause(1))).isTrue();
        long run = journal.begin("drift", "after", "r", Instant.now());
        journal.intend(intent(run, "after"));
        close();
        open();
        assertThat(journal.pauses()).hasSize(1);
        assertThat(journal.runs(Optional.of(ID), 10)).hasSize(1);
        assertThat(Files.isRegularFile(database, LinkOption.NOFOLLOW_LINKS)).isTrue();
        if (damage == Damage.LINK) {
            assertThat(folder.resolve("elsewhere")).isRegularFile();
        }
    }

    @Test
    void only_the_newest_of_those_that_were_set_aside_are_left() throws Exception {
        for (int i = 0; i < 8; i++) {
            open();
            close();
            damage(Damage.HEADER);
        }
        open();
        assertThat(setAside()).hasSize(5);
    }

    @Test
    void a_log_full_of_garbage_loses_what_was_in_it_and_says_so() throws Exception {
        open();
        fill();
        close();
        Files.write(database.resolveSibling("journal.db-wal"), garbage(20_000));
        Files.write(database.resolveSibling("journal.db-shm"), garbage(32_768));
        open();
        assertThat(journal.pauses()).hasSize(40);
        assertThat(setAside()).isEmpty();
        assertThat(told).anySatisfy(line -> assertThat(line).contains("journal.db-wal is damaged"));
        assertThat(journal.pause(pause(99))).isTrue();
    }

    @Test
    void the_log_of_another_database_is_either_harmless_or_both_are_set_aside() throws Exception {
        open();
        fill();
        Path left = folder.resolve("left");
        Files.createDirectory(left);
        for (String part : List.of("-wal", "-shm")) { // as after kill -9
            Files.copy(database.resolveSibling("journal.db" + part), left.resolve(part));
        }
        close();
        Files.delete(database);
        open();
        for (int i = 0; i < 500; i++) {
            journal.audit(new dev.homeostat.reconcile.AuditEntry(Instant.now(), ME, "verb", "subject " + i, "done"));
        }
        assertThat(journal.pause(pause(7))).isTrue();
        close();
        for (String part : List.of("-wal", "-shm")) {
            Files.copy(left.resolve(part), database.resolveSibling("journal.db" + part));
        }
        open();
        assertThat(journal.pause(pause(8))).isTrue();
        close();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("PRAGMA integrity_check")) {
            assertThat(rows.getString(1)).isEqualTo("ok");
        }
        open();
        assertThat(journal.pauses()).extracting(Pause::id).contains(pause(8).id());
    }

    @Test
    void an_older_empty_file_is_begun_anew() throws Exception {
        Files.createDirectories(database.getParent());
        Files.createFile(database);
        open();
        assertThat(journal.pause(pause(1))).isTrue();
    }

    @Test
    void permissions_are_put_right() throws Exception {
        open();
        fill();
        close();
        Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("rw-rw-rw-"));
        open();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(database)))
                .isEqualTo("rw-------");
        assertThat(journal.pauses()).hasSize(40);
    }

    @Test
    void files_removed_while_it_is_open_are_noticed_before_anything_is_promised() throws Exception {
        for (String part : List.of("journal.db", "journal.db-wal")) {
            open();
            assertThat(journal.pause(pause(1))).isTrue();
            Files.delete(database.resolveSibling(part));
            boolean promised = journal.pause(pause(2));
            awaitWritable();
            if (!promised) {
                assertThat(journal.pause(pause(2))).isTrue();
            }
            close();
            open();
            assertThat(journal.pauses())
                    .as("after %s was removed", part)
                    .extracting(Pause::id)
                    .contains(pause(2).id());
            close();
            assertThat(told).anySatisfy(line -> assertThat(line).contains("removed or replaced while it was open"));
            told.clear();
        }
    }

    @Test
    void a_database_replaced_while_it_is_open_is_not_mixed_with_the_old_one() throws Exception {
        open();
        fill();
        Files.writeString(folder.resolve("other"), "not a database".repeat(1000));
        Files.move(folder.resolve("other"), database, StandardCopyOption.REPLACE_EXISTING);
        journal.pause(pause(41));
        awaitWritable();
        assertThat(journal.pause(pause(42))).isTrue();
        close();
        open();
        assertThat(journal.pauses()).extracting(Pause::id).contains(pause(42).id());
    }

    @Test
    void damage_that_shows_while_it_is_open_is_set_aside_and_what_is_told_then_is_kept() throws Exception {
        open();
        fill();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        overwrite(database, 0, garbage((int) Files.size(database)));
        boolean promised = journal.pause(pause(50));
        awaitWritable();
        assertThat(promised || journal.pause(pause(50))).isTrue();
        close();
        open();
        assertThat(journal.pauses()).extracting(Pause::id).contains(pause(50).id());
        assertThat(setAside()).isNotEmpty();
    }

    @Test
    void without_a_place_for_it_nothing_is_promised_and_what_can_wait_is_written_later() throws Exception {
        Files.writeString(folder.resolve("state"), "in the way");
        open();
        assertThat(journal.trouble()).isPresent();
        assertThat(journal.pause(pause(1))).isFalse();
        assertThat(journal.answer("token", ID, true, ME, Instant.now())).isFalse();
        assertThat(journal.forget("token")).isFalse();
        assertThat(journal.resume(pause(1).id())).isFalse();
        assertThat(journal.runs(Optional.empty(), 10)).isEmpty();
        long run = journal.begin("drift", "meanwhile", "r", Instant.now());
        journal.intend(intent(run, "meanwhile"));
        journal.end(run, "succeeded", Instant.now());

        Files.delete(folder.resolve("state"));
        awaitWritable();
        assertThat(journal.owned()).containsKey(ID);
        assertThat(journal.pauses()).as("a refused pause does not come later").isEmpty();
        long next = journal.begin("drift", "after", "r", Instant.now());
        assertThat(next).isPositive();
        journal.intend(intent(next, "after"));
        assertThat(journal.runs(Optional.empty(), 10)).hasSize(1);
        assertThat(told).anySatisfy(line -> assertThat(line).contains("the journal can be written again"));
    }

    @Test
    void a_record_that_makes_no_sense_is_passed_over() throws Exception {
        open();
        fill();
        close();
        sql(
                "INSERT INTO owned VALUES ('no id at all', '{', '[]', 'machine')",
                "INSERT INTO pause VALUES ('', 'x', NULL, 'x')");
        open();
        assertThat(journal.owned()).containsOnlyKeys(ID);
        assertThat(journal.pauses()).hasSize(40);
    }

    private void awaitWritable() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (journal.trouble().isPresent()) {
            assertThat(System.nanoTime()).as("%s", journal.trouble()).isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
