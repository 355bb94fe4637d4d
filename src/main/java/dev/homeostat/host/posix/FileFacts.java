package dev.homeostat.host.posix;

import java.time.Instant;

/**
 * What is at a path; the last component is not followed.
 *
 * @param mode permission bits only, such as 0644
 * @param link target if it is a symbolic link, else empty
 * @param mtimeNanos last modification of the content, nanoseconds since 1970
 * @param ctimeNanos last change of content or attributes, nanoseconds since 1970; cannot be set by programs
 */
public record FileFacts(
        Type type,
        int mode,
        int uid,
        int gid,
        long sizeBytes,
        long device,
        long inode,
        long mtimeNanos,
        long ctimeNanos,
        String link) {
    /** What it is. */
    public enum Type {
        FILE,
        FOLDER,
        LINK,
        OTHER
    }

    public Instant modified() {
        return Instant.ofEpochSecond(0, mtimeNanos);
    }
}
