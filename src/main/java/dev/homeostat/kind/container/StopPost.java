package dev.homeostat.kind.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Spares the units of the system's containers the {@code ExecStopPost=} that Quadlet gives them: a {@code podman rm} of what
 * conmon has removed already, some 40 ms between a container's end and its next start. Where conmon was killed and removed
 * nothing, {@code podman run --replace} does, and our own stopping. Thread-safe.
 */
final class StopPost {
    private static final String TEXT =
            UnitFile.of(Map.of("Service", Map.of("ExecStopPost", List.of("")))).text();
    private static final int FILE_MODE = 0644;
    private static final int FOLDER_MODE = 0755;
    private static final int ROOT = 0;
    private static final long LIMIT_BYTES = 1 << 16;

    private final Quadlets quadlets;
    private final SafeFiles files;

    StopPost(Quadlets quadlets, SafeFiles files) {
        this.quadlets = quadlets;
        this.files = files;
    }

    /** Empty where there is none to be. */
    Optional<Path> path(ResourceId id) {
        return quadlets.dropIn(id.scope(), unit(id));
    }

    /** Whether nothing is to be done about it. What somebody else put there is theirs. */
    boolean isRight(ResourceId id) throws Trouble {
        Optional<Path> path = path(id);
        if (path.isEmpty()) {
            return true;
        }
        Optional<String> text = text(path.get());
        return text.isPresent() && (text.get().equals(TEXT) || !UnitFile.isOurs(text.get()));
    }

    private Optional<String> text(Path path) throws Trouble {
        return files.look(path).filter(f -> f.type() == FileFacts.Type.FILE).isPresent()
                ? Optional.of(new String(files.read(path, LIMIT_BYTES), UTF_8))
                : Optional.empty();
    }

    /** Counts after a reload. */
    void write(ResourceId id) throws Trouble {
        if (isRight(id)) {
            return;
        }
        Path path = path(id).orElseThrow();
        files.makeWay(path.getParent(), FOLDER_MODE, ROOT, ROOT);
        files.write(path, TEXT.getBytes(UTF_8), FILE_MODE, ROOT, ROOT);
    }

    /** Counts after a reload. */
    void remove(ResourceId id) throws Trouble {
        Optional<Path> path = path(id);
        if (path.isPresent() && text(path.get()).filter(UnitFile::isOurs).isPresent()) {
            files.remove(path.get());
            Path folder = path.get().getParent();
            if (files.list(folder).isEmpty()) {
                files.remove(folder);
            }
        }
    }

    private static UnitName unit(ResourceId id) {
        return Quadlets.unit(id.name(), ContainerKind.NAME);
    }
}
