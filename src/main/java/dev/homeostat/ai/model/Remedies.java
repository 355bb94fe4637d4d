package dev.homeostat.ai.model;

import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Trouble;
import java.time.Duration;

/** What can be done, where two places say so. */
final class Remedies {
    static final String WRONG =
            "if that is the right one declare its sha256; to have it fetched again remove what is set aside";

    /** A server is asked for something else no sooner, unless somebody says so. */
    static final Duration ASKED_AGAIN_AFTER = Duration.ofHours(6);

    /** @param who as people know the server */
    static Trouble otherLength(String who, long servedBytes, long declaredBytes) {
        return Trouble.conflict(
                who + " has " + servedBytes + " bytes, declared are " + declaredBytes,
                "if that is the right one declare its length and hash; the server is asked again after "
                        + Durations.format(ASKED_AGAIN_AFTER) + ", or at once by homeostat retry");
    }

    private Remedies() {}
}
