package dev.homeostat.ai.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Observation;

/**
 * What is there of a model.
 *
 * @param bytes of its file; null if there is none
 * @param sha256 that the file is known to have, or had when it was there; null if nobody has looked
 * @param known whether that hash is of what is there now
 * @param from where the file with that hash is from; null if it is not known
 * @param partBytes of what is on its way; 0 if nothing is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelSeen(Long bytes, String sha256, boolean known, String from, long partBytes) implements Observation {
    static final ModelSeen NONE = new ModelSeen(null, null, false, null, 0);

    boolean isThere() {
        return bytes != null;
    }

    String told() {
        if (isThere()) {
            return Sizes.told(bytes);
        }
        return partBytes == 0 ? "absent" : Sizes.told(partBytes) + " of it";
    }

    @Override
    public String evidence() {
        return isThere() && known ? Sizes.told(bytes) + ", sha256 " + sha256 : told();
    }
}
