package dev.homeostat.host.posix;

import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

/** Says when something in a folder changed, by inotify. Thread-safe. */
public interface FolderWatch {
    /**
     * From now on, until closed: {@code changed} is called with each path that was noticed, {@code overflow} when some
     * were lost. Folders that do not exist yet are watched as soon as they do. Both are called on a thread of the watch and
     * have to return at once.
     *
     * @param paths files or folders; of a file its folder is watched, so that replacing it is noticed
     */
    AutoCloseable watch(Set<Path> paths, Consumer<Path> changed, Runnable overflow);
}
