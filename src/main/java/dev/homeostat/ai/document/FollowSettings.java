package dev.homeostat.ai.document;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What follows into which knowledge base: the content of {@code documents.json}, which the daemon writes and the follower
 * reads.
 *
 * @param knowledge address of the knowledge base
 * @param owner of the documents: whoever has the same user name and follows into the same knowledge base removes what he does
 *     not know
 * @param machine whether what the daemon tells of the machine follows, too
 * @param documents by name
 */
record FollowSettings(URI knowledge, String owner, boolean machine, Map<String, Folder> documents) {
    /** In the folder of the stack's configuration. */
    static final String FILE = "documents.json";

    /** Larger ones were not written by the daemon. */
    static final int FILE_LIMIT_BYTES = 1 << 20;

    /** Which files are documents where nothing is said. */
    static final List<String> USUAL = List.of("*.md", "*.adoc", "*.rst", "*.txt");

    /**
     * One folder.
     *
     * @param path absolute
     * @param tags that each document gets, beside those that say where it comes from
     * @param limit at most so many documents
     * @param optional nobody has to be told if it is not there
     */
    record Folder(
            Path path,
            String project,
            List<String> tags,
            List<String> include,
            List<String> exclude,
            int limit,
            boolean optional) {}
}
