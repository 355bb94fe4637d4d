package dev.homeostat.kind.generation;

import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.SortedSet;

/** Watches all folders of a source: which they are, each look tells. Thread-safe. */
final class TreeWatch {
    private final FolderWatch folderWatch;
    private final Map<ResourceId, Map<Path, AutoCloseable>> watches = new HashMap<>();
    private volatile LookAgain lookAgain;

    TreeWatch(FolderWatch folderWatch) {
        this.folderWatch = folderWatch;
    }

    /** From now on these resources and no others. */
    synchronized void watch(Collection<ResourceId> ids, LookAgain newLookAgain) {
        lookAgain = newLookAgain;
        for (ResourceId id : new HashSet<>(watches.keySet())) {
            if (!ids.contains(id)) {
                watches.remove(id).values().forEach(GenerationKind::close);
            }
        }
        ids.forEach(id -> watches.computeIfAbsent(id, i -> new HashMap<>()));
    }

    /** Fine if the resource is not watched: a plan looks at what is not declared yet. */
    synchronized void folders(ResourceId id, SortedSet<Path> folders) {
        Map<Path, AutoCloseable> current = watches.get(id);
        if (current == null) {
            return;
        }
        for (Path folder : new HashSet<>(current.keySet())) {
            if (!folders.contains(folder)) {
                GenerationKind.close(current.remove(folder));
            }
        }
        for (Path folder : folders) {
            current.computeIfAbsent(folder, f -> folderWatch.watchFolder(f, () -> changed(id, f)));
        }
    }

    private void changed(ResourceId id, Path folder) {
        LookAgain told = lookAgain;
        if (told != null) {
            told.at(id, "something changed in " + folder);
        }
    }
}
