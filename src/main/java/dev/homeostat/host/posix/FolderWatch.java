package dev.homeostat.host.posix;

import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

/** Tells when something at a path may have changed: content, attributes, being there, or what leads to it. Thread-safe. */
public interface FolderWatch {
    /**
     * Watches until closed. The callbacks must return at once.
     *
     * @param paths absolute; they need not exist
     * @param changed gets one of {@code paths}
     * @param overflow something was missed: look at all of them
     */
    AutoCloseable watch(Set<Path> paths, Consumer<Path> changed, Runnable overflow);

    /**
     * The same for a folder and whatever is directly in it, under any name.
     *
     * @param folder absolute; it need not exist
     */
    AutoCloseable watchFolder(Path folder, Runnable changed);
}
