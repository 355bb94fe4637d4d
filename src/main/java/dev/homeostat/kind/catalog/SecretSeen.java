package dev.homeostat.kind.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.resource.Observation;

/**
 * What is there of a secret; nothing of what it is.
 *
 * @param facts null if there is no file
 * @param whole whether the file has the variable with something in it
 * @param owner uid that it should belong to
 * @param group gid likewise
 * @param made whether it is on record that it was made once
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SecretSeen(FileFacts facts, boolean whole, int owner, int group, boolean made) implements Observation {
    boolean isFile() {
        return facts != null && facts.type() == FileFacts.Type.FILE;
    }
}
