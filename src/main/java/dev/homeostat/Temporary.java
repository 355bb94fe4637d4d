package dev.homeostat;

import dev.homeostat.host.Locations;
import dev.homeostat.resource.Trouble;
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
    private Temporary() {}

    /**
     * Only for who holds the {@link StateLock}.
     *
     * @throws Trouble invalid, if the folder cannot be used
     */
    static void prepare(Locations locations) throws Trouble {
        Path folder = locations.temporary();
        try {
            remove(folder);
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new Trouble(Trouble.Sort.INVALID, "cannot use the folder " + folder + ": " + e, "", e);
        }
        // read by SQLite's driver and by Netty when they unpack their libraries
        System.setProperty("java.io.tmpdir", folder.toString());
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
