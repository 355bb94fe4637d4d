package dev.homeostat.reconcile;

import java.time.Instant;
import java.util.List;

/**
 * An accepted declaration.
 *
 * @param id SHA-256 of its canonical content, 64 hexadecimal digits
 * @param accepted when it was first accepted
 * @param files it was read from
 * @param resources how many it declares
 * @param inForce whether it is the one that is kept now
 */
public record RevisionInfo(String id, Instant accepted, List<String> files, int resources, boolean inForce) {
    /** Enough of the id for people: the first 12 digits. */
    public String shortId() {
        return id.substring(0, 12);
    }
}
