package dev.homeostat.ai.model;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Room for files in a file system, as its user sees it.
 *
 * @param freeBytes that this user may still write
 * @param totalBytes of the file system
 */
record Room(long freeBytes, long totalBytes) {
    /** What is left to the machine: a build, an update and logs of some days. */
    static final long RESERVE_BYTES = 5L << 30;
    /** On a small file system, so that it can hold anything at all: a twentieth of it. */
    private static final int RESERVE_PART = 20;

    static Room in(Path folder) throws IOException {
        FileStore store = Files.getFileStore(folder);
        return new Room(store.getUsableSpace(), store.getTotalSpace());
    }

    long reserveBytes() {
        return Math.min(RESERVE_BYTES, totalBytes / RESERVE_PART);
    }

    boolean holds(long moreBytes) {
        return freeBytes - reserveBytes() >= moreBytes;
    }
}
