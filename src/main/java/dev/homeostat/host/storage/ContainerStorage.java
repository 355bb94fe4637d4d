package dev.homeostat.host.storage;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What one podman keeps its images and containers in.
 *
 * @param owner name of the user; root for the system's
 * @param folder where it lies (Podman's graph root)
 * @param configured storage driver that storage.conf names; empty if it names none
 * @param configuration the file that does, or would
 * @param recorded storage driver that Podman's database was made with; empty if there is no database
 * @param database path of it
 * @param filled storage drivers of which there are layers
 * @param mountProgram whether overlays are mounted by a program (fuse-overlayfs) instead of the kernel
 * @param fileSystem type of the file system it lies on, such as {@code ext4}
 * @param freeBytes for whoever writes
 * @param totalBytes of the file system
 */
public record ContainerStorage(
        String owner,
        Path folder,
        Optional<String> configured,
        Path configuration,
        Optional<String> recorded,
        Path database,
        SortedSet<String> filled,
        boolean mountProgram,
        String fileSystem,
        long freeBytes,
        long totalBytes) {
    public ContainerStorage {
        requireNonNull(configured, "configured is null");
        requireNonNull(recorded, "recorded is null");
        filled = new TreeSet<>(filled);
    }

    /** The driver that is, or will be, in use. */
    public String driver() {
        return recorded.or(() -> configured)
                .or(() -> filled.stream().findFirst())
                .orElse("overlay");
    }

    /** A driver that the database, or what lies there, contradicts. */
    public Optional<String> contradiction() {
        if (configured.isEmpty()) {
            return Optional.empty();
        }
        String wanted = configured.get();
        if (recorded.isPresent()) {
            return recorded.filter(other -> !other.equals(wanted));
        }
        return filled.isEmpty() || filled.contains(wanted) ? Optional.empty() : Optional.of(filled.first());
    }
}
