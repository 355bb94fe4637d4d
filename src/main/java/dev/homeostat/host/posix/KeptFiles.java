package dev.homeostat.host.posix;

import dev.homeostat.host.Locations;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Former contents of files that were replaced or removed, so that nothing a person wrote is ever lost: one file for each
 * path and content, {@code kept/PATH/DIGEST}, readable by the daemon's user only. The same content twice is one file.
 * Thread-safe.
 */
@ApplicationScoped
public class KeptFiles {
    private static final Logger LOG = Logger.getLogger(KeptFiles.class);

    /** Larger files are not configuration; replacing one needs an approval instead. */
    public static final long LIMIT_BYTES = 8L * 1024 * 1024;
    /** Former contents of one path; the oldest go first. */
    private static final int PER_PATH_LIMIT = 20;

    /** As chown(2) has it: the daemon's own. */
    private static final int SAME = -1;

    private final SafeFiles files;
    private final Path folder;

    public KeptFiles(Locations locations, SafeFiles files) {
        this.files = files;
        this.folder = locations.state().resolve("kept");
    }

    public Path folder() {
        return folder;
    }

    /** @throws Trouble if it could not be kept: then it must not be replaced either */
    public void keep(Path path, byte[] content) throws Trouble {
        Path place = folder.resolve(flat(path));
        Path target = place.resolve(Sha256.hex(content).substring(0, 16));
        try {
            if (files.look(target).isPresent()) {
                Files.setLastModifiedTime(target, FileTime.from(Instant.now())); // the oldest go first
                return;
            }
            files.makeWay(place, 0700, SAME, SAME);
            files.write(target, content, 0600, SAME, SAME);
        } catch (Trouble t) {
            throw Trouble.passing("cannot keep the former content of " + path + ": " + t.getMessage(), t);
        } catch (IOException e) {
            throw Trouble.passing("cannot keep the former content of " + path + " in " + place + ": " + e, e);
        }
        // aside: whoever keeps something is about to correct the file
        Thread.ofVirtual().name("kept").start(() -> prune(place));
    }

    private static void prune(Path place) {
        try (Stream<Path> entries = Files.list(place)) {
            List<Path> all = new ArrayList<>(
                    entries.filter(p -> !p.getFileName().toString().startsWith(".")) // those being written
                            .toList());
            if (all.size() > PER_PATH_LIMIT) {
                all.sort(Comparator.comparing(p -> p.toFile().lastModified()));
                for (Path old : all.subList(0, all.size() - PER_PATH_LIMIT)) {
                    Files.deleteIfExists(old);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warnf("former contents beyond the last %d in %s stay: %s", PER_PATH_LIMIT, place, e.getMessage());
        }
    }

    /** One folder for each path; escaped so that no two paths share one. */
    private static String flat(Path path) {
        String name = path.toString().substring(1).replace("%", "%25").replace("/", "%2f");
        // NAME_MAX is 255 bytes: very deep paths go by their digest
        return name.getBytes(StandardCharsets.UTF_8).length <= 200 ? name : Sha256.hex(name);
    }
}
