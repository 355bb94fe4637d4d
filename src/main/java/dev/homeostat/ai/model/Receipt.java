package dev.homeostat.ai.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Json;
import java.util.Optional;

/**
 * What is known of a file of models, in a small file beside it: a hash that was computed once, and of what. As long as
 * length, time and inode are the same, so is the content; else it is hashed again.
 *
 * @param sha256 that the file has
 * @param bytes its length
 * @param mtimeNanos its last modification, nanoseconds since 1970
 * @param from address or file that it is from; empty if it was found in its place
 * @param expected that it had to have, if it is one that was set aside; null else
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Receipt(String sha256, long bytes, long mtimeNanos, long inode, String from, String expected) {
    /** Of such a file; a real one has some hundred. */
    static final int LIMIT_BYTES = 16 * 1024;

    private static final String ENDING = ".json";
    private static final String HASH = "[0-9a-f]{64}";
    private static final String WRONG = ".wrong-";
    /** Of the hash, in the name of a file that is set aside. */
    private static final int WRONG_DIGITS = 12;

    /** Name of the note beside a file. */
    static String besides(String file) {
        return file + ENDING;
    }

    /** Name of what should have been a file and is another. */
    static String aside(String file, String sha256) {
        return file + WRONG + sha256.substring(0, WRONG_DIGITS);
    }

    /** Whether that is a name that {@link #aside} gives to something instead of the file. */
    static boolean isAside(String name, String file) {
        return name.startsWith(file + WRONG)
                && name.substring(file.length() + WRONG.length()).matches("[0-9a-f]{12}");
    }

    /** Empty if it is none: what it was for is then not known, and is found out again. */
    static Optional<Receipt> parse(String text) {
        try {
            Receipt receipt = Json.read(text, Receipt.class);
            return Optional.ofNullable(receipt)
                    .filter(r -> r.sha256 != null && r.sha256.matches(HASH) && r.from != null)
                    .filter(r -> r.expected == null || r.expected.matches(HASH));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    boolean isOf(long fileBytes, long fileMtimeNanos, long fileInode) {
        return bytes == fileBytes && mtimeNanos == fileMtimeNanos && inode == fileInode;
    }
}
