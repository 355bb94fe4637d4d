package dev.homeostat.kind.file;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.resource.Observation;
import java.time.Instant;
import java.util.Locale;

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
        @JsonIgnore FileFacts facts,
        String sha256,
        String wantedSha256,
        String owner,
        String group,
        boolean emptyFolder,
        @JsonIgnore String text,
        @JsonIgnore String wantedText)
        implements Observation {

    @JsonProperty
    String type() {
        return facts == null ? "absent" : facts.type().name().toLowerCase(Locale.ROOT);
    }

    @JsonProperty
    Mode mode() {
        return facts == null ? null : new Mode(facts.mode());
    }

    @JsonProperty
    Long sizeBytes() {
        return is(FileFacts.Type.FILE) ? facts.sizeBytes() : null;
    }

    @JsonProperty
    Instant modified() {
        return facts == null ? null : facts.modified();
    }

    @JsonProperty
    String target() {
        return is(FileFacts.Type.LINK) ? facts.link() : null;
    }

    boolean exists() {
        return facts != null;
    }

    boolean is(FileFacts.Type type) {
        return facts != null && facts.type() == type;
    }
}
