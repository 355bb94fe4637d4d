package dev.homeostat.resource;

import com.fasterxml.jackson.annotation.JsonValue;

/** How a resource stands. */
public enum Condition {
    /** As declared, at the last look. */
    IN_SYNC("InSync"),
    /** Not as declared, and not yet being corrected. */
    DRIFTED("Drifted"),
    /** Being corrected, or on its way by itself. */
    CONVERGING("Converging"),
    /** Correcting or looking failed; tried again later. */
    FAILED("Failed"),
    /** Waits for an approval, or for another resource. */
    BLOCKED("Blocked"),
    /** The owner asked to leave it alone for now. */
    PAUSED("Paused"),
    /** This machine has no such subsystem. */
    UNSUPPORTED("Unsupported");

    private final String label;

    Condition(String label) {
        this.label = label;
    }

    /** As people and programs read it. */
    @JsonValue
    public String label() {
        return label;
    }
}
