package dev.homeostat.host.posix;

import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Files, looked at and changed so that nobody can lead us astray: every folder on the way is opened relative to the one
 * before, a symbolic link on the way is followed only if root (or we) made it, and changes are made relative to the opened
 * folder. All paths are absolute and normalized. Thread-safe.
 *
 * <p>Every {@link Trouble} names the path and what was seen.
 */
public interface SafeFiles {
    /** What is at the path; empty if nothing is, also when a folder on the way is missing. */
    Optional<FileFacts> look(Path path) throws Trouble;

    /**
     * The content of a regular file.
     *
     * @throws Trouble if there is no regular file, or it is larger than {@code limitBytes}
     */
    byte[] read(Path path, long limitBytes) throws Trouble;

    /** Names in a folder, sorted; empty if there is no such folder. */
    List<String> list(Path folder) throws Trouble;

    /** Takes what was in the way of a change. */
    interface Displaced {
        /**
         * Called once more, by another thread, if somebody had the file open and has written into it since.
         *
         * @param former a regular file's content, once nobody can open it any more
         * @throws Trouble to have it put back, and nothing changed; the second time it is only logged
         */
        void take(byte[] former) throws Trouble;
    }

    /** Makes or replaces a regular file: temporary file, fsync, rename, fsync of the folder. A link at the path is replaced. */
    default void write(Path path, byte[] content, int mode, int uid, int gid) throws Trouble {
        write(path, content, mode, uid, gid, null);
    }

    /**
     * As {@link #write(Path, byte[], int, int, int)}, but what somebody writes into the former file while it is replaced is
     * not lost: it is exchanged for the new one and read, and read again when whoever has it open has closed it, at the latest
     * after a minute. Nobody waits for that.
     *
     * @param displaced not told on a file system that cannot exchange; null if the former content is of no interest
     */
    void write(Path path, byte[] content, int mode, int uid, int gid, Displaced displaced) throws Trouble;

    /**
     * Replaces a regular file that others write, too, if it is as it was when it was read: what is there is exchanged for the
     * new content in one step, and looked at once it is out of everybody's way. If it turns out to be another, it is put back.
     *
     * @param expected the content that was read; null if nothing was there
     * @param content the next content; null to remove the file
     * @param displaced told of a content that somebody wrote in the same moment and that a later one took the place of
     * @return false if something else was there, which then still is
     */
    boolean replaceIf(
            Path path, byte[] expected, byte[] content, int mode, int uid, int gid, Consumer<byte[]> displaced)
            throws Trouble;

    /** Makes a folder; one that is there is left, but for mode and owner. */
    void makeFolder(Path path, int mode, int uid, int gid) throws Trouble;

    /** Makes the folders that are missing on the way to (and at) a path; those that are there are left as they are. */
    default void makeWay(Path folder, int mode, int uid, int gid) throws Trouble {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path at = folder; at.getParent() != null && look(at).isEmpty(); at = at.getParent()) {
            missing.addFirst(at);
        }
        for (Path at : missing) {
            makeFolder(at, mode, uid, gid);
        }
    }

    /** Makes or replaces a symbolic link. */
    default void makeLink(Path path, String target, int uid, int gid) throws Trouble {
        makeLink(path, target, uid, gid, null);
    }

    /** As {@link #makeLink(Path, String, int, int)}, with the care of {@link #write(Path, byte[], int, int, int, Displaced)}. */
    void makeLink(Path path, String target, int uid, int gid, Displaced displaced) throws Trouble;

    /** Changes mode and owner of what is there (of a link only the owner). */
    void attributes(Path path, int mode, int uid, int gid) throws Trouble;

    /** Removes a file or link, or an empty folder; fine if nothing is there. */
    default void remove(Path path) throws Trouble {
        remove(path, null);
    }

    /** As {@link #remove(Path)}; with the care of {@link #write(Path, byte[], int, int, int, Displaced)}, no folder. */
    void remove(Path path, Displaced displaced) throws Trouble;
}
