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
    STACK("ai");

    private final String label;

    Layer(String label) {
        this.label = label;
    }

    /** @throws IllegalArgumentException if there is none of that label */
    public static Layer of(String label) {
        for (Layer layer : values()) {
            if (layer.label.equals(label)) {
                return layer;
            }
        }
        throw new IllegalArgumentException("there is no layer \"" + label + "\"");
    }

    /** As people and programs read it. */
    @JsonValue
    public String label() {
        return label;
    }
}
