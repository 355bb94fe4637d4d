package dev.homeostat.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.resource.ResourceId;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes is stopped in its tracks again and again; what its files are at that moment is what a power cut
 * leaves (and then some: whatever follows the last synced byte may be anything). It has to open, and to have every record
 * that was acknowledged.
 */
class PowerLossTest {
    private static final int MOMENTS = 25;
    private static final int WRITERS = 3;

    @TempDir
    Path folder;

    /** The process: pauses with growing numbers, each acknowledged in a file once the journal says that it is kept. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            SqliteJournal journal = journal(folder);
            journal.open();
            AtomicLong next = new AtomicLong();
            try (var acknowledged = Files.newByteChannel(
                    folder.resolve("acknowledged"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                List<Thread> writers = java.util.stream.IntStream.range(0, WRITERS)
                        .mapToObj(i -> Thread.ofPlatform().start(() -> {
                            while (true) {
                                long n = next.incrementAndGet();
                                if (journal.pause(pause(n))) {
                                    acknowledge(acknowledged, n);
                                }
                            }
                        }))
                        .toList();
                for (Thread writer : writers) {
                    writer.join();
                }
            }
        }

        private static synchronized void acknowledge(java.nio.channels.SeekableByteChannel to, long n) {
            try {
                to.write(java.nio.ByteBuffer.wrap((n + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private static SqliteJournal journal(Path folder) {
        return new SqliteJournal(new Locations(true, folder, folder.resolve("state"), folder.resolve("control.sock")));
    }

    private static Pause pause(long n) {
        // long enough that the log is begun anew some times
        return new Pause(
                ResourceId.of("file", "/" + n), "number " + n + " " + "x".repeat(400), Optional.empty(), "root", false);
    }

    @Test
    void every_acknowledged_record_is_there_after_any_moment() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.sqlite.tmpdir=" + folder, // it is killed, and cannot clear up
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        int most = 0;
        try {
            Path acknowledged = folder.resolve("acknowledged");
            while (Files.notExists(acknowledged) || Files.size(acknowledged) == 0) {
                assertThat(process.waitFor(20, TimeUnit.MILLISECONDS))
                        .as("the writer ended: %s", Files.readString(folder.resolve("output")))
                        .isFalse();
            }
            for (int moment = 0; moment < MOMENTS; moment++) {
                assertThat(process.waitFor(5 + random.nextInt(60), TimeUnit.MILLISECONDS))
                        .isFalse();
                signal(process, "STOP");
                Path copy = Files.createDirectories(folder.resolve("moment" + moment + "/state"));
                for (String part : List.of("journal.db", "journal.db-wal")) {
                    Files.copy(folder.resolve("state/" + part), copy.resolve(part));
                }
                Set<String> promised = new HashSet<>(Files.readAllLines(acknowledged));
                tear(copy.resolve("journal.db-wal"), random);
                check(copy.getParent(), promised, "moment " + moment + " of seed " + seed);
                signal(process, "CONT"); // not before: on a busy machine it would write for minutes
                most = Math.max(most, promised.size());
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(most).isGreaterThan(MOMENTS);
    }

    private static void signal(Process process, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        while (name.equals("STOP") && !state(process).startsWith("T")) {
            Thread.onSpinWait(); // the signal is on its way
        }
    }

    private static String state(Process process) throws Exception {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2);
    }

    /** What was not synced may have been written in part, or be anything. */
    private static void tear(Path wal, Random random) throws Exception {
        byte[] garbage = new byte[random.nextInt(10_000)];
        random.nextBytes(garbage);
        try (RandomAccessFile file = new RandomAccessFile(wal.toFile(), "rw")) {
            file.seek(file.length());
            file.write(garbage);
        }
    }

    private static void check(Path folder, Set<String> promised, String when) throws Exception {
        SqliteJournal journal = journal(folder);
        journal.open();
        try {
            Set<String> there = new HashSet<>();
            journal.pauses().forEach(p -> there.add(p.id().name().substring(1)));
            Set<String> lost = new HashSet<>(promised);
            lost.removeAll(there);
            assertThat(lost).as(when).isEmpty();
            assertThat(journal.trouble()).as(when).isEmpty();
            assertThat(journal.pause(pause(0))).as(when).isTrue();
        } finally {
            journal.close();
        }
        try (var files = Files.list(folder.resolve("state"))) {
            assertThat(files.filter(p -> p.toString().contains("damaged")))
                    .as(when)
                    .isEmpty();
        }
    }
}
