package dev.homeostat.ai.document;

import dev.homeostat.host.posix.FileFacts;
import java.time.Instant;

/** One file, or one other text, that may be a document. For the thread of the loop only. */
final class Leaf {
    /** Files that changed within the same tick of the kernel's clock have the same times: 10 ms at the coarsest, and a reserve. */
    private static final long TICK_NANOS = 50_000_000L;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Path below the folder, or another name that is the only one in its origin. */
    final String source;

    private long device;
    private long inode;
    private long bytes;
    private long changedNanos;
    /** False if it may have changed after it was looked at without another time. */
    private boolean proven;

    /** Of the text; null if it is none, or was not read yet. */
    String sha256;
    /** Whether the knowledge base has it as it is. */
    boolean kept;
    /** What the knowledge base refused: it is not sent again until it is another. */
    String refused;
    /** It cannot be read: what became of it is not known. */
    boolean unclear;
    /** It is no longer there. */
    boolean dropped;

    Leaf(String source) {
        this.source = source;
    }

    /** Whether it is a document, as far as is known. */
    boolean isDocument() {
        return !dropped && sha256 != null;
    }

    boolean isDue() {
        return isDocument() && !kept && !sha256.equals(refused);
    }

    /** Whether the file is the one that was looked at, unchanged. */
    boolean isStill(FileFacts facts) {
        return proven
                && device == facts.device()
                && inode == facts.inode()
                && bytes == facts.sizeBytes()
                && changedNanos == facts.ctimeNanos();
    }

    /** Remembers what a file looked like before it is read. */
    void seen(FileFacts facts, Instant now) {
        device = facts.device();
        inode = facts.inode();
        bytes = facts.sizeBytes();
        changedNanos = facts.ctimeNanos();
        long nowNanos = now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
        proven = nowNanos - changedNanos > TICK_NANOS;
    }

    /** It has to be looked at again, whatever its times say. */
    void doubt() {
        proven = false;
    }

    /** What it holds now; null if that is no text. */
    void read(String digest) {
        unclear = false;
        if (digest == null || !digest.equals(sha256)) {
            kept = false;
        }
        sha256 = digest;
    }
}
