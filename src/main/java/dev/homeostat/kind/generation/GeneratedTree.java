package dev.homeostat.kind.generation;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.kind.generation.settings.MachineData;
import dev.homeostat.kind.generation.settings.MachineFacts;
import dev.homeostat.kind.generation.settings.MachineJson;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The tree of a generated system: templates, machine.json and copies of the owner's own files. The lock file beside them is
 * Nix's: it is kept. Thread-safe.
 *
 * <p>Everything in it ends up in the Nix store, which everybody may read. A file that not everybody may read is therefore
 * refused.
 */
final class GeneratedTree {
    static final String LOCK = "flake.lock";
    private static final String FLAKE = "flake.nix";
    private static final String MACHINE = "machine.json";
    private static final String OWN = "own";
    private static final String HARDWARE = "/etc/nixos/hardware-configuration.nix";
    /** A lock file has some kilobytes for each input. */
    private static final long LOCK_LIMIT_BYTES = 4L << 20;

    private static final int FILE_MODE = 0644;
    private static final int FOLDER_MODE = 0755;
    private static final int ROOT = 0;

    private final Path folder;
    private final SafeFiles files;
    private final Folder reader;
    private final int uid;
    private final int gid;

    GeneratedTree(Path folder, SafeFiles files, Folder reader) {
        this(folder, files, reader, ROOT, ROOT);
    }

    /** @param uid to whom the files belong */
    GeneratedTree(Path folder, SafeFiles files, Folder reader, int uid, int gid) {
        this.folder = folder;
        this.files = files;
        this.reader = reader;
        this.uid = uid;
        this.gid = gid;
    }

    Path folder() {
        return folder;
    }

    /**
     * The tree as it should be.
     *
     * @param contents by path relative to the tree
     * @param watched folders that the owner's files are in
     */
    record Wanted(SortedMap<String, byte[]> contents, SortedSet<Path> watched) {
        SortedMap<String, String> entries() {
            SortedMap<String, String> entries = new TreeMap<>();
            contents.forEach((path, content) -> entries.put(path, Folder.entry(content)));
            return entries;
        }

        String digest() {
            return new Folder.Content(entries(), new TreeSet<>()).digest();
        }
    }

    /** @throws Trouble invalid if a file of the owner's is missing, or not for everybody's eyes */
    Wanted wanted(SystemSource.Generated source, MachineFacts facts) throws Trouble {
        SortedMap<String, byte[]> contents = new TreeMap<>(Templates.contents());
        SortedSet<Path> watched = new TreeSet<>();
        MachineData data;
        try {
            data = MachineData.of(source.settings(), facts, source.elsewhere());
            contents.put(MACHINE, MachineJson.of(data));
        } catch (IllegalArgumentException e) {
            throw Trouble.invalid("the system cannot be generated: " + e.getMessage(), "correct it in the declaration");
        }
        for (Path own : data.ownFiles()) {
            Optional<FileFacts> there = files.look(own);
            watched.add(own.getParent());
            if (there.isEmpty()) {
                if (own.toString().equals(HARDWARE)) {
                    continue;
                }
                throw Trouble.invalid(own + " is declared and not there", "make it, or correct the declaration");
            }
            if (there.get().type() == FileFacts.Type.FOLDER) {
                Folder.Content content = reader.read(own);
                watched.addAll(content.folders());
                for (String name : content.entries().keySet()) {
                    copy(own.resolve(name), contents);
                }
            } else {
                copy(own, contents);
            }
        }
        return new Wanted(contents, watched);
    }

    private void copy(Path own, SortedMap<String, byte[]> contents) throws Trouble {
        FileFacts facts =
                files.look(own).orElseThrow(() -> Trouble.passing(own + " was taken away while it was looked at"));
        if (facts.type() != FileFacts.Type.FILE) {
            throw Trouble.invalid(own + " is not a regular file", "declare the file itself, not a link to it");
        }
        if ((facts.mode() & Folder.EVERYBODY_READS) == 0) {
            throw Trouble.invalid(
                    own + " may not be read by everybody, and the Nix store may",
                    "if there is no secret in it: chmod o+r " + own + "; if there is, declare it under secrets");
        }
        contents.put(OWN + own, files.read(own, Folder.FILE_LIMIT_BYTES));
    }

    /** Whether the tree is there as wanted. The lock file does not count. */
    boolean isWritten(Wanted wanted) throws Trouble {
        SortedMap<String, String> there = new TreeMap<>(reader.read(folder).entries());
        there.remove(LOCK);
        return there.equals(wanted.entries());
    }

    /** The lock file; empty if there is none. */
    Optional<byte[]> lock() throws Trouble {
        Path lock = folder.resolve(LOCK);
        return files.look(lock).isEmpty() ? Optional.empty() : Optional.of(files.read(lock, LOCK_LIMIT_BYTES));
    }

    void lock(byte[] content) throws Trouble {
        if (lock().filter(now -> Arrays.equals(now, content)).isEmpty()) {
            files.write(folder.resolve(LOCK), content, FILE_MODE, uid, gid);
        }
    }

    /** The lock file's digest; empty text if there is none. */
    String lockDigest() throws Trouble {
        return lock().map(Folder::entry).orElse("");
    }

    /** Which inputs there are, and what they are locked to; empty text if they are not locked. */
    String inputsDigest() throws Trouble {
        String lock = lockDigest();
        Path flake = folder.resolve(FLAKE);
        return lock.isEmpty() ? "" : Folder.entry(files.read(flake, Folder.FILE_LIMIT_BYTES)) + " " + lock;
    }

    /**
     * Writes what differs and takes away what is too much, file by file: each is either as before or as wanted. What a crash
     * leaves half done, the next look shows.
     */
    void write(Wanted wanted) throws Trouble {
        files.makeWay(folder, FOLDER_MODE, uid, gid);
        Folder.Content there = reader.read(folder);
        SortedMap<String, String> entries = wanted.entries();
        for (String name : there.entries().keySet()) {
            if (!entries.containsKey(name) && !name.equals(LOCK)) {
                files.remove(folder.resolve(name));
            }
        }
        for (Path each : there.folders().reversed()) { // what is inside comes first
            String prefix = folder.relativize(each) + "/";
            if (!each.equals(folder) && entries.keySet().stream().noneMatch(name -> name.startsWith(prefix))) {
                files.remove(each);
            }
        }
        for (Map.Entry<String, byte[]> file : wanted.contents().entrySet()) {
            if (!entries.get(file.getKey()).equals(there.entries().get(file.getKey()))) {
                Path path = folder.resolve(file.getKey());
                files.makeWay(path.getParent(), FOLDER_MODE, uid, gid);
                files.write(path, file.getValue(), FILE_MODE, uid, gid);
            }
        }
    }
}
