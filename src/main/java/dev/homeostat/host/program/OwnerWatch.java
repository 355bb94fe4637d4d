package dev.homeostat.host.program;

import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Watches files of owners for one kind, and where their programs come from: a program that is installed later is found then.
 * Thread-safe.
 */
public final class OwnerWatch {
    private static final Logger LOG = Logger.getLogger(OwnerWatch.class);

    private final String kind;
    private final Programs programs;
    private final FolderWatch folderWatch;
    private List<AutoCloseable> watching = List.of();

    public OwnerWatch(String kind, Programs programs, FolderWatch folderWatch) {
        this.kind = kind;
        this.programs = programs;
        this.folderWatch = folderWatch;
    }

    /**
     * Where a change may be one of the resource. Nothing of it needs to exist.
     *
     * @param paths files, or what must be there
     * @param folders in which any entry counts
     */
    public record Watched(ResourceId id, Function<Owner, Set<Path>> paths, Function<Owner, Set<Path>> folders) {}

    /** From now on these and no others. */
    public synchronized void watch(Collection<Watched> resources, LookAgain lookAgain) {
        watching.forEach(OwnerWatch::close);
        watching = List.of();
        Map<Path, Set<ResourceId>> ids = new HashMap<>();
        Map<Path, Set<ResourceId>> folders = new HashMap<>();
        Set<Path> sources = new HashSet<>();
        for (Watched each : resources) {
            try {
                Owner owner = programs.owner(each.id().scope());
                each.paths()
                        .apply(owner)
                        .forEach(path ->
                                ids.computeIfAbsent(path, p -> new HashSet<>()).add(each.id()));
                each.folders()
                        .apply(owner)
                        .forEach(folder -> folders.computeIfAbsent(folder, f -> new HashSet<>())
                                .add(each.id()));
                sources.addAll(owner.profiles());
            } catch (Trouble t) { // every look says so too
                LOG.debugf("%s is not watched: %s", each.id(), t.sentence());
            }
        }
        if (resources.isEmpty()) {
            return;
        }
        Set<Path> all = new HashSet<>(ids.keySet());
        all.addAll(sources);
        List<AutoCloseable> watches = new ArrayList<>();
        watches.add(folderWatch.watch(
                all,
                path -> {
                    if (sources.contains(path)) {
                        lookAgain.all(kind, "other programs are installed: " + path + " changed");
                    }
                    ids.getOrDefault(path, Set.of()).forEach(id -> lookAgain.at(id, path + " changed"));
                },
                () -> lookAgain.all(kind, "changes of files were missed")));
        folders.forEach((folder, of) -> watches.add(folderWatch.watchFolder(
                folder, () -> of.forEach(id -> lookAgain.at(id, "something changed in " + folder)))));
        watching = List.copyOf(watches);
    }

    private static void close(AutoCloseable watch) {
        try {
            watch.close();
        } catch (Exception e) {
            throw new IllegalStateException("a watch that cannot be ended", e);
        }
    }
}
