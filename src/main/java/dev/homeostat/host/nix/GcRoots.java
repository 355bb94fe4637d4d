package dev.homeostat.host.nix;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Our own roots for Nix's garbage collector: links to store paths in a folder that only root writes to. What a link points
 * to is kept, with all it needs. Thread-safe.
 */
public final class GcRoots {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final int FOLDER_MODE = 0755;
    private static final int ROOT = 0;

    private final Path folder;
    private final SafeFiles files;

    /** @param folder below /nix/var/nix/gcroots, where the garbage collector looks, or nothing is kept */
    GcRoots(Path folder, SafeFiles files) {
        this.folder = folder;
        this.files = files;
    }

    /** Where the link of that name is. */
    Path link(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name for a root: \"" + name.replaceAll("\\p{Cntrl}", "?") + "\"");
        }
        return folder.resolve(name);
    }

    /**
     * Keeps a path from being collected; replaces what the name kept before. On disk when it returns. A collection that
     * began before may still take a path that nothing else kept: build with the root's name instead.
     *
     * @throws Trouble invalid if the path is not in the store: then the name keeps nothing
     */
    public void keep(String name, StorePath path) throws Trouble {
        Path link = link(name);
        makeFolder();
        files.makeLink(link, path.toString(), ROOT, ROOT);
        // looked for afterwards: from now on it cannot go any more
        if (files.look(path.path()).isEmpty()) {
            files.remove(link);
            throw Trouble.invalid(path + " is not in the store any more", "build or fetch it again");
        }
    }

    void makeFolder() throws Trouble {
        files.makeWay(folder, FOLDER_MODE, ROOT, ROOT);
    }

    /** What is kept, by name. Links that are not ours (no store path) are left out. */
    public SortedMap<String, StorePath> list() throws Trouble {
        SortedMap<String, StorePath> roots = new TreeMap<>();
        for (String name : files.list(folder)) {
            if (NAME.matcher(name).matches()) {
                of(files.look(folder.resolve(name))).ifPresent(path -> roots.put(name, path));
            }
        }
        return roots;
    }

    private static Optional<StorePath> of(Optional<FileFacts> facts) {
        try {
            return facts.map(f -> StorePath.parse(f.link()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Keeps it no longer; fine if there is no such root. */
    public void release(String name) throws Trouble {
        Path link = link(name);
        if (files.look(link).isPresent()) { // nor need there be a folder of roots
            files.remove(link);
        }
    }
}
