package dev.homeostat.bench;

import dev.homeostat.bench.Figure.Reach;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Files that somebody edits or deletes. */
final class FileFigures {
    private static final int EDITS = 300;
    private static final int WARM_UP_EDITS = 100;
    private static final int DELETED = 200;
    private static final int DELETIONS = 7;
    private static final int DISK_EDITS = 100;
    /** The journal's own write-behind of the last sample is over by then. */
    private static final Duration BREATH = Duration.ofMillis(10);
    /** What one commit of the journal adds to its write-ahead log, about: some pages of 4 KiB. */
    private static final int COMMIT_BYTES = 20_000;

    private FileFigures() {}

    static List<Figure> drift() {
        Scene.everything();
        edits(Scene.FOLDER, WARM_UP_EDITS);
        return List.of(new Figure(
                "file-drift",
                "file edited by someone -> right again",
                "ms",
                edits(Scene.FOLDER, EDITS),
                Reach.of(1, 6)));
    }

    private static List<Double> edits(String folder, int times) {
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            int number = 1 + i % (Declarations.FILES - 1);
            Path path = Declarations.file(folder, number);
            String right = Declarations.content(number, "right");
            String wrong = Declarations.content(number, "wrong " + i);
            long start = System.nanoTime();
            Scene.write(path, wrong);
            Guest.spin(path + " is right again", () -> Scene.is(path, right));
            samples.add(Guest.millis(System.nanoTime() - start));
            Guest.breathe(BREATH);
        }
        return samples;
    }

    static List<Figure> massDeletion() {
        Scene.everything();
        List<Double> samples = new ArrayList<>();
        for (int round = 0; round < DELETIONS; round++) {
            long start = System.nanoTime();
            for (int n = 0; n < DELETED; n++) {
                try {
                    Files.delete(Declarations.file(Scene.FOLDER, n));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
            for (int n = 0; n < DELETED; n++) {
                Path path = Declarations.file(Scene.FOLDER, n);
                String right = Declarations.content(n, "right");
                Guest.spin(path + " is back", () -> Scene.is(path, right));
            }
            samples.add(Guest.millis(System.nanoTime() - start));
            Guest.settle(Declarations.ALL);
        }
        return List.of(new Figure(
                "mass-deletion", "200 of 500 files deleted at once -> all back", "ms", samples, Reach.p50(100)));
    }

    /** With state and files on a disk: what is beyond the syncs that keep a promise over a power failure. */
    static List<Figure> driftOnDisk(Path disk) {
        Path state = disk.resolve("state");
        Path files = disk.resolve("files");
        Path dropIn = Path.of("/run/systemd/system/homeostat.service.d/bench.conf");
        try {
            clear(disk);
            Files.createDirectories(state);
            Files.createDirectories(files);
            Files.createDirectories(dropIn.getParent());
            Files.writeString(dropIn, "[Service]\nEnvironment=HOMEOSTAT_STATE=" + state + "\n");
            Guest.run("systemctl", "daemon-reload");
            Guest.run("systemctl", "stop", "homeostat");
            Scene.another();
            Scene.set(
                    "disk",
                    Declarations.yaml("auto", files.toString(), Declarations.FILES, 0, 0, "right"),
                    Declarations.FILES);
            edits(files.toString(), WARM_UP_EDITS / 4);
            List<Double> bare = new ArrayList<>();
            List<Double> whole = new ArrayList<>();
            for (int i = 0; i < DISK_EDITS; i++) { // in turns: the disk has its moods
                bare.add(syncs(disk));
                whole.addAll(edits(files.toString(), 1));
            }
            double syncs = Figure.median(bare);
            Files.delete(dropIn);
            Guest.run("systemctl", "daemon-reload");
            Guest.run("systemctl", "stop", "homeostat");
            Scene.another();
            clear(disk);
            return List.of(
                    new Figure(
                            "file-drift-disk",
                            "the same with state and file on a disk, beyond the p50 of disk-syncs",
                            "ms",
                            whole.stream().map(ms -> Math.max(0, ms - syncs)).toList(),
                            Reach.p50(2)),
                    new Figure(
                            "disk-syncs",
                            "the same writes and syncs by themselves: log, former content, file, folder",
                            "ms",
                            bare,
                            Reach.none()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One commit of a log; a former content put aside; a file replaced so that it survives a power failure. */
    private static double syncs(Path disk) throws IOException {
        long start = System.nanoTime();
        try (FileChannel log = FileChannel.open(
                disk.resolve("log"), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            log.write(ByteBuffer.allocate(COMMIT_BYTES));
            log.force(false);
        }
        replace(disk.resolve("kept"));
        replace(disk.resolve("file"));
        try (FileChannel folder = FileChannel.open(disk, StandardOpenOption.READ)) {
            folder.force(true);
        }
        return Guest.millis(System.nanoTime() - start);
    }

    private static void replace(Path path) throws IOException {
        Path next = path.resolveSibling(path.getFileName() + ".next");
        try (FileChannel file = FileChannel.open(next, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(
                    Declarations.content(1, "right").getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            file.force(true);
        }
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void clear(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.filter(p -> !p.equals(folder))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
