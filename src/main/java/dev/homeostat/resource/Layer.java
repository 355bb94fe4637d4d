package dev.homeostat.resource;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * What a resource is part of. What is above is looked at, corrected and waited for apart: what is below neither needs it nor
 * waits for it, and is right whatever becomes of it.
 */
public enum Layer {
    /** Phases 1 to 8. */
    MACHINE("machine"),
    /** Phase 9, on top of the machine: {@link Phase#AI}. */
    STACK("stack");

    private final String label;

    Layer(String label) {
        this.label = label;
    }

    /** As people and programs read it. */
    @JsonValue
    public String label() {
        return label;
    }
}
