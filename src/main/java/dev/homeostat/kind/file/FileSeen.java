package dev.homeostat.kind.file;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.resource.Observation;

/**
 * What is at a path. Null where there is nothing of the sort.
 *
 * @param facts null if nothing is there
 * @param sha256 of the content, if it is a regular file and content matters
 * @param wantedSha256 of what the content should be, when that was read from a source
 * @param owner name, or number if the name service knows none
 * @param text of the content for diffs, only if it differs, is short and is text
 * @param wantedText likewise of the source
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FileSeen(
        FileFacts facts,
        String sha256,
        String wantedSha256,
        String owner,
        String group,
        boolean emptyFolder,
        @JsonIgnore String text,
        @JsonIgnore String wantedText)
        implements Observation {

    boolean exists() {
        return facts != null;
    }

    boolean is(FileFacts.Type type) {
        return facts != null && facts.type() == type;
    }
}
