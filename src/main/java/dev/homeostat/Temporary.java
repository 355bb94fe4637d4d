package dev.homeostat;

import dev.homeostat.host.Locations;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The daemon's own folder for what is needed for a moment: libraries that SQLite and Netty unpack, unit files that are
 * verified. A killed daemon leaves them; the next one begins by removing them.
 */
final class Temporary {
    /** The libraries have 1 MB together; a unit file that is verified has some kB. */
    private static final long ROOM_BYTES = 2L << 20;

    private Temporary() {}

    /**
     * Only for who holds the {@link StateLock}. Where there is no room for it, the machine's own is used: a full disk is no
     * reason not to keep the machine.
     */
    static void prepare(Locations locations) {
        Path folder = locations.temporary();
        try {
            remove(folder);
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (Files.getFileStore(folder).getUsableSpace() >= ROOM_BYTES) {
                // read by SQLite's driver and by Netty when they unpack their libraries
                System.setProperty("java.io.tmpdir", folder.toString());
                return;
            }
            complain(folder, "there is no space left");
        } catch (IOException e) {
            complain(folder, e.toString());
        }
    }

    private static void complain(Path folder, String why) {
        System.err.println("homeostat: " + folder + " cannot be used (" + why + "), "
                + System.getProperty("java.io.tmpdir") + " is used instead");
    }

    private static void remove(Path folder) throws IOException {
        try {
            Files.walkFileTree(
                    folder,
                    new SimpleFileVisitor<>() { // does not follow links
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                            Files.delete(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                            if (e != null) {
                                throw e;
                            }
                            Files.delete(visited);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (NoSuchFileException e) {
            // the first start
        }
    }
}
