package dev.homeostat.kind.generation;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.posix.Unchanged;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads whole folders of configuration, with digests of what did not change remembered. Thread-safe.
 */
final class Folder {
    /** A configuration has some hundred files; with more it is something else, and looking at it would take too long. */
    private static final int FILES_LIMIT = 10_000;
    /** Of one file; wallpapers and firmware are among the larger ones. */
    static final long FILE_LIMIT_BYTES = 64L << 20;
    /** Of all together: they are copied into the store for every change. */
    private static final long TOTAL_LIMIT_BYTES = 256L << 20;
    /** Deeper is a loop of mounts, or somebody's joke. */
    private static final int DEPTH_LIMIT = 32;

    /** Of the mode of a file. */
    static final int EVERYBODY_READS = 0004;

    private static final Set<String> VERSION_CONTROL = Set.of(".git", ".hg", ".svn", ".jj");

    private final SafeFiles files;
    private final Unchanged<String> digests;

    Folder(SafeFiles files, InstantSource clock) {
        this.files = files;
        this.digests = new Unchanged<>(clock);
    }

    /**
     * What is in a folder.
     *
     * @param entries digest of each file (with whether it is executable) or target of each link, by path relative to the folder
     * @param folders all folders, the folder itself included: what has to be watched
     * @param closed a file that not everybody may read; empty if there is none
     */
    record Content(SortedMap<String, String> entries, SortedSet<Path> folders, Optional<Path> closed) {
        Content(SortedMap<String, String> entries, SortedSet<Path> folders) {
            this(entries, folders, Optional.empty());
        }

        /** Of all entries. */
        String digest() {
            StringBuilder all = new StringBuilder();
            entries.forEach(
                    (path, value) -> all.append(path).append('\0').append(value).append('\0'));
            return Sha256.hex(all.toString());
        }
    }

    private final class Walk {
        final Path root;
        final SortedMap<String, String> entries = new TreeMap<>();
        final SortedSet<Path> folders = new TreeSet<>();
        Path closed;
        long bytes;

        Walk(Path root) {
            this.root = root;
        }

        void folder(Path folder, int depth) throws Trouble {
            if (depth > DEPTH_LIMIT) {
                throw Trouble.invalid(folder + " is deeper than " + DEPTH_LIMIT + " folders below " + root, "move it");
            }
            folders.add(folder);
            for (String name : files.list(folder)) {
                Path path = folder.resolve(name);
                FileFacts facts = files.look(path).orElse(null);
                if (facts == null || VERSION_CONTROL.contains(name)) {
                    continue; // gone meanwhile, or no part of the configuration
                }
                switch (facts.type()) {
                    case FOLDER -> folder(path, depth + 1);
                    case FILE -> file(path, facts);
                    case LINK -> {
                        if (!isResult(name, facts)) {
                            put(path, "link " + facts.link());
                        }
                    }
                    case OTHER -> throw Trouble.invalid(path + " is neither file, folder nor link", "move it away");
                }
            }
        }

        private void file(Path path, FileFacts facts) throws Trouble {
            bytes += facts.sizeBytes();
            if (closed == null && (facts.mode() & EVERYBODY_READS) == 0) {
                closed = path;
            }
            if (bytes > TOTAL_LIMIT_BYTES) {
                throw Trouble.invalid(
                        root + " holds more than " + (TOTAL_LIMIT_BYTES >> 20) + " MiB",
                        "move what is no configuration to another folder");
            }
            String digest = digests.of(path, facts);
            if (digest == null) {
                digest = Sha256.hex(files.read(path, FILE_LIMIT_BYTES));
                digests.remember(path, facts, digest);
            }
            put(path, (facts.mode() & 0100) != 0 ? digest + " x" : digest);
        }

        private void put(Path path, String value) throws Trouble {
            entries.put(root.relativize(path).toString(), value);
            if (entries.size() > FILES_LIMIT) {
                throw Trouble.invalid(
                        root + " holds more than " + FILES_LIMIT + " files",
                        "move what is no configuration to another folder");
            }
        }
    }

    /** What nix build leaves behind: it changes with every build and is no part of the configuration. */
    private static boolean isResult(String name, FileFacts facts) {
        return (name.equals("result") || name.startsWith("result-"))
                && facts.link().startsWith("/nix/store/");
    }

    /** Empty content if there is no such folder. */
    Content read(Path folder) throws Trouble {
        Walk walk = new Walk(folder);
        if (files.look(folder).isPresent()) {
            walk.folder(folder, 0);
        }
        return new Content(walk.entries, walk.folders, Optional.ofNullable(walk.closed));
    }

    /** As {@link #read} would describe a file with this content that cannot be executed. */
    static String entry(byte[] content) {
        return Sha256.hex(content);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
